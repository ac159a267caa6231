package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.AttributeReader;
import calico.netlink.Errno;
import calico.netlink.Message;
import calico.netlink.MessageWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Links, addresses, routes, neighbours and connections of a kernel that is played. Each request is
 * done for itself, and told of to who listens.
 *
 * <p>Numbers are those of {@code linux/rtnetlink.h} and {@code nfnetlink_conntrack.h}.
 */
@SuppressWarnings("ArrayRecordComponent") // nobody compares them
final class FakeNetwork {
  static final int NEWLINK = 16;
  static final int NEWROUTE = 24;
  static final int DELROUTE = 25;
  private static final int ESRCH = 3;
  private static final int ENETDOWN = 100;
  private static final int EOPNOTSUPP = 95;
  private static final int UP_AND_RUNNING = 0x41;
  private static final int INET = 2;
  private static final int INET6 = 10;

  final Map<Integer, Link> links = new TreeMap<>();
  final Map<RouteKey, Route> routes = new LinkedHashMap<>();
  final Map<NeighbourKey, byte[]> neighbours = new LinkedHashMap<>();
  private final List<Flow> flows = new ArrayList<>();
  private final Map<Integer, List<Ip>> addresses = new TreeMap<>();
  private final FakeNftables.Teller listener;
  private int lastIndex = 1;
  private int lastFlow;

  record Link(int index, String name, boolean up) {}

  /** Of the main table. */
  record RouteKey(Cidr destination, int metric) {}

  record Route(int index, int protocol, byte[] body) {}

  record NeighbourKey(int index, Ip ip) {}

  /** A connection between two addresses, on the interface to which the second was routed. */
  record Flow(int id, Ip from, Ip to, int index) {}

  FakeNetwork(FakeNftables.Teller listener) {
    this.listener = listener;
  }

  @Nullable Link link(String name) {
    return links.values().stream().filter(l -> l.name.equals(name)).findAny().orElse(null);
  }

  /** A new link, or one with another name or state. */
  void put(Link link) {
    links.put(link.index, link);
    listener.tell(NEWLINK, body(link));
  }

  int add(String name, boolean up, Ip... ips) {
    int index = ++lastIndex;
    addresses.put(index, List.of(ips));
    put(new Link(index, name, up));
    return index;
  }

  /** What was on the link goes with it, or when it goes down. */
  void remove(Link link) {
    forget(link.index, false);
    links.remove(link.index);
    addresses.remove(link.index);
    listener.tell(NEWLINK + 1, body(link));
  }

  /**
   * Routes and neighbours of a link go.
   *
   * @param told whether the kernel tells of the routes; of some it does not
   */
  void forget(int index, boolean told) {
    List<Route> gone = routes.values().stream().filter(r -> r.index == index).toList();
    routes.values().removeAll(gone);
    neighbours.keySet().removeIf(n -> n.index == index);
    if (told) {
      gone.forEach(route -> listener.tell(DELROUTE, route.body));
    }
  }

  /** Somebody deletes a route. */
  void removeRoute(RouteKey key) {
    Route route = routes.remove(key);
    if (route != null) {
      listener.tell(DELROUTE, route.body);
    }
  }

  /** A connection to an address begins, if that is routed to an interface. */
  void connect(Ip from, Ip to) {
    routes.forEach(
        (key, route) -> {
          if (key.destination.equals(to.toCidr())) {
            flows.add(new Flow(++lastFlow, from, to, route.index));
          }
        });
  }

  /** Forgets the connections of addresses that are not routed, but for some. */
  void forgetUnrouted(Set<Ip> but) {
    flows.removeIf(
        flow ->
            !but.contains(flow.to)
                && routes.keySet().stream()
                    .noneMatch(key -> key.destination.equals(flow.to.toCidr())));
  }

  private static byte[] body(Link link) {
    MessageWriter w = new MessageWriter();
    w.u8(0).u8(0).u16(1).u32(link.index).u32(link.up ? UP_AND_RUNNING : 0).u32(0);
    return w.string(3, link.name).u32(4, 1500).toByteArray();
  }

  /** Does a request that changes something; gives 0 or why not. */
  int apply(int type, int flags, byte[] body) {
    return switch (type) {
      case NEWROUTE -> addRoute(flags, body);
      case DELROUTE -> deleteRoute(body);
      case 28 -> addNeighbour(body);
      case 29 -> neighbours.remove(neighbourKey(body)) == null ? Errno.ENOENT : 0;
      case 1 << 8 | 2 -> deleteFlow(body);
      default -> EOPNOTSUPP;
    };
  }

  private static AttributeReader attributes(byte[] body, int from) {
    return AttributeReader.of(Arrays.copyOfRange(body, from, body.length));
  }

  private static Cidr destination(byte[] body) {
    AttributeReader in = attributes(body, 12);
    while (in.next()) {
      if (in.type() == 1) {
        return new Cidr(Ip.of(in.bytes()), body[1] & 0xff);
      }
    }
    return Cidr.parse(body[0] == INET ? "0.0.0.0/0" : "::/0");
  }

  private static int number(byte[] body, int attribute) {
    AttributeReader in = attributes(body, 12);
    while (in.next()) {
      if (in.type() == attribute) {
        return in.u32();
      }
    }
    return 0;
  }

  private static RouteKey routeKey(byte[] body) {
    Cidr destination = destination(body);
    int metric = number(body, 6);
    return new RouteKey(
        destination, metric == 0 && destination.family() == Family.IPV6 ? 1024 : metric);
  }

  private int addRoute(int flags, byte[] body) {
    int index = number(body, 4);
    Link link = links.get(index);
    if (index != 0 && link == null) {
      return Errno.ENODEV;
    }
    if (link != null && !link.up) {
      return ENETDOWN;
    }
    RouteKey key = routeKey(body);
    if (routes.containsKey(key) && (flags & Message.EXCLUSIVE) != 0) {
      return Errno.EEXIST;
    }
    for (Flow flow : flows) {
      if (flow.to.toCidr().equals(key.destination) && flow.index != index) {
        throw new AssertionError(flow + " is inherited with the route by " + link);
      }
    }
    routes.put(key, new Route(index, body[5], body));
    listener.tell(NEWROUTE, body);
    return 0;
  }

  private int deleteRoute(byte[] body) {
    RouteKey key = routeKey(body);
    Route route = routes.get(key);
    int index = number(body, 4);
    boolean matches =
        route != null
            && (index == 0 || index == route.index)
            && (body[5] == 0 || body[5] == route.protocol);
    if (!matches) {
      return ESRCH;
    }
    removeRoute(key);
    return 0;
  }

  private static NeighbourKey neighbourKey(byte[] body) {
    AttributeReader in = attributes(body, 12);
    Ip ip = null;
    while (in.next()) {
      if (in.type() == 1) {
        ip = Ip.of(in.bytes());
      }
    }
    if (ip == null) {
      throw new AssertionError("a neighbour without an address");
    }
    AttributeReader index =
        AttributeReader.of(new byte[] {8, 0, 1, 0, body[4], body[5], body[6], body[7]});
    index.next();
    return new NeighbourKey(index.u32(), ip);
  }

  private int addNeighbour(byte[] body) {
    NeighbourKey key = neighbourKey(body);
    Link link = links.get(key.index);
    if (link == null) {
      return Errno.ENODEV;
    }
    if (!link.up) {
      return ENETDOWN;
    }
    neighbours.put(key, body);
    return 0;
  }

  private int deleteFlow(byte[] body) {
    AttributeReader in = attributes(body, 4);
    while (in.next()) {
      if (in.type() == 12) {
        int id = in.be32();
        return flows.removeIf(f -> f.id == id) ? 0 : Errno.ENOENT;
      }
    }
    return Errno.EINVAL;
  }

  /** Whether a list of routes is of the one table that there is, or of all. */
  private static boolean isOfMainTable(byte[] request) {
    int attribute = 12; // after the rtmsg comes RTA_TABLE (15), if any table is named
    return request.length <= attribute + 4
        || request[attribute + 2] != 15
        || request[attribute + 4] == (byte) 254;
  }

  /** Tells of all objects of a kind; gives 0 or why not. */
  int dump(int type, byte[] request, FakeNftables.Teller teller) {
    switch (type) {
      case 18 -> links.values().forEach(link -> teller.tell(NEWLINK, body(link)));
      case 22 ->
          addresses.forEach((index, ips) -> ips.forEach(ip -> teller.tell(20, body(index, ip))));
      case 26 ->
          routes
              .values()
              .forEach(
                  route -> {
                    if (route.body[0] == request[0] && isOfMainTable(request)) {
                      teller.tell(NEWROUTE, route.body);
                    }
                  });
      case 30 -> {
        if (request[0] == 0) {
          neighbours.values().forEach(neighbour -> teller.tell(28, neighbour));
        }
      }
      case 34, 38 -> {} // routing rules, queueing disciplines
      case 1 << 8 | 1 ->
          flows.forEach(
              flow -> {
                if (family(flow.to) == request[0]) {
                  teller.tell(1 << 8, body(flow));
                }
              });
      default -> {
        return EOPNOTSUPP;
      }
    }
    return 0;
  }

  /** Answers a question for one link. */
  int get(byte[] request, FakeNftables.Teller teller) {
    AttributeReader in = attributes(request, 16);
    Link found = null;
    while (in.next()) {
      if (in.type() == 3) {
        found = link(in.string());
      }
    }
    if (found == null) {
      return Errno.ENODEV;
    }
    teller.tell(NEWLINK, body(found));
    return 0;
  }

  private static int family(Ip ip) {
    return ip.family() == Family.IPV4 ? INET : INET6;
  }

  private static byte[] body(int index, Ip ip) {
    MessageWriter w = new MessageWriter();
    w.u8(family(ip)).u8(ip.toCidr().length()).u8(0).u8(0).u32(index);
    return w.attribute(1, ip.toBytes()).attribute(2, ip.toBytes()).toByteArray();
  }

  private static byte[] body(Flow flow) {
    MessageWriter w = new MessageWriter();
    w.u8(family(flow.to)).u8(0).be16(0);
    tuple(w, 1, flow.from);
    tuple(w, 2, flow.to);
    return w.be32(12, flow.id).toByteArray();
  }

  /** One direction of a flow, as far as where it comes from. */
  private static void tuple(MessageWriter w, int attribute, Ip from) {
    int tuple = w.nest(attribute);
    int ip = w.nest(1);
    w.attribute(from.family() == Family.IPV4 ? 1 : 3, from.toBytes());
    w.endNest(ip);
    w.endNest(tuple);
  }

  /** A route of the main table, as somebody else would make it. */
  void addForeignRoute(Cidr destination, int index, int protocol) {
    MessageWriter w = new MessageWriter();
    w.u8(family(destination.address())).u8(destination.length()).u8(0).u8(0);
    w.u8(254).u8(protocol).u8(253).u8(1).u32(0);
    w.attribute(1, destination.address().toBytes()).u32(4, index).u32(6, 1024);
    addRoute(0, w.toByteArray());
  }
}
