package calico.netlink.conntrack;

import calico.netlink.AttributeReader;
import calico.netlink.Errno;
import calico.netlink.Message;
import calico.netlink.NetlinkException;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import calico.netlink.conntrack.FlowRequest.Side;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection to one namespace's table of connections. One thread at a time. */
public final class Conntrack implements AutoCloseable {
  private final NetlinkSocket socket;

  /** Over a socket, which is closed with it. */
  public Conntrack(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** In the calling thread's namespace. */
  public static Conntrack open() {
    return open(null);
  }

  /** In {@code netns}, or in the calling thread's when it is null. */
  public static Conntrack open(@Nullable Netns netns) {
    return new Conntrack(NetlinkSocket.open(NetlinkSocket.NETFILTER, netns));
  }

  /**
   * Forgets the flows that an address has begun, and those that it answers (also under another
   * address). The kernel looks at its whole table for this, and of IPv4 tells only of those. Its
   * filter of IPv6 addresses is the wrong way round (seen in 6.18), so of IPv6 it tells of all.
   *
   * @return how many there were
   * @throws NetlinkException if the kernel refuses
   */
  public int deleteFlows(InetAddress address) {
    List<FlowRequest.Delete> deletions = new ArrayList<>();
    List<FlowRequest> requests =
        address instanceof Inet6Address
            ? List.of(new FlowRequest.OfFamily(address))
            : List.of(
                new FlowRequest.From(address, Side.ORIGINAL),
                new FlowRequest.From(address, Side.REPLY));
    for (FlowRequest request : requests) {
      deletions.addAll(socket.dump(request, message -> deletion(address, message)));
    }
    int deleted = 0;
    for (NetlinkException error : socket.executeAll(deletions)) {
      if (error == null) {
        deleted++;
      } else if (error.errno() != Errno.ENOENT) {
        throw error;
      }
    }
    return deleted;
  }

  private static FlowRequest.@Nullable Delete deletion(InetAddress address, Message message) {
    byte[] original = null;
    byte[] id = null;
    byte[] zone = null;
    boolean concerned = false;
    AttributeReader in = message.attributes(FlowRequest.HEADER);
    while (in.next()) {
      switch (in.type()) {
        case FlowRequest.TUPLE_ORIG -> {
          original = in.bytes();
          concerned |= isFrom(address, in.nested());
        }
        case FlowRequest.TUPLE_REPLY -> concerned |= isFrom(address, in.nested());
        case FlowRequest.ID -> id = in.bytes();
        case FlowRequest.ZONE -> zone = in.bytes();
        default -> {}
      }
    }
    return !concerned || original == null || id == null
        ? null
        : new FlowRequest.Delete(address, original, id, zone);
  }

  private static boolean isFrom(InetAddress address, AttributeReader tuple) {
    while (tuple.next()) {
      if (tuple.type() == FlowRequest.TUPLE_IP) {
        AttributeReader ip = tuple.nested();
        while (ip.next()) {
          if (ip.type() == FlowRequest.IP_V4_SRC || ip.type() == FlowRequest.IP_V6_SRC) {
            return Arrays.equals(ip.bytes(), address.getAddress());
          }
        }
      }
    }
    return false;
  }

  @Override
  public void close() {
    socket.close();
  }
}
