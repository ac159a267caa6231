package calico.ctl;

import java.util.Locale;
import picocli.CommandLine.Option;

/** The options of commands that write many resources. */
final class BatchOptions {
  @Option(
      names = "--dry-run",
      description = "Check everything and say what would happen, but write nothing.")
  boolean dryRun;

  @Option(
      names = "--on-error",
      paramLabel = "WHAT",
      description =
          "continue (default): write all the same what can be written; stop: touch nothing after"
              + " the first failure.")
  String onError = "continue";

  /** Of what is reported. */
  String suffix() {
    return DryRun.suffix(dryRun);
  }

  /**
   * What to do after a failure.
   *
   * @throws CommandException if the option has another value
   */
  Batch.OnError onError() {
    return switch (onError.toLowerCase(Locale.ROOT)) {
      case "continue" -> Batch.OnError.CONTINUE;
      case "stop" -> Batch.OnError.STOP;
      default ->
          throw new CommandException(
              "--on-error = '%s': choose from continue, stop".formatted(onError));
    };
  }
}
