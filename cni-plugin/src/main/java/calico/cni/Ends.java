package calico.cni;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Mac;
import calico.netlink.route.Neighbour;
import calico.netlink.route.Route;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import calico.netlink.route.Scope;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The two ends of a wire while a container is attached, with a connection to the namespace of each.
 * All that does not depend on the container's addresses is done before these are known: then only
 * an address and a route are missing. One thread at a time; kernel work happens on platform threads
 * inside of the namespaces, because sysctls are those of the thread's namespace.
 */
final class Ends implements AutoCloseable {
  /** Of the host's end of every wire, and of nothing else. */
  static final Mac HOST_MAC = Mac.parse("ee:ee:ee:ee:ee:ee");

  static final InetAddress GATEWAY_4 = InetAddress.ofLiteral("169.254.1.1");

  /** RTPROT_BOOT. */
  private static final int PROTOCOL_BOOT = 3;

  /** How long the kernel may take to give the host's end its link-local address. */
  private static final long LINK_LOCAL_MILLIS = 500;

  private final Wiring.Wire wire;
  private final Netns host;
  private final Netns container;
  private final Rtnetlink outside;
  private final Rtnetlink inside;
  private final Link hostEnd;
  private final Link containerEnd;

  /** The families that the ends are up for; none: they are down. */
  private final Set<Family> served = EnumSet.noneOf(Family.class);

  private Ends(Wiring.Wire wire, Netns host, Netns container, Rtnetlink outside, Rtnetlink inside) {
    this.wire = wire;
    this.host = host;
    this.container = container;
    this.outside = outside;
    this.inside = inside;
    this.hostEnd = Wiring.link(outside, wire.hostName());
    this.containerEnd = Wiring.link(inside, wire.containerName());
  }

  /**
   * Makes the two ends.
   *
   * @param outside to the host; stays open
   * @param families of the addresses to come; empty if that is not known: the ends stay down then
   * @param anew whatever there is under their names, if that is a wire
   * @throws NetlinkException if the kernel refuses; EEXIST unless anew
   */
  static Ends make(
      Wiring.Wire wire, Netns host, Rtnetlink outside, Set<Family> families, boolean anew) {
    Netns container = Netns.open(Path.of(wire.netns()));
    try {
      return host.call(
          () -> {
            Ends ends =
                container.call(() -> create(wire, host, container, outside, families, anew));
            try {
              ends.bringUp(families);
              return ends;
            } catch (RuntimeException e) {
              ends.inside.close();
              throw e;
            }
          });
    } catch (RuntimeException e) {
      container.close();
      throw e;
    }
  }

  /** To be called in the container's namespace. */
  private static Ends create(
      Wiring.Wire wire,
      Netns host,
      Netns container,
      Rtnetlink outside,
      Set<Family> families,
      boolean anew) {
    Rtnetlink inside = Rtnetlink.open();
    try {
      try {
        create(wire, container, outside);
      } catch (NetlinkException e) {
        if (!anew || e.errno() != Errno.EEXIST) {
          throw e;
        }
        Wiring.clear(outside, wire.hostName());
        Wiring.clear(inside, wire.containerName());
        create(wire, container, outside);
      }
      Ends ends = new Ends(wire, host, container, outside, inside);
      ends.setContainerSysctls(families);
      return ends;
    } catch (RuntimeException e) {
      inside.close();
      throw e;
    }
  }

  private static void create(Wiring.Wire wire, Netns container, Rtnetlink outside) {
    outside.createVeth(
        wire.hostName(),
        HOST_MAC,
        wire.mtu(),
        wire.queues(),
        wire.containerName(),
        wire.mac(),
        container);
  }

  /** The MAC address of the container's end. */
  String containerMac() {
    return String.valueOf(containerEnd.mac());
  }

  /**
   * Gives the container its addresses.
   *
   * @throws NetlinkException if the kernel refuses
   * @throws CniException if a route of another interface is in the way
   */
  void connect(List<Ip> addresses) {
    host.run(
        () -> {
          Set<Family> more = EnumSet.noneOf(Family.class);
          addresses.forEach(ip -> more.add(ip.family()));
          more.removeAll(served);
          if (!more.isEmpty()) {
            container.run(() -> setContainerSysctls(more));
            bringUp(more);
          }
          for (Ip ip : addresses) {
            inside.add(Address.of(containerEnd.index(), ip.toInetAddress(), ip.family().bits()));
            addHostRoute(ip);
          }
        });
  }

  /**
   * Has the ends up, and routes to the host. To be called in the host's namespace, after the
   * settings in the container's: once the ends are up the kernel looks for duplicates of addresses.
   */
  private void bringUp(Set<Family> families) {
    if (families.isEmpty()) {
      return;
    }
    setHostSysctls(families);
    outside.setUp(hostEnd.index());
    inside.setUp(containerEnd.index());
    if (families.contains(Family.IPV4)
        && isNew(() -> inside.add(route(GATEWAY_4, 32, containerEnd).scope(Scope.LINK)))) {
      addGateway(GATEWAY_4);
    }
    if (families.contains(Family.IPV6)) {
      addGateway(linkLocal());
    }
    served.addAll(families);
  }

  /** Whether it was added: not if another interface of the container has the route already. */
  private static boolean isNew(Runnable addition) {
    try {
      addition.run();
      return true;
    } catch (NetlinkException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      return false;
    }
  }

  /** Like upstream's, so that either Felix takes them for its own. */
  private static Route route(InetAddress destination, int length, Link link) {
    return Route.to(destination, length).dev(link.index()).protocol(PROTOCOL_BOOT);
  }

  /**
   * The routes, and who the gateway is: the first packet need not ask, and a host without a default
   * route of its own, which would not answer ARP for the gateway, serves as well.
   */
  private void addGateway(InetAddress gateway) {
    inside.add(Neighbour.permanent(containerEnd.index(), gateway, HOST_MAC));
    Family family = Ip.of(gateway).family();
    for (Cidr cidr : wire.routes()) {
      if (cidr.family() == family) {
        InetAddress destination = cidr.address().toInetAddress();
        boolean _ =
            isNew(() -> inside.add(route(destination, cidr.length(), containerEnd).via(gateway)));
      }
    }
  }

  private void addHostRoute(Ip ip) {
    InetAddress address = ip.toInetAddress();
    try {
      outside.add(route(address, ip.family().bits(), hostEnd).scope(Scope.LINK));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      RouteFilter main = RouteFilter.ALL.table(Route.TABLE_MAIN);
      if (!routesTo(ip, main.dev(hostEnd.index())).isEmpty()) {
        return; // Felix was faster
      }
      List<Route> there = routesTo(ip, main);
      if (there.isEmpty()) {
        return; // it has gone meanwhile: Felix makes it again
      }
      throw new CniException(
          CniException.GENERIC,
          "the route to " + ip + " is taken",
          "it leads to "
              + there.stream().map(r -> nameOf(r.interfaceIndex())).toList()
              + ", not to "
              + hostEnd.name()
              + "; remove it, or whatever else has this address",
          e);
    }
  }

  private List<Route> routesTo(Ip ip, RouteFilter filter) {
    return outside.routes(filter).stream()
        .filter(
            r ->
                r.destination().equals(ip.toInetAddress())
                    && r.prefixLength() == ip.family().bits())
        .toList();
  }

  private String nameOf(int index) {
    return outside.link(index).map(Link::name).orElse("interface " + index);
  }

  private void setHostSysctls(Set<Family> families) {
    String name = wire.hostName();
    if (families.contains(Family.IPV4)) {
      Sysctl.set("ipv4/conf/" + name + "/route_localnet", "1");
      Sysctl.trySet("ipv4/neigh/" + name + "/proxy_delay", "0");
      Sysctl.set("ipv4/conf/" + name + "/proxy_arp", "1");
      Sysctl.set("ipv4/conf/" + name + "/forwarding", "1");
    }
    if (families.contains(Family.IPV6)) {
      Sysctl.set("ipv6/conf/" + name + "/accept_dad", "0");
      Sysctl.set("ipv6/conf/" + name + "/disable_ipv6", "0");
      Sysctl.set("ipv6/conf/" + name + "/proxy_ndp", "1");
      Sysctl.set("ipv6/conf/" + name + "/forwarding", "1");
    }
    Sysctl.trySet("ipv6/conf/" + name + "/accept_ra", "0");
  }

  private void setContainerSysctls(Set<Family> families) {
    String forwarding = wire.allowForwarding() ? "1" : "0";
    if (families.contains(Family.IPV4)) {
      Sysctl.set("ipv4/ip_forward", forwarding);
    }
    if (families.contains(Family.IPV6)) {
      for (String conf : List.of("all", "default", "lo")) {
        Sysctl.set("ipv6/conf/" + conf + "/disable_ipv6", "0");
      }
      Sysctl.set("ipv6/conf/" + wire.containerName() + "/accept_dad", "0");
      Sysctl.set("ipv6/conf/all/forwarding", forwarding);
    }
  }

  /** The gateway for IPv6: the link-local address of the host's end, if it has one. */
  static Optional<InetAddress> linkLocal(Rtnetlink outside, Link hostEnd) {
    return outside.addresses(hostEnd.index()).stream()
        .map(Address::address)
        .filter(a -> a instanceof Inet6Address && a.isLinkLocalAddress())
        .findFirst();
  }

  /** The kernel gives the host's end its link-local address when both ends are up. */
  private InetAddress linkLocal() {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LINK_LOCAL_MILLIS);
    while (true) {
      Optional<InetAddress> address = linkLocal(outside, hostEnd);
      if (address.isPresent()) {
        return address.get();
      }
      if (System.nanoTime() > deadline) {
        throw new CniException(
            CniException.GENERIC,
            "no IPv6 on the host",
            hostEnd.name()
                + " got no link-local address; is IPv6 disabled (net.ipv6.conf.all.disable_ipv6)?");
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  /** The connection to the host that was given, which is free again. */
  Rtnetlink outside() {
    return outside;
  }

  /** Closes what was opened; the wire stays. */
  @Override
  public void close() {
    inside.close();
    container.close();
  }
}
