package calico.cni;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.route.Link;
import calico.netlink.route.Route;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks for all that {@link Ends} makes of a wire, and changes nothing.
 *
 * @param inside to the container's namespace
 * @param outside to the host's
 */
record WireCheck(Wiring.Wire wire, Rtnetlink inside, Rtnetlink outside) {
  private static final RouteFilter MAIN = RouteFilter.ALL.table(Route.TABLE_MAIN);

  /** The first thing that is not there, in words; empty if the wire is complete. */
  String missing() {
    Link hostEnd = outside.link(wire.hostName()).orElse(null);
    if (hostEnd == null) {
      return "interface " + wire.hostName() + " of the host";
    }
    String containerEnd = wire.containerName() + " in " + wire.netns();
    Link link = inside.link(wire.containerName()).orElse(null);
    if (link == null || link.peer() != hostEnd.index()) {
      return "interface " + containerEnd + ", at the other end of " + hostEnd.name();
    }
    Set<Ip> there =
        inside.addresses(link.index()).stream()
            .map(a -> Ip.of(a.address()))
            .collect(Collectors.toSet());
    for (Ip ip : wire.addresses()) {
      if (!there.contains(ip)) {
        return "address " + ip + " of " + containerEnd;
      }
    }
    String route = missingInside(link, hostEnd);
    return route.isEmpty() ? missingOutside(hostEnd) : route;
  }

  private String missingInside(Link containerEnd, Link hostEnd) {
    List<Route> routes = inside.routes(MAIN);
    Set<Family> families = EnumSet.noneOf(Family.class);
    wire.addresses().forEach(ip -> families.add(ip.family()));
    for (Family family : families) {
      String missing =
          switch (family) {
            case IPV4 -> missing4(routes, containerEnd);
            case IPV6 -> missing6(routes, containerEnd, hostEnd);
          };
      if (!missing.isEmpty()) {
        return missing + " in " + wire.netns();
      }
    }
    return "";
  }

  private String missing4(List<Route> routes, Link containerEnd) {
    Cidr gateway = Ip.of(Ends.GATEWAY_4).toCidr();
    Optional<Route> toGateway =
        routes.stream().filter(r -> leadsTo(r, gateway) && r.gateway() == null).findFirst();
    if (toGateway.isEmpty()) {
      return "route to " + gateway + " dev " + containerEnd.name();
    }
    if (toGateway.get().interfaceIndex() != containerEnd.index()) {
      return ""; // the first interface of a container has its routes, if there are more
    }
    for (Cidr cidr : wire.routes()) {
      if (cidr.family() == Family.IPV4
          && routes.stream()
              .noneMatch(r -> leadsTo(r, cidr) && Ends.GATEWAY_4.equals(r.gateway()))) {
        return "route to " + cidr + " via " + gateway.address() + " dev " + containerEnd.name();
      }
    }
    return "";
  }

  private String missing6(List<Route> routes, Link containerEnd, Link hostEnd) {
    Optional<InetAddress> gateway = Ends.linkLocal(outside, hostEnd);
    if (gateway.isEmpty()) {
      return "IPv6 gateway, the link-local address of " + hostEnd.name() + ", for a container";
    }
    for (Cidr cidr : wire.routes()) {
      if (cidr.family() == Family.IPV6
          && routes.stream()
              .noneMatch(r -> leadsTo(r, cidr) && leads6(r, containerEnd, gateway.get()))) {
        Ip via = Ip.of(gateway.get());
        return "route to " + cidr + " via " + via + " dev " + containerEnd.name();
      }
    }
    return "";
  }

  /** Another interface of the container may have had the route first. */
  private static boolean leads6(Route route, Link containerEnd, InetAddress gateway) {
    InetAddress via = route.gateway();
    return via != null
        && (route.interfaceIndex() == containerEnd.index()
            ? via.equals(gateway)
            : via.isLinkLocalAddress());
  }

  private String missingOutside(Link hostEnd) {
    List<Route> routes = outside.routes(MAIN.dev(hostEnd.index()));
    for (Ip ip : wire.addresses()) {
      if (routes.stream().noneMatch(r -> leadsTo(r, ip.toCidr()))) {
        return "route to " + ip + " dev " + hostEnd.name() + " of the host";
      }
    }
    return "";
  }

  private static boolean leadsTo(Route route, Cidr cidr) {
    return route.prefixLength() == cidr.length()
        && route.destination().equals(cidr.address().toInetAddress());
  }
}
