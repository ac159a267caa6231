package calico.netlink;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * Tells of who announces where he is, as a virtual machine does when it begins to run: by a
 * gratuitous ARP (RFC 5227: the sender's address is the target's) or any RARP (RFC 903). Sees what
 * comes in by all interfaces of a network namespace, on a thread of its own.
 *
 * <p>Source: packet(7), {@code linux/if_packet.h}.
 */
public final class AnnouncementMonitor implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int ETH_P_ARP = 0x0806;
  private static final int ETH_P_RARP = 0x8035;
  private static final int MSG_DONTWAIT = 0x40;

  private static final int ADDRESS_BYTES = 20;
  private static final int PROTOCOL_OFFSET = 2;
  private static final int INTERFACE_OFFSET = 4;

  /** ARP's lengths of addresses come before the addresses. */
  private static final int ARP_HEADER_BYTES = 8;

  private static final int HARDWARE_LENGTH_OFFSET = 4;
  private static final int PROTOCOL_LENGTH_OFFSET = 5;
  private static final int MAX_PACKET_BYTES = 256;

  private final IntConsumer listener;
  private final Arena arena = Arena.ofShared();
  private final Libc libc = new Libc(arena);
  private final MemorySegment packet = arena.allocate(MAX_PACKET_BYTES);
  private final MemorySegment address = arena.allocate(ADDRESS_BYTES, 4);
  private final MemorySegment addressLength = arena.allocate(4, 4);
  private final List<Integer> sockets = new ArrayList<>();
  private final Poller poller;

  private AnnouncementMonitor(IntConsumer listener) {
    this.listener = listener;
    try {
      for (int protocol : new int[] {ETH_P_ARP, ETH_P_RARP}) {
        int fd = libc.socket(AF_PACKET, SOCK_DGRAM_CLOEXEC, networkOrder(protocol));
        if (fd < 0) {
          throw new NetlinkException("open a packet socket", -fd);
        }
        sockets.add(fd);
      }
      poller = new Poller("announcement-monitor", sockets, this::drain);
    } catch (NetlinkException e) {
      closeSockets();
      throw e;
    }
  }

  /**
   * Begins to look, in the calling thread's network namespace.
   *
   * @param listener called on the monitor's thread with the index of the interface
   * @throws NetlinkException if the kernel refuses; CAP_NET_RAW is needed
   */
  public static AnnouncementMonitor start(IntConsumer listener) {
    AnnouncementMonitor monitor = new AnnouncementMonitor(listener);
    monitor.poller.start();
    return monitor;
  }

  private static int networkOrder(int value) {
    boolean reversed = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    return Short.toUnsignedInt(reversed ? Short.reverseBytes((short) value) : (short) value);
  }

  private void drain() {
    sockets.forEach(this::drain);
  }

  private void drain(int fd) {
    while (!poller.isClosed()) {
      addressLength.set(ValueLayout.JAVA_INT, 0, ADDRESS_BYTES);
      int length = libc.recvfrom(fd, packet, MSG_DONTWAIT, address, addressLength);
      if (length < 0 && length != -Errno.EINTR) {
        return; // there is no more
      }
      if (length > 0 && announces(length)) {
        listener.accept(address.get(ValueLayout.JAVA_INT, INTERFACE_OFFSET));
      }
    }
  }

  private boolean announces(int length) {
    short protocol = address.get(ValueLayout.JAVA_SHORT, PROTOCOL_OFFSET);
    return Short.toUnsignedInt(protocol) == networkOrder(ETH_P_RARP) || isGratuitous(length);
  }

  private boolean isGratuitous(int length) {
    if (length < ARP_HEADER_BYTES) {
      return false;
    }
    int hardware = packet.get(ValueLayout.JAVA_BYTE, HARDWARE_LENGTH_OFFSET) & 0xff;
    int protocol = packet.get(ValueLayout.JAVA_BYTE, PROTOCOL_LENGTH_OFFSET) & 0xff;
    int sender = ARP_HEADER_BYTES + hardware;
    int target = sender + protocol + hardware;
    return protocol > 0
        && target + protocol <= length
        && packet.asSlice(sender, protocol).mismatch(packet.asSlice(target, protocol)) == -1;
  }

  private void closeSockets() {
    sockets.forEach(libc::close);
    arena.close();
  }

  @Override
  public void close() {
    if (!poller.isClosed()) {
      poller.close();
      closeSockets();
    }
  }
}
