package calico.cli;

/** A command line that is not as its command declares it. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String command;

  UsageException(Command command, String message) {
    super(message);
    this.command = command.qualifiedName();
  }

  /** The names of the command whose help tells more, such as {@code calicoctl get}. */
  public String command() {
    return command;
  }
}
