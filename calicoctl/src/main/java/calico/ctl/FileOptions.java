package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The options of commands that read resources from files. */
final class FileOptions implements Options {
  @Nullable String filename;
  boolean recursive;
  boolean skipEmpty;
  @Nullable String namespace;

  @Override
  public void declare(Command command) {
    command
        .option(
            "-f, --filename=FILE",
            "A file of resources in YAML or JSON, a directory of such files (.yaml, .yml, .json), or"
                + " '-' for the standard input.",
            v -> filename = v)
        .flag(
            "-R, --recursive",
            "Read the directories below the directory too.",
            () -> recursive = true)
        .flag("--skip-empty", "Files without resources are no error.", () -> skipEmpty = true)
        .option(
            "-n, --namespace=NAMESPACE",
            "Namespace of resources that do not name theirs. Default: default",
            v -> namespace = v);
  }

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
