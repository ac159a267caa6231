package calico.netlink.route;

import calico.netlink.Errno;
import calico.netlink.Message;
import calico.netlink.NetlinkException;
import calico.netlink.NetlinkSocket;
import calico.netlink.Netns;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A connection to one namespace's network configuration. One thread at a time. Every method throws
 * {@link NetlinkException} when the kernel refuses.
 */
public final class Rtnetlink implements AutoCloseable {
  private final NetlinkSocket socket;

  /** Over a socket, which is closed with it. */
  public Rtnetlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /** In the calling thread's namespace. */
  public static Rtnetlink open() {
    return open(null);
  }

  /** In {@code netns}, or in the calling thread's when it is null. */
  public static Rtnetlink open(@Nullable Netns netns) {
    return new Rtnetlink(NetlinkSocket.open(NetlinkSocket.ROUTE, netns));
  }

  /** All links. */
  public List<Link> links() {
    return socket.dump(new LinkRequest.Get(0, null), RtReader::link);
  }

  /** The link with that name, if there is one. */
  public Optional<Link> link(String name) {
    return link(new LinkRequest.Get(0, name));
  }

  /** The link with that index, if there is one. */
  public Optional<Link> link(int index) {
    return link(new LinkRequest.Get(index, null));
  }

  private Optional<Link> link(LinkRequest.Get request) {
    try {
      return socket.get(request, message -> Optional.ofNullable(RtReader.link(message)));
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Makes a veth pair; both ends are down. EEXIST when a name is taken.
   *
   * @param mac null: the kernel picks one
   * @param mtu of both ends; 0: the kernel's 1500
   * @param peerNetns where the peer is made; null: here
   */
  public void createVeth(
      String name,
      @Nullable Mac mac,
      int mtu,
      String peerName,
      @Nullable Mac peerMac,
      @Nullable Netns peerNetns) {
    createVeth(name, mac, mtu, 0, peerName, peerMac, peerNetns);
  }

  /**
   * As above.
   *
   * @param queues of packets, at each end and in each direction; 0: one for each processor
   */
  public void createVeth(
      String name,
      @Nullable Mac mac,
      int mtu,
      int queues,
      String peerName,
      @Nullable Mac peerMac,
      @Nullable Netns peerNetns) {
    int fd = peerNetns == null ? -1 : peerNetns.fd();
    socket.execute(
        new LinkRequest.Create(
            "veth",
            new LinkRequest.End(name, mac, mtu, queues, -1),
            new LinkRequest.End(peerName, peerMac, mtu, queues, fd)));
  }

  /** Makes a bridge; it is down. */
  public void createBridge(String name) {
    create(name, "bridge", 0);
  }

  /** Makes a link of a kind that needs no settings of its own: "dummy", "bridge", ... */
  public void create(String name, String kind, int mtu) {
    socket.execute(new LinkRequest.Create(kind, new LinkRequest.End(name, null, mtu), null));
  }

  /**
   * Makes a VXLAN device; it is down.
   *
   * @param mac null: the kernel picks one
   * @param mtu 0: the kernel's choice, from the parent's
   */
  public void createVxlan(String name, @Nullable Mac mac, int mtu, Link.Vxlan vxlan) {
    socket.execute(new LinkRequest.CreateVxlan(new LinkRequest.End(name, mac, mtu), vxlan));
  }

  /** Puts a link into a bridge, or with master 0 out of the one it is in. */
  public void setMaster(int index, int master) {
    socket.execute(new LinkRequest.SetNumber(index, RtMessage.IFLA_MASTER, master));
  }

  public void setUp(int index) {
    socket.execute(new LinkRequest.SetFlags(index, Link.UP, Link.UP));
  }

  public void setDown(int index) {
    socket.execute(new LinkRequest.SetFlags(index, 0, Link.UP));
  }

  public void setMac(int index, Mac mac) {
    socket.execute(new LinkRequest.SetMac(index, mac));
  }

  public void setMtu(int index, int mtu) {
    socket.execute(new LinkRequest.SetNumber(index, RtMessage.IFLA_MTU, mtu));
  }

  public void setAlias(int index, String alias) {
    socket.execute(new LinkRequest.SetText(index, RtMessage.IFLA_IFALIAS, alias));
  }

  public void rename(int index, String name) {
    socket.execute(new LinkRequest.SetText(index, RtMessage.IFLA_IFNAME, name));
  }

  /** Deletes a link; of a veth both ends. */
  public void delete(int index) {
    socket.execute(new LinkRequest.Delete(index));
  }

  /** All addresses of all links. */
  public List<Address> addresses() {
    return addresses(0);
  }

  /** The addresses of one link; of all when the index is 0. */
  public List<Address> addresses(int interfaceIndex) {
    return socket.dump(new ListRequest.Addresses(interfaceIndex), RtReader::address);
  }

  /** EEXIST when it is there. */
  public void add(Address address) {
    socket.execute(new AddressRequest.OfLink(RtMessage.NEWADDR, address));
  }

  /** EADDRNOTAVAIL when it is not there. */
  public void delete(Address address) {
    socket.execute(new AddressRequest.OfLink(RtMessage.DELADDR, address));
  }

  /** The routes that the filter lets through, IPv4 first. */
  public List<Route> routes(RouteFilter filter) {
    List<Route> routes = new ArrayList<>();
    for (IpFamily family : IpFamily.values()) {
      if (filter.family() == null || filter.family() == family) {
        routes.addAll(routes(family, filter));
      }
    }
    return routes;
  }

  private List<Route> routes(IpFamily family, RouteFilter filter) {
    try {
      return socket.dump(
          new ListRequest.Routes(family, filter),
          message -> {
            Route route = RtReader.route(message);
            // The kernel's filter is complete only since 4.20; cached exceptions are no routes.
            return route != null && matches(route, filter) ? route : null;
          });
    } catch (NetlinkException e) {
      if (e.errno() == Errno.ENOENT) { // nobody made that table yet
        return List.of();
      }
      throw e;
    }
  }

  private static boolean matches(Route route, RouteFilter filter) {
    return (filter.table() == 0 || filter.table() == route.table())
        && (filter.protocol() == 0 || filter.protocol() == route.protocol())
        && (filter.interfaceIndex() == 0
            || filter.interfaceIndex() == route.interfaceIndex()
            || route.paths().stream()
                .anyMatch(path -> path.interfaceIndex() == filter.interfaceIndex()));
  }

  /** EEXIST when there is one with this destination, metric and table. */
  public void add(Route route) {
    socket.execute(new RouteChange.Add(route));
  }

  /** Adds, or puts this in place of the one with the same destination, metric and table. */
  public void replace(Route route) {
    socket.execute(new RouteChange.Replace(route));
  }

  /** ESRCH when it is not there. */
  public void delete(Route route) {
    socket.execute(new RouteChange.Delete(route));
  }

  /**
   * Makes many changes, each for itself, in one go.
   *
   * @return for each change null or why it failed
   */
  public List<@Nullable NetlinkException> apply(List<? extends RouteChange> changes) {
    return socket.executeAll(changes);
  }

  /** The routing rules of a family that ask a table, in the kernel's order. */
  public List<RoutingRule> rules(IpFamily family) {
    return socket.dump(new ListRequest.Rules(family), RtReader::rule);
  }

  /** EEXIST when it is there. */
  public void add(RoutingRule rule) {
    socket.execute(new RuleRequest(RtMessage.NEWRULE, rule));
  }

  /** ENOENT when it is not there. */
  public void delete(RoutingRule rule) {
    socket.execute(new RuleRequest(RtMessage.DELRULE, rule));
  }

  /** The neighbours on one link; on all when the index is 0. */
  public List<Neighbour> neighbours(int interfaceIndex) {
    return socket.dump(new ListRequest.Neighbours(interfaceIndex), RtReader::neighbour);
  }

  /** EEXIST when the link has an entry for the address. */
  public void add(Neighbour neighbour) {
    int flags = Message.CREATE | Message.EXCLUSIVE;
    socket.execute(new AddressRequest.OfNeighbour(RtMessage.NEWNEIGH, flags, neighbour));
  }

  /** Adds, or puts this in place of the link's entry for the address. */
  public void replace(Neighbour neighbour) {
    int flags = Message.CREATE | Message.REPLACE;
    socket.execute(new AddressRequest.OfNeighbour(RtMessage.NEWNEIGH, flags, neighbour));
  }

  /** ENOENT when it is not there. */
  public void delete(Neighbour neighbour) {
    socket.execute(new AddressRequest.OfNeighbour(RtMessage.DELNEIGH, 0, neighbour));
  }

  /** What a VXLAN device knows of where MAC addresses are. */
  public List<Forwarding> forwardings(int interfaceIndex) {
    return socket.dump(new ListRequest.Forwardings(interfaceIndex), RtReader::forwarding);
  }

  /** Adds, or puts this in place of the device's entry for the MAC address. */
  public void replace(Forwarding entry) {
    int flags = Message.CREATE | Message.REPLACE;
    socket.execute(new AddressRequest.OfForwarding(RtMessage.NEWNEIGH, flags, entry));
  }

  /** ENOENT when it is not there. */
  public void delete(Forwarding entry) {
    socket.execute(new AddressRequest.OfForwarding(RtMessage.DELNEIGH, 0, entry));
  }

  @Override
  public void close() {
    socket.close();
  }
}
