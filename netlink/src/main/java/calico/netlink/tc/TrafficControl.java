package calico.netlink.tc;

import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one namespace's traffic control. One thread at a time. Every method throws {@link
 * NetlinkException} when the kernel refuses: ENOENT or EOPNOTSUPP when it lacks the module for a
 * discipline, filter or action.
 */
public final class TrafficControl implements AutoCloseable {
  private final NetlinkSocket socket;

  /** Over a socket, which is closed with it. */
  public TrafficControl(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** In the calling thread's namespace. */
  public static TrafficControl open() {
    return open(null);
  }

  /** In {@code netns}, or in the calling thread's when it is null. */
  public static TrafficControl open(@Nullable Netns netns) {
    return new TrafficControl(NetlinkSocket.open(NetlinkSocket.ROUTE, netns));
  }

  /** The queueing disciplines of all interfaces. */
  public List<Qdisc> qdiscs() {
    return socket.dump(new TcRequest.Qdiscs(), TcReader::qdisc);
  }

  /**
   * Holds back what leaves by an interface, in place of its present discipline.
   *
   * @param handle of the new discipline, see {@link Qdisc#handle(int)}
   */
  public void setBucket(int interfaceIndex, int handle, TokenBucket bucket) {
    socket.execute(new TcRequest.SetBucket(interfaceIndex, handle, bucket));
  }

  /** Gives the interface back its default discipline; nothing if its handle is another. */
  public void deleteBucket(int interfaceIndex, int handle) {
    try {
      socket.execute(new TcRequest.DeleteQdisc(interfaceIndex, handle, Qdisc.ROOT));
    } catch (NetlinkException e) {
      // EINVAL is of a handle that is not the root's.
      if (!isGone(e) && e.errno() != Errno.EINVAL) {
        throw e;
      }
    }
  }

  /** Indexes of the interfaces to which what comes in by an interface is sent. */
  public List<Integer> redirects(int interfaceIndex) {
    return filters(interfaceIndex).stream()
        .map(TcReader.Filter::redirect)
        .filter(index -> index != 0)
        .toList();
  }

  private List<TcReader.Filter> filters(int interfaceIndex) {
    try {
      return socket.dump(new TcRequest.Filters(interfaceIndex), TcReader::filter);
    } catch (NetlinkException e) {
      if (isGone(e) || e.errno() == Errno.EINVAL) { // without a discipline there are no filters
        return List.of();
      }
      throw e;
    }
  }

  /** Sends all that comes in by an interface through another one, if it is not sent already. */
  public void redirect(int interfaceIndex, int toIndex) {
    if (!redirects(interfaceIndex).contains(toIndex)) {
      socket.execute(new TcRequest.AddIngress(interfaceIndex));
      socket.execute(new TcRequest.Redirect(interfaceIndex, toIndex));
    }
  }

  /** Ends a redirection; the discipline that it needed goes too, unless it has other filters. */
  public void endRedirect(int interfaceIndex, int toIndex) {
    List<TcReader.Filter> filters = filters(interfaceIndex);
    boolean others = false;
    boolean ours = false;
    for (TcReader.Filter filter : filters) {
      if (filter.redirect() == toIndex) {
        ours = true;
        socket.execute(new TcRequest.DeleteFilter(interfaceIndex, filter.handle(), filter.info()));
      } else {
        others = true;
      }
    }
    if (ours && !others) {
      socket.execute(
          new TcRequest.DeleteQdisc(interfaceIndex, Qdisc.INGRESS_HANDLE, Qdisc.INGRESS));
    }
  }

  private static boolean isGone(NetlinkException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.ENODEV;
  }

  @Override
  public void close() {
    socket.close();
  }
}
