package calico.cli;

import java.io.PrintStream;

/** A command line that is not as its command declares it. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String command;

  UsageException(Command command, String message) {
    super(message);
    this.command = command.qualifiedName();
  }

  /** The names of the command whose help tells more, such as {@code calicoctl get}. */
  String command() {
    return command;
  }

  /** Says what is wrong and where the help is. */
  public void print(PrintStream err) {
    err.println("Error: " + getMessage());
    err.println("See '" + command + " --help'.");
  }
}
