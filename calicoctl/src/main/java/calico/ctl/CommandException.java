package calico.ctl;

/** The command cannot be done. The message is for the user, complete and without a prefix. */
final class CommandException extends RuntimeException {
  private static final long serialVersionUID = 1;

  CommandException(String message) {
    super(message);
  }
}
