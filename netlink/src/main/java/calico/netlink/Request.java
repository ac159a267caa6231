package calico.netlink;

/**
 * One message to the kernel, as data. {@code toString} says what it asks, for errors; it is called
 * only when one happens.
 */
public interface Request {
  /** The message type, e.g. RTM_NEWROUTE. */
  int type();

  /** Flags besides REQUEST, ACK and DUMP, which the socket adds as needed. */
  int flags();

  /** Writes what follows the header: the family's fixed header and the attributes. */
  void encode(MessageWriter to);
}
