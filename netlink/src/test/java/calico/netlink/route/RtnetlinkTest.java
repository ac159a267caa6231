package calico.netlink.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.TestNetns;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On the real kernel, checked against what {@code ip} prints. */
class RtnetlinkTest {
  private static final int ESRCH = 3;
  private static final Mac MAC = Mac.parse("ee:ee:ee:ee:ee:ee");

  private final TestNetns ns = new TestNetns();
  private final Rtnetlink route = Rtnetlink.open(ns.netns());
  private Link link = lo();

  private Link lo() {
    return route.link("lo").orElseThrow();
  }

  @BeforeEach
  void makeVeth() {
    route.createVeth("cali0", MAC, 1400, "eth0", Mac.parse("02:00:00:00:00:01"), null);
    for (String name : List.of("lo", "cali0", "eth0")) {
      route.setUp(route.link(name).orElseThrow().index());
    }
    link = route.link("cali0").orElseThrow();
  }

  @AfterEach
  void close() {
    route.close();
    ns.close();
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }

  @Test
  void aVethHasWhatWasAsked() {
    Link peer = route.link("eth0").orElseThrow();
    assertEquals("veth", link.kind());
    assertEquals(MAC, link.mac());
    assertEquals(1400, link.mtu());
    assertEquals(peer.index(), link.peer());
    assertEquals(-1, link.peerNetnsId());
    assertTrue(link.up());
    assertTrue(route.links().contains(peer));
    assertEquals(Optional.empty(), route.link("none"));
    assertEquals(Optional.empty(), route.link(4711));
  }

  @Test
  void aPeerIsMadeInItsNamespace() {
    try (TestNetns other = new TestNetns();
        Rtnetlink there = Rtnetlink.open(other.netns())) {
      route.createVeth("caliX", null, 0, "ethX", null, other.netns());
      Link peer = there.link("ethX").orElseThrow();
      Link here = route.link("caliX").orElseThrow();
      assertEquals(here.index(), peer.peer());
      assertEquals(peer.index(), here.peer());
      assertTrue(here.peerNetnsId() >= 0);
    }
  }

  @Test
  void linksChange() {
    route.createBridge("br0");
    int bridge = route.link("br0").orElseThrow().index();
    route.setMaster(link.index(), bridge);
    route.setMtu(link.index(), 1300);
    route.setMac(link.index(), Mac.parse("02:00:00:00:00:09"));
    route.setAlias(link.index(), "of a pod");
    route.setDown(link.index());
    route.rename(link.index(), "cali9");
    Link changed = route.link(link.index()).orElseThrow();
    assertEquals("cali9", changed.name());
    assertEquals(bridge, changed.master());
    assertEquals(1300, changed.mtu());
    assertEquals("of a pod", changed.alias());
    assertEquals(Mac.parse("02:00:00:00:00:09"), changed.mac());
    assertTrue(!changed.up());
    route.delete(link.index());
    assertEquals(Optional.empty(), route.link("eth0"));
  }

  @Test
  void addresses() {
    Address four = Address.of(link.index(), ip("10.0.0.1"), 24);
    Address six = Address.of(link.index(), ip("fd00::1"), 64);
    route.add(four);
    route.add(six);
    List<InetAddress> listed =
        route.addresses(link.index()).stream().map(Address::address).toList();
    assertTrue(listed.containsAll(List.of(four.address(), six.address())), listed.toString());
    String printed = ns.run("ip", "-j", "addr", "show", "dev", "cali0");
    assertTrue(printed.contains("\"10.0.0.1\",\"prefixlen\":24"), printed);
    assertTrue(printed.contains("\"fd00::1\",\"prefixlen\":64"), printed);
    assertEquals(Errno.EEXIST, assertThrows(NetlinkException.class, () -> route.add(four)).errno());
    route.delete(four);
    route.delete(six);
    assertEquals(
        Errno.EADDRNOTAVAIL,
        assertThrows(NetlinkException.class, () -> route.delete(four)).errno());
  }

  @Test
  void routesOfBothFamilies() {
    for (String text : List.of("10.65.0.2", "fd00:65::2")) {
      InetAddress pod = ip(text);
      int bits = pod.getAddress().length * 8;
      RouteFilter ours = RouteFilter.ALL.protocol(80).family(IpFamily.of(pod));
      Route wanted =
          Route.to(pod, bits)
              .dev(link.index())
              .protocol(80)
              .scope(bits == 32 ? Scope.LINK : Scope.UNIVERSE)
              .metric(bits == 32 ? 0 : 1024);
      route.add(wanted);
      assertEquals(List.of(wanted), route.routes(ours));
      assertEquals(List.of(wanted), route.routes(ours.dev(link.index()).table(254)));
      assertEquals(List.of(), route.routes(ours.table(4711)));
      String family = bits == 32 ? "-4" : "-6";
      String printed = ns.run("ip", "-j", family, "route", "show", "proto", "80");
      assertTrue(printed.contains("\"dst\":\"" + text + "\",\"dev\":\"cali0\""), printed);
      var twice = assertThrows(NetlinkException.class, () -> route.add(wanted));
      assertEquals(Errno.EEXIST, twice.errno());
      route.replace(wanted);
      route.delete(wanted);
      assertEquals(List.of(), route.routes(ours));
      var gone = assertThrows(NetlinkException.class, () -> route.delete(wanted));
      assertEquals(ESRCH, gone.errno());
    }
  }

  @Test
  void gatewayOnlinkSourceAndOwnTable() {
    route.add(Address.of(link.index(), ip("10.0.0.1"), 32));
    Route wanted =
        Route.to(ip("10.66.0.0"), 16)
            .via(ip("169.254.1.1"))
            .dev(link.index())
            .onlink(true)
            .source(ip("10.0.0.1"))
            .table(1000)
            .metric(7);
    route.add(wanted);
    assertEquals(List.of(wanted), route.routes(RouteFilter.ALL.table(1000)));
    route.delete(wanted);
    assertEquals(List.of(), route.routes(RouteFilter.ALL.table(1000)));
  }

  @Test
  void multipath() {
    Route wanted =
        new Route(
            ip("10.67.0.0"),
            16,
            RouteType.UNICAST,
            null,
            0,
            Route.TABLE_MAIN,
            80,
            Scope.UNIVERSE,
            0,
            false,
            null,
            List.of(
                new Route.Path(ip("10.9.0.1"), link.index(), 1, true),
                new Route.Path(ip("10.9.0.2"), link.index(), 3, true)));
    route.add(wanted);
    assertEquals(List.of(wanted), route.routes(RouteFilter.ALL.protocol(80)));
  }

  @Test
  void blackholes() {
    Route four = Route.to(ip("10.68.0.0"), 26).type(RouteType.BLACKHOLE).protocol(80);
    Route six = Route.to(ip("fd00:68::"), 122).type(RouteType.BLACKHOLE).protocol(80);
    route.add(four);
    route.add(six);
    assertEquals(
        List.of(four, six.dev(lo().index()).metric(1024)),
        route.routes(RouteFilter.ALL.protocol(80)));
    route.delete(four);
    route.delete(six);
    assertEquals(List.of(), route.routes(RouteFilter.ALL.protocol(80)));
  }

  @Test
  void aRefusalTellsWhatAndWhy() {
    Route noWay = Route.to(ip("10.69.0.0"), 16).via(ip("192.0.2.1"));
    var refused = assertThrows(NetlinkException.class, () -> route.add(noWay));
    assertEquals(Errno.ENETUNREACH, refused.errno());
    assertEquals("Nexthop has invalid gateway", refused.kernelMessage());
    String message = refused.toString();
    assertTrue(message.contains("ENETUNREACH") && message.contains("10.69.0.0"), message);
  }

  @Test
  void aBatchGivesEachChangeItsOwnResult() {
    List<RouteChange> changes = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      InetAddress pod = ip("10.70." + i / 256 + "." + i % 256);
      changes.add(new RouteChange.Add(Route.to(pod, 32).dev(link.index()).protocol(80)));
    }
    changes.set(1500, changes.get(1499));
    List<NetlinkException> results = new ArrayList<>(route.apply(changes));
    assertEquals(3000, results.size());
    assertEquals(Errno.EEXIST, results.get(1500).errno());
    results.remove(1500);
    results.forEach(result -> assertNull(result));
    assertEquals(2999, route.routes(RouteFilter.ALL.protocol(80)).size());
    assertEquals(List.of(), route.apply(List.of()));
  }

  @Test
  void neighbours() {
    Neighbour four = Neighbour.permanent(link.index(), ip("10.0.0.7"), MAC);
    Neighbour six = Neighbour.permanent(link.index(), ip("fd00::7"), MAC);
    route.add(four);
    route.replace(six);
    List<Neighbour> listed = route.neighbours(link.index());
    assertTrue(listed.containsAll(List.of(four, six)), listed.toString());
    String printed = ns.run("ip", "-j", "neigh", "show", "dev", "cali0");
    assertTrue(printed.contains("10.0.0.7") && printed.contains("fd00::7"), printed);
    assertEquals(Errno.EEXIST, assertThrows(NetlinkException.class, () -> route.add(four)).errno());
    route.delete(four);
    route.delete(six);
    assertEquals(
        Errno.ENOENT, assertThrows(NetlinkException.class, () -> route.delete(four)).errno());
  }

  @Test
  void aVxlanDeviceIsWhatWasAskedAndForwards() {
    for (String local : List.of("192.0.2.1", "2001:db8::1")) {
      route.add(Address.of(link.index(), ip(local), local.contains(":") ? 64 : 24));
      Link.Vxlan settings = new Link.Vxlan(4096, link.index(), ip(local), 4789, false);
      route.createVxlan("vx", MAC, 1300, settings);
      Link made = route.link("vx").orElseThrow();
      assertEquals("vxlan", made.kind());
      assertEquals(settings, made.vxlan());
      assertEquals(MAC, made.mac());
      assertEquals(1300, made.mtu());
      route.setUp(made.index());
      String there = local.contains(":") ? "2001:db8::2" : "192.0.2.2";
      Mac mac = Mac.parse("66:00:00:00:00:02");
      Forwarding entry = Forwarding.permanent(made.index(), mac, ip(there));
      route.replace(entry);
      assertEquals(List.of(entry), route.forwardings(made.index()));
      String printed = ns.run("bridge", "fdb", "show", "dev", "vx");
      assertTrue(printed.contains(mac + " dst " + there + " self permanent"), printed);
      Forwarding other = Forwarding.permanent(made.index(), mac, ip(local));
      route.replace(other);
      assertEquals(List.of(other), route.forwardings(made.index()));
      route.delete(other);
      assertEquals(List.of(), route.forwardings(made.index()));
      assertEquals(
          Errno.ENOENT, assertThrows(NetlinkException.class, () -> route.delete(other)).errno());
      route.delete(made.index());
    }
    assertNull(link.vxlan());
  }

  @Test
  void aRouteMayGoViaItsOwnDestination() {
    Link.Vxlan settings = new Link.Vxlan(7, 0, ip("192.0.2.1"), 4789, false);
    route.add(Address.of(link.index(), ip("192.0.2.1"), 24));
    route.createVxlan("vx", MAC, 1300, settings);
    int index = route.link("vx").orElseThrow().index();
    route.setUp(index);
    for (String tunnel : List.of("10.9.9.9", "fd00:9::9")) {
      int length = tunnel.contains(":") ? 128 : 32;
      Route made = Route.to(ip(tunnel), length).via(ip(tunnel)).dev(index).onlink(true);
      route.add(made);
      Route listed =
          route.routes(RouteFilter.ALL.dev(index)).stream()
              .filter(r -> ip(tunnel).equals(r.gateway()))
              .findFirst()
              .orElseThrow();
      assertTrue(listed.onlink());
      assertEquals(length, listed.prefixLength());
    }
  }

  @Test
  void rulesAreAddedListedAndDeleted() {
    for (IpFamily family : IpFamily.values()) {
      RoutingRule rule = new RoutingRule(family, 99, 1, 0x200000, 0x200000, true);
      List<RoutingRule> before = route.rules(family);
      route.add(rule);
      assertEquals(
          Errno.EEXIST, assertThrows(NetlinkException.class, () -> route.add(rule)).errno());
      assertTrue(route.rules(family).contains(rule), route.rules(family)::toString);
      String printed = ns.run("ip", family == IpFamily.IPV4 ? "-4" : "-6", "rule", "list");
      assertTrue(printed.contains("99:\tnot from all fwmark 0x200000/0x200000 lookup 1"), printed);
      route.delete(rule);
      assertEquals(before, route.rules(family));
      assertEquals(
          Errno.ENOENT, assertThrows(NetlinkException.class, () -> route.delete(rule)).errno());
    }
  }

  @Test
  void aThrowRouteIsReadBackAsSuch() {
    Route made = Route.to(ip("10.65.0.0"), 26).type(RouteType.THROW).protocol(3).table(1);
    route.add(made);
    assertEquals(List.of(made), route.routes(RouteFilter.ALL.table(1)));
  }
}
