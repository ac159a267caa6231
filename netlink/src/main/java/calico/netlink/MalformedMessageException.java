package calico.netlink;

/** Bytes that are no netlink message, or a message without what its type promises. */
public final class MalformedMessageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public MalformedMessageException(String message) {
    super(message);
  }
}
