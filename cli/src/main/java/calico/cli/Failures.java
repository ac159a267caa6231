package calico.cli;

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
}
