package calico.netlink;

/**
 * Asks the kernel for the number of a generic netlink family, which is the type of its messages.
 *
 * <pre>
 * struct genlmsghdr (4)  0 u8 command  1 u8 version  2 u16 reserved, then attributes
 * CTRL_ATTR_FAMILY_ID u16  CTRL_ATTR_FAMILY_NAME string
 * </pre>
 *
 * Source: {@code linux/genetlink.h}.
 *
 * @param name of the family, e.g. "wireguard"
 */
public record GenericFamily(String name) implements Request {
  /** Length of the header that messages of every generic family begin with. */
  public static final int HEADER = 4;

  private static final int CONTROLLER = 16;
  private static final int GET_FAMILY = 3;
  private static final int VERSION = 2;
  private static final int FAMILY_ID = 1;
  private static final int FAMILY_NAME = 2;

  /** Begins the body of a message of any generic family. */
  public static void header(MessageWriter to, int command, int version) {
    to.u8(command).u8(version).u16(0);
  }

  /**
   * The family's number.
   *
   * @throws NetlinkException ENOENT if the kernel, or no module that it could load, has it
   */
  public int find(NetlinkSocket generic) {
    return generic.get(this, GenericFamily::number);
  }

  static int number(Message message) {
    AttributeReader in = message.attributes(HEADER);
    while (in.next()) {
      if (in.type() == FAMILY_ID) {
        return in.u16();
      }
    }
    throw new MalformedMessageException("a generic family without a number");
  }

  @Override
  public int type() {
    return CONTROLLER;
  }

  @Override
  public int flags() {
    return 0;
  }

  @Override
  public void encode(MessageWriter to) {
    header(to, GET_FAMILY, VERSION);
    to.string(FAMILY_NAME, name);
  }
}
