package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import org.jspecify.annotations.Nullable;

/** The option of commands that name resources of which each has a namespace. */
final class NamespaceOption implements Options {
  @Nullable String namespace;

  @Override
  public void declare(Command command) {
    command.option(
        "-n, --namespace=NAMESPACE",
        "Namespace of the resource. Default: default",
        v -> namespace = v);
  }
}
