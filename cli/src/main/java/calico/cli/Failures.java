package calico.cli;

import java.io.PrintStream;

/** What becomes of a command that fails. */
@FunctionalInterface
public interface Failures {
  /**
   * Tells the user.
   *
   * @param failure a {@link UsageException}, or what the command threw
   * @return the exit status
   */
  int report(Throwable failure, Command command);

  /**
   * For a program whose exit status for wrong arguments is 2.
   *
   * @param err where they are told
   * @param others what becomes of all other failures
   */
  static Failures besidesUsage(PrintStream err, Failures others) {
    return (failure, command) -> {
      if (failure instanceof UsageException usage) {
        usage.print(err);
        return 2;
      }
      return others.report(failure, command);
    };
  }
}
