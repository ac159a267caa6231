package calico.ctl;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option of commands that name resources of which each has a namespace. */
final class NamespaceOption {
  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Namespace of the resource. Default: default")
  @Nullable String namespace;
}
