package calico.netlink.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.netlink.Encoded;
import calico.netlink.MalformedMessageException;
import calico.netlink.Message;
import java.net.InetAddress;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Expected bytes are what iproute2 6.1 sends for the command in the comment; interface index 3. */
class RouteCodecTest {
  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }

  @Test
  void routes() {
    // ip route add 10.65.0.2/32 dev cali0 proto 80 scope link
    Route pod = Route.to(ip("10.65.0.2"), 32).dev(3).protocol(80).scope(Scope.LINK);
    assertEquals(
        "02200000fe50fd0100000000" + "080001000a410002" + "0800040003000000",
        Encoded.body(new RouteChange.Add(pod)));
    // ip route del; iproute2 leaves the type at 0, which is any
    assertEquals(
        "02200000fe50ff0100000000" + "080001000a410002" + "0800040003000000",
        Encoded.body(new RouteChange.Delete(pod)));
    // ip route add blackhole fd00:68::/122 proto 80 table 1000
    assertEquals(
        "0a7a000000500006"
            + "00000000"
            + "14000100fd000068000000000000000000000000"
            + "08000f00e8030000",
        Encoded.body(
            new RouteChange.Add(
                Route.to(ip("fd00:68::"), 122)
                    .type(RouteType.BLACKHOLE)
                    .protocol(80)
                    .table(1000))));
    // ip route add 10.66.0.0/16 via 169.254.1.1 dev cali0 onlink metric 7 proto boot
    assertEquals(
        "02100000fe030001"
            + "04000000"
            + "080001000a420000"
            + "08000500a9fe0101"
            + "0800060007000000"
            + "0800040003000000",
        Encoded.body(
            new RouteChange.Add(
                Route.to(ip("10.66.0.0"), 16)
                    .via(ip("169.254.1.1"))
                    .dev(3)
                    .onlink(true)
                    .metric(7)
                    .protocol(3))));
  }

  @Test
  void rules() {
    // ip rule add not fwmark 0x200000/0x200000 lookup 1 priority 99; the order is ours
    RoutingRule rule = new RoutingRule(IpFamily.IPV4, 99, 1, 0x200000, 0x200000, true);
    RuleRequest request = new RuleRequest(RtMessage.NEWRULE, rule);
    assertEquals(
        "020000000100000102000000"
            + "0800060063000000"
            + "08000f0001000000"
            + "08000a0000002000"
            + "0800100000002000",
        Encoded.body(request));
    assertEquals(rule, RtReader.rule(Encoded.message(request)));
    RoutingRule far = new RoutingRule(IpFamily.IPV6, 7, 1000, 0, 0, false);
    assertEquals(far, RtReader.rule(Encoded.message(new RuleRequest(RtMessage.NEWRULE, far))));
  }

  @Test
  void multipath() {
    // ip route add 10.67.0.0/16 nexthop via 10.0.0.2 dev cali0 nexthop via 10.0.0.3 dev cali0
    // weight 3 proto boot; iproute2 does not set the nested bit (8) of attribute 9
    Route route =
        new Route(
            ip("10.67.0.0"),
            16,
            RouteType.UNICAST,
            null,
            0,
            254,
            3,
            0,
            0,
            false,
            null,
            List.of(
                new Route.Path(ip("10.0.0.2"), 3, 1, false),
                new Route.Path(ip("10.0.0.3"), 3, 3, false)));
    assertEquals(
        "02100000fe030001"
            + "00000000"
            + "080001000a430000"
            + "24000980"
            + "1000000003000000"
            + "080005000a000002"
            + "1000000203000000"
            + "080005000a000003",
        Encoded.body(new RouteChange.Add(route)));
    assertEquals(route, RtReader.route(Encoded.message(new RouteChange.Add(route))));
  }

  @Test
  void addresses() {
    // ip addr add 10.0.0.1/24 dev cali0
    assertEquals(
        "0218000003000000" + "080002000a000001" + "080001000a000001",
        Encoded.body(
            new AddressRequest.OfLink(RtMessage.NEWADDR, Address.of(3, ip("10.0.0.1"), 24))));
    // ip addr add fd00::1/64 dev cali0 nodad
    assertEquals(
        "0a40020003000000"
            + "14000200fd000000000000000000000000000001"
            + "14000100fd000000000000000000000000000001",
        Encoded.body(
            new AddressRequest.OfLink(RtMessage.NEWADDR, Address.of(3, ip("fd00::1"), 64))));
  }

  @Test
  void neighbours() {
    // ip neigh add 10.0.0.7 lladdr ee:ee:ee:ee:ee:ee dev cali0
    Neighbour permanent = Neighbour.permanent(3, ip("10.0.0.7"), Mac.parse("ee:ee:ee:ee:ee:ee"));
    assertEquals(
        "020000000300000080000000" + "080001000a000007" + "0a000200eeeeeeeeeeee0000",
        Encoded.body(new AddressRequest.OfNeighbour(RtMessage.NEWNEIGH, 0x600, permanent)));
  }

  @Test
  void macs() {
    assertEquals("0a:1b:2c:3d:4e:5f", Mac.parse("0a:1b:2c:3d:4e:5f").toString());
    assertThrows(IllegalArgumentException.class, () -> Mac.parse("0a:1b"));
    assertThrows(IllegalArgumentException.class, () -> new Mac(1L << 48));
  }

  @Test
  void randomRoutesComeBack() {
    Random random = Encoded.random();
    for (int i = 0; i < 2000; i++) {
      int length = random.nextBoolean() ? 4 : 16;
      Route route = Route.to(address(random, length), 1 + random.nextInt(length * 8));
      route = random.nextBoolean() ? route : route.via(address(random, length));
      route = random.nextBoolean() ? route : route.source(address(random, length));
      route =
          route
              .dev(random.nextInt(100))
              .table(1 + random.nextInt(1000))
              .protocol(random.nextInt(256))
              .scope(random.nextInt(256))
              .metric(random.nextInt(3))
              .onlink(random.nextBoolean())
              .type(random.nextBoolean() ? RouteType.THROW : RouteType.LOCAL);
      assertEquals(route, RtReader.route(Encoded.message(new RouteChange.Add(route))));
    }
  }

  private static InetAddress address(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return IpFamily.address(bytes);
  }

  @Test
  void damagedMessagesAreRefusedOrRead() {
    Random random = Encoded.random();
    byte[] whole =
        Encoded.bytes(
            new RouteChange.Add(
                new Route(
                    ip("10.67.0.0"),
                    16,
                    RouteType.UNICAST,
                    ip("10.0.0.1"),
                    1,
                    1254,
                    3,
                    0,
                    1,
                    false,
                    ip("10.0.0.9"),
                    List.of(new Route.Path(ip("10.0.0.2"), 3, 1, false)))));
    for (int i = 0; i < 50_000; i++) {
      byte[] damaged = whole.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        Message message = Message.at(damaged, 0, 16 + random.nextInt(damaged.length - 15));
        RtReader.route(message);
        RtReader.link(message);
        RtReader.address(message);
        RtReader.neighbour(message);
        RtReader.rule(message);
      } catch (MalformedMessageException _) {
        // told clearly
      }
    }
  }
}
