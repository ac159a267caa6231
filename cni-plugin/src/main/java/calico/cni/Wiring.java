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
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The wire between a container and its host: a pair of veth interfaces and the routes over it.
 *
 * <pre>
 *   container namespace                               host namespace
 *   eth0  10.65.0.2/32                    ------      cali1234  MAC ee:ee:ee:ee:ee:ee, no address
 *     169.254.1.1 dev eth0                              10.65.0.2 dev cali1234
 *     default via 169.254.1.1                           answers ARP and NDP for everything
 *     default via fe80::ecee:eeff:feee:eeee             (that is its link-local address)
 * </pre>
 *
 * <p>Connecting runs on platform threads inside of the two namespaces, because sysctls are those of
 * the thread's namespace.
 */
final class Wiring implements AutoCloseable {
  private static final Mac HOST_MAC = Mac.parse("ee:ee:ee:ee:ee:ee");
  private static final InetAddress GATEWAY_4 = InetAddress.ofLiteral("169.254.1.1");

  static final Cidr ALL_4 = Cidr.parse("0.0.0.0/0");
  static final Cidr ALL_6 = Cidr.parse("::/0");

  /** RTPROT_BOOT. */
  private static final int PROTOCOL_BOOT = 3;

  private static final long REMOVAL_POLL_NANOS = 300_000;

  /** How long the kernel may take to give the host's end its link-local address. */
  private static final long LINK_LOCAL_MILLIS = 500;

  /**
   * What to connect.
   *
   * @param hostName name of the host's end
   * @param netns path of the container's namespace
   * @param containerName name of the container's end
   * @param mtu in bytes, 0 for the kernel's default
   * @param mac of the container's end; null: the kernel picks one
   * @param addresses of the container
   * @param routes what the container reaches over the wire; empty: everything
   * @param allowForwarding whether the container may route
   */
  record Wire(
      String hostName,
      String netns,
      String containerName,
      int mtu,
      @Nullable Mac mac,
      List<Ip> addresses,
      List<Cidr> routes,
      boolean allowForwarding) {
    Wire withAddresses(List<Ip> newAddresses) {
      return new Wire(
          hostName, netns, containerName, mtu, mac, newAddresses, routes, allowForwarding);
    }

    boolean has(Family family) {
      return addresses.stream().anyMatch(ip -> ip.family() == family);
    }
  }

  private final Netns host;

  /**
   * Takes over the handle.
   *
   * @param host namespace to which containers are connected
   */
  Wiring(Netns host) {
    this.host = host;
  }

  /**
   * Makes the two ends anew, whatever there was under these names; they are down. The addresses
   * need not be known yet.
   *
   * @throws CniException if the kernel refuses
   */
  void make(Wire wire) {
    inside(
        wire,
        container ->
            host.call(
                () -> {
                  try (Rtnetlink outside = Rtnetlink.open();
                      Rtnetlink inside = Rtnetlink.open(container)) {
                    delete(outside, wire.hostName());
                    delete(inside, wire.containerName());
                    outside.createVeth(
                        wire.hostName(),
                        HOST_MAC,
                        wire.mtu(),
                        wire.containerName(),
                        wire.mac(),
                        container);
                    return wire;
                  }
                }));
  }

  /**
   * Puts ends that {@link #make} made to use.
   *
   * @return the MAC address of the container's end
   * @throws CniException if the kernel refuses, or a route of another interface is in the way
   */
  String connect(Wire wire) {
    return inside(wire, container -> host.call(() -> connect(wire, container)));
  }

  private static <T> T inside(Wire wire, Function<Netns, T> action) {
    try (Netns container = Netns.open(Path.of(wire.netns()))) {
      return action.apply(container);
    } catch (NetlinkException e) {
      throw CniException.generic(
          "cannot connect " + wire.containerName() + " in " + wire.netns(), e);
    }
  }

  private static String connect(Wire wire, Netns container) {
    try (Rtnetlink outside = Rtnetlink.open();
        Rtnetlink inside = Rtnetlink.open(container)) {
      Link hostEnd = link(outside, wire.hostName());
      Link containerEnd = link(inside, wire.containerName());
      // Before the ends are up: from then on the kernel looks for duplicates of addresses.
      setHostSysctls(wire);
      container.run(() -> setContainerSysctls(wire));
      outside.setUp(hostEnd.index());
      inside.setUp(containerEnd.index());
      if (wire.has(Family.IPV4)
          && isNew(() -> inside.add(route(GATEWAY_4, 32, containerEnd).scope(Scope.LINK)))) {
        addGateway(inside, containerEnd, wire, GATEWAY_4);
      }
      if (wire.has(Family.IPV6)) {
        addGateway(inside, containerEnd, wire, linkLocal(outside, hostEnd));
      }
      for (Ip ip : wire.addresses()) {
        inside.add(Address.of(containerEnd.index(), ip.toInetAddress(), ip.family().bits()));
        addHostRoute(outside, hostEnd, ip);
      }
      return String.valueOf(containerEnd.mac());
    }
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
  private static void addGateway(
      Rtnetlink inside, Link containerEnd, Wire wire, InetAddress gateway) {
    inside.add(Neighbour.permanent(containerEnd.index(), gateway, HOST_MAC));
    Family family = Ip.of(gateway).family();
    for (Cidr cidr : wire.routes().isEmpty() ? List.of(ALL_4, ALL_6) : wire.routes()) {
      if (cidr.family() == family) {
        InetAddress destination = cidr.address().toInetAddress();
        boolean _ =
            isNew(() -> inside.add(route(destination, cidr.length(), containerEnd).via(gateway)));
      }
    }
  }

  private static void addHostRoute(Rtnetlink outside, Link hostEnd, Ip ip) {
    InetAddress address = ip.toInetAddress();
    try {
      outside.add(route(address, ip.family().bits(), hostEnd).scope(Scope.LINK));
    } catch (NetlinkException e) {
      if (e.errno() != Errno.EEXIST) {
        throw e;
      }
      List<Route> there =
          outside.routes(RouteFilter.ALL.table(Route.TABLE_MAIN)).stream()
              .filter(
                  r -> r.destination().equals(address) && r.prefixLength() == ip.family().bits())
              .toList();
      if (there.stream().allMatch(r -> r.interfaceIndex() == hostEnd.index())) {
        return; // Felix was faster
      }
      throw new CniException(
          CniException.GENERIC,
          "the route to " + ip + " is taken",
          "it leads to "
              + there.stream().map(r -> nameOf(outside, r.interfaceIndex())).toList()
              + ", not to "
              + hostEnd.name()
              + "; remove it, or whatever else has this address",
          e);
    }
  }

  private static String nameOf(Rtnetlink outside, int index) {
    return outside.link(index).map(Link::name).orElse("interface " + index);
  }

  private static void setHostSysctls(Wire wire) {
    String name = wire.hostName();
    if (wire.has(Family.IPV4)) {
      Sysctl.set("ipv4/conf/" + name + "/route_localnet", "1");
      Sysctl.trySet("ipv4/neigh/" + name + "/proxy_delay", "0");
      Sysctl.set("ipv4/conf/" + name + "/proxy_arp", "1");
      Sysctl.set("ipv4/conf/" + name + "/forwarding", "1");
    }
    if (wire.has(Family.IPV6)) {
      Sysctl.set("ipv6/conf/" + name + "/accept_dad", "0");
      Sysctl.set("ipv6/conf/" + name + "/disable_ipv6", "0");
      Sysctl.set("ipv6/conf/" + name + "/proxy_ndp", "1");
      Sysctl.set("ipv6/conf/" + name + "/forwarding", "1");
    }
    Sysctl.trySet("ipv6/conf/" + name + "/accept_ra", "0");
  }

  private static void setContainerSysctls(Wire wire) {
    String forwarding = wire.allowForwarding() ? "1" : "0";
    if (wire.has(Family.IPV4)) {
      Sysctl.set("ipv4/ip_forward", forwarding);
    }
    if (wire.has(Family.IPV6)) {
      for (String conf : List.of("all", "default", "lo")) {
        Sysctl.set("ipv6/conf/" + conf + "/disable_ipv6", "0");
      }
      Sysctl.set("ipv6/conf/" + wire.containerName() + "/accept_dad", "0");
      Sysctl.set("ipv6/conf/all/forwarding", forwarding);
    }
  }

  /** The link-local address of the host's end, which the kernel gives it when both ends are up. */
  private static InetAddress linkLocal(Rtnetlink outside, Link hostEnd) {
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LINK_LOCAL_MILLIS);
    while (true) {
      for (Address a : outside.addresses(hostEnd.index())) {
        if (a.address().isLinkLocalAddress() && a.address() instanceof Inet6Address) {
          return a.address();
        }
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

  /** The MAC address of the container's end. */
  String containerMac(Wire wire) {
    try (Netns container = Netns.open(Path.of(wire.netns()));
        Rtnetlink inside = Rtnetlink.open(container)) {
      return String.valueOf(link(inside, wire.containerName()).mac());
    }
  }

  /** Whether both ends are there and the container's has the addresses. */
  boolean isConnected(Wire wire) {
    try (Netns container = Netns.open(Path.of(wire.netns()));
        Rtnetlink inside = Rtnetlink.open(container);
        Rtnetlink outside = Rtnetlink.open(host)) {
      Link containerEnd = inside.link(wire.containerName()).orElse(null);
      Link hostEnd = outside.link(wire.hostName()).orElse(null);
      return containerEnd != null
          && hostEnd != null
          && containerEnd.peer() == hostEnd.index()
          && inside.addresses(containerEnd.index()).stream()
              .map(a -> Ip.of(a.address()))
              .collect(Collectors.toSet())
              .containsAll(wire.addresses());
    } catch (NetlinkException e) {
      if (isGone(e)) {
        return false;
      }
      throw e;
    }
  }

  /**
   * Removes a wire; what is not there is as good as removed.
   *
   * @param hostName empty to leave the host's end alone unless it is the other end of the
   *     container's
   * @param netns may be empty or gone
   */
  void disconnect(String hostName, String netns, String containerName) {
    if (!netns.isEmpty()) {
      try (Netns container = Netns.open(Path.of(netns))) {
        remove(container, containerName);
      } catch (NetlinkException e) {
        if (!isGone(e)) {
          throw CniException.generic("cannot remove " + containerName + " from " + netns, e);
        }
      }
    }
    if (!hostName.isEmpty()) {
      try {
        remove(host, hostName);
      } catch (NetlinkException e) {
        throw CniException.generic("cannot remove " + hostName, e);
      }
    }
  }

  /**
   * Removes a wire and returns as soon as its ends cannot be seen any more. The request itself
   * lasts several times longer, as it waits until no processor can hold a reference to them; so it
   * runs on a thread of its own, which the kernel does not interrupt, even when this process is
   * killed.
   */
  private static void remove(Netns netns, String name) {
    try (Rtnetlink watching = Rtnetlink.open(netns)) {
      if (watching.link(name).isEmpty()) {
        return;
      }
      Rtnetlink deleting = Rtnetlink.open(netns);
      FutureTask<String> deletion =
          new FutureTask<>(
              () -> {
                try (deleting) {
                  delete(deleting, name);
                }
                return name;
              });
      Thread.ofPlatform().name("cni-delete-" + name).daemon().start(deletion);
      while (!deletion.isDone() && watching.link(name).isPresent()) {
        LockSupport.parkNanos(REMOVAL_POLL_NANOS);
      }
      if (deletion.state() == Future.State.FAILED
          && deletion.exceptionNow() instanceof RuntimeException e) {
        throw e;
      }
    }
  }

  /** There is no such path, or a file on which no namespace is mounted any more. */
  private static boolean isGone(NetlinkException e) {
    return e.errno() == Errno.ENOENT || e.errno() == Errno.EINVAL;
  }

  private static Link link(Rtnetlink netlink, String name) {
    return netlink
        .link(name)
        .orElseThrow(() -> new NetlinkException("find interface " + name, Errno.ENODEV));
  }

  /** Only wires, never what else may have the name. */
  private static void delete(Rtnetlink netlink, String name) {
    Link link = netlink.link(name).orElse(null);
    if (link == null || !link.kind().equals("veth")) {
      return;
    }
    try {
      netlink.delete(link.index());
    } catch (NetlinkException e) {
      if (e.errno() != Errno.ENODEV) { // it went with its other end
        throw e;
      }
    }
  }

  @Override
  public void close() {
    host.close();
  }
}
