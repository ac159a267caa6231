package calico.netlink.conntrack;

import calico.netlink.AttributeReader;
import calico.netlink.Errno;
import calico.netlink.Message;
import calico.netlink.NetlinkException;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import calico.netlink.conntrack.FlowRequest.Side;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A connection to one namespace's table of connections. One thread at a time. */
public final class Conntrack implements AutoCloseable {
  private final NetlinkSocket socket;

  private Conntrack(NetlinkSocket socket) {
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
   * address). The kernel looks at its whole table for this, and tells only of those.
   *
   * @return how many there were
   * @throws NetlinkException if the kernel refuses
   */
  public int deleteFlows(InetAddress address) {
    List<FlowRequest.Delete> deletions = new ArrayList<>();
    for (Side side : Side.values()) {
      deletions.addAll(
          socket.dump(new FlowRequest.From(address, side), message -> deletion(address, message)));
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
    AttributeReader in = message.attributes(FlowRequest.HEADER);
    while (in.next()) {
      switch (in.type()) {
        case FlowRequest.TUPLE_ORIG -> original = in.bytes();
        case FlowRequest.ID -> id = in.bytes();
        case FlowRequest.ZONE -> zone = in.bytes();
        default -> {}
      }
    }
    return original == null || id == null
        ? null
        : new FlowRequest.Delete(address, original, id, zone);
  }

  @Override
  public void close() {
    socket.close();
  }
}
