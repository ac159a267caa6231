package calico.ctl;

import calico.cli.Command;
import calico.cli.Options;
import java.util.Locale;

/** The options of commands that write many resources. */
final class BatchOptions implements Options {
  DryRun dryRun = new DryRun();
  String onError = "continue";

  @Override
  public void declare(Command command) {
    command
        .include(dryRun)
        .option(
            "--on-error=WHAT",
            "continue (default): write all the same what can be written; stop: touch nothing after"
                + " the first failure.",
            v -> onError = v);
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
