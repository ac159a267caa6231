package calico.ctl;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that read resources from files. */
final class FileOptions {
  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      description =
          "A file of resources in YAML or JSON, a directory of such files (.yaml, .yml, .json), or"
              + " '-' for the standard input.")
  @Nullable String filename;

  @Option(
      names = {"-R", "--recursive"},
      description = "Read the directories below the directory too.")
  boolean recursive;

  @Option(names = "--skip-empty", description = "Files without resources are no error.")
  boolean skipEmpty;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAMESPACE",
      description = "Namespace of resources that do not name theirs. Default: default")
  @Nullable String namespace;

  /**
   * The resources of the file that {@code -f} names.
   *
   * @throws CommandException if it names none
   */
  List<Input> read(Session session, ResourceFiles.Check check) {
    if (filename == null) {
      throw new CommandException("no resources specified: name a file with --filename");
    }
    return ResourceFiles.read(filename, this, check, session.in(), session.err());
  }
}
