package calico.netlink.conntrack;

import calico.netlink.AttributeReader;
import calico.netlink.Errno;
import calico.netlink.Message;
import calico.netlink.NetlinkException;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import calico.netlink.conntrack.FlowRequest.Side;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A connection to one namespace's table of connections. One thread at a time. */
public final class Conntrack implements AutoCloseable {
  /**
   * Of how many IPv4 addresses the flows are asked for one by one: with 100,000 flows of either
   * family one address takes 150 ms, all flows of a family take 300 ms.
   */
  private static final int LISTED_ALONE = 2;

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
   * Forgets the flows that addresses have begun, and those that they answer (also under other
   * addresses). The kernel looks at its whole table for each listing: of a few IPv4 addresses it is
   * asked for each, and tells only of its flows; of more, and of any IPv6 addresses, it is asked
   * once, and tells of all flows, since its filter of IPv6 addresses is the wrong way round (seen
   * in 6.18).
   *
   * @return how many flows there were
   * @throws NetlinkException if the kernel refuses; some may have been forgotten
   */
  public int deleteFlows(Collection<InetAddress> addresses) {
    Set<ByteBuffer> wanted = new HashSet<>();
    addresses.forEach(address -> wanted.add(ByteBuffer.wrap(address.getAddress())));
    List<FlowRequest.Delete> deletions = new ArrayList<>();
    for (FlowRequest request : listings(addresses)) {
      deletions.addAll(socket.dump(request, message -> deletion(wanted, message)));
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

  private static List<FlowRequest> listings(Collection<InetAddress> addresses) {
    List<FlowRequest> listings = new ArrayList<>();
    List<InetAddress> v4 = addresses.stream().filter(Inet4Address.class::isInstance).toList();
    if (v4.size() > LISTED_ALONE) {
      listings.add(new FlowRequest.OfFamily(FlowRequest.IPV4));
    } else {
      for (InetAddress address : v4) {
        listings.add(new FlowRequest.From(address, Side.ORIGINAL));
        listings.add(new FlowRequest.From(address, Side.REPLY));
      }
    }
    if (v4.size() < addresses.size()) {
      listings.add(new FlowRequest.OfFamily(FlowRequest.IPV6));
    }
    return listings;
  }

  private static FlowRequest.@Nullable Delete deletion(Set<ByteBuffer> wanted, Message message) {
    byte[] original = null;
    byte[] id = null;
    byte[] zone = null;
    boolean concerned = false;
    AttributeReader in = message.attributes(FlowRequest.HEADER);
    while (in.next()) {
      switch (in.type()) {
        case FlowRequest.TUPLE_ORIG -> {
          original = in.bytes();
          concerned |= isFrom(wanted, in.nested());
        }
        case FlowRequest.TUPLE_REPLY -> concerned |= isFrom(wanted, in.nested());
        case FlowRequest.ID -> id = in.bytes();
        case FlowRequest.ZONE -> zone = in.bytes();
        default -> {}
      }
    }
    return !concerned || original == null || id == null
        ? null
        : new FlowRequest.Delete(message.u8(0), original, id, zone);
  }

  private static boolean isFrom(Set<ByteBuffer> wanted, AttributeReader tuple) {
    while (tuple.next()) {
      if (tuple.type() == FlowRequest.TUPLE_IP) {
        AttributeReader ip = tuple.nested();
        while (ip.next()) {
          if (ip.type() == FlowRequest.IP_V4_SRC || ip.type() == FlowRequest.IP_V6_SRC) {
            return wanted.contains(ByteBuffer.wrap(ip.bytes()));
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
