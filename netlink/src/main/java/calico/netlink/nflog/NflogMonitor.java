package calico.netlink.nflog;

import calico.netlink.AttributeReader;
import calico.netlink.Message;
import calico.netlink.MessageWriter;
import calico.netlink.Monitor;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import calico.netlink.Request;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads the packets of one NFLOG group. See {@link Monitor} for threads and order.
 *
 * <pre>
 * struct nfgenmsg, after the netlink header
 *  0  u8   family
 *  1  u8   version, 0
 *  2  be16 group
 * </pre>
 */
public final class NflogMonitor implements AutoCloseable {
  private static final int HEADER_LENGTH = 4;
  private static final int SUBSYSTEM = 4;
  private static final int PACKET = SUBSYSTEM << 8;
  private static final int CONFIG = SUBSYSTEM << 8 | 1;

  /** NFULA_CFG_CMD: u8 NFULNL_CFG_CMD_BIND. */
  private static final int CFG_CMD = 1;

  private static final int BIND = 1;

  /** NFULA_CFG_MODE: be32 bytes to copy, u8 NFULNL_COPY_PACKET, u8 padding. */
  private static final int CFG_MODE = 2;

  private static final int COPY_PACKET = 2;

  /** NFULA_CFG_TIMEOUT: be32, hundredths of a second that a packet may wait for others. */
  private static final int CFG_TIMEOUT = 4;

  /** NFULA_*: be32 indices, bytes from the network header on, text with a final zero. */
  private static final int IFINDEX_INDEV = 4;

  private static final int IFINDEX_OUTDEV = 5;
  private static final int PAYLOAD = 9;
  private static final int PREFIX = 10;

  /** IPv6 header, a few extension headers, ports. */
  private static final int COPY_BYTES = 128;

  private static final int TIMEOUT_HUNDREDTHS = 10;

  private final Monitor monitor;

  private NflogMonitor(Monitor monitor) {
    this.monitor = monitor;
  }

  /**
   * Binds the group and begins to read.
   *
   * @param netns null for the calling thread's
   * @param onPacket called on the monitor's own thread
   * @param onOverrun packets came faster than they were read, and some were lost
   * @throws calico.netlink.NetlinkException EPERM if somebody else reads the group
   */
  public static NflogMonitor start(
      @Nullable Netns netns, int group, Consumer<LoggedPacket> onPacket, Runnable onOverrun) {
    return new NflogMonitor(
        Monitor.start(
            "nflog",
            NetlinkSocket.NETFILTER,
            netns,
            new Bind(group),
            message -> {
              if (message.type() == PACKET) {
                onPacket.accept(packet(message));
              }
            },
            onOverrun));
  }

  private record Bind(int group) implements Request {
    @Override
    public int type() {
      return CONFIG;
    }

    @Override
    public int flags() {
      return 0;
    }

    @Override
    public void encode(MessageWriter to) {
      to.u8(0).u8(0).be16(group);
      to.u8(CFG_CMD, BIND);
      byte[] mode = {0, 0, 0, (byte) COPY_BYTES, COPY_PACKET, 0};
      to.attribute(CFG_MODE, mode);
      to.be32(CFG_TIMEOUT, TIMEOUT_HUNDREDTHS);
    }

    @Override
    public String toString() {
      return "read NFLOG group " + group;
    }
  }

  private static LoggedPacket packet(Message message) {
    String prefix = "";
    int input = 0;
    int output = 0;
    byte[] payload = {};
    AttributeReader in = message.attributes(HEADER_LENGTH);
    while (in.next()) {
      switch (in.type()) {
        case PREFIX -> prefix = in.string();
        case IFINDEX_INDEV -> input = in.be32();
        case IFINDEX_OUTDEV -> output = in.be32();
        case PAYLOAD -> payload = in.bytes();
        default -> {}
      }
    }
    return new LoggedPacket(prefix, input, output, payload);
  }

  @Override
  public void close() {
    monitor.close();
  }
}
