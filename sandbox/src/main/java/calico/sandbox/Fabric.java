package calico.sandbox;

import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The network between the nodes, as a value: what there is, how it is cabled, every address, and
 * who speaks BGP with whom besides the nodes' own mesh.
 *
 * <pre>
 * l2           switch 172.30.0.1/24 --- eth0 172.30.0.11/24 node1, ...
 *
 * l3           core 172.29.0.0/24 --- 172.29.0.R rackR 172.30.R.1/24 --- eth0 node
 *
 * leaf-spine   spine-a --- leafR-a 172.30.R.1/24 --- eth0
 *                                                        node
 *              spine-b --- leafR-b 172.31.R.1/24 --- eth1
 * </pre>
 *
 * <p>IPv6 addresses look the same: fd00:30::11 is 172.30.0.11, fd00:31:0:2::15 is 172.31.2.15. An
 * AS per rack (its routers and nodes), one for all spines: RFC 7938, and upstream's page on
 * interconnect fabrics.
 */
public record Fabric(
    FabricKind kind,
    List<Switch> switches,
    List<Router> routers,
    List<Node> nodes,
    List<Cable> cables,
    List<Session> sessions) {
  static final String POOL_V4 = "10.244.0.0/16";
  static final String POOL_V6 = "fd00:244::/48";
  static final String BRIDGE = "br0";
  private static final int NODES_PER_RACK = 4;
  private static final int FIRST_NODE = 10;
  private static final long FIRST_RACK_AS = 64512;
  private static final long SPINE_AS = 64600;

  /** An address of each family. */
  public record Addresses(InterfaceAddress v4, InterfaceAddress v6) {
    public InterfaceAddress of(Family family) {
      return family == Family.IPV4 ? v4 : v6;
    }

    static Addresses parse(String v4, String v6) {
      return new Addresses(InterfaceAddress.parse(v4), InterfaceAddress.parse(v6));
    }

    @Override
    public String toString() {
      return v4 + ", " + v6;
    }
  }

  /** A switch, with an address if nodes have it as their gateway. */
  public record Switch(String name, @Nullable Addresses addresses) {}

  /**
   * A router.
   *
   * @param rack 1-based number of the rack that it is the gateway of, or 0
   * @param plane "a", "b", or "" if there is only one
   * @param rackSide its addresses on the rack's switch, which it has built in; null if rack is 0
   */
  public record Router(
      String name, int rack, String plane, long as, Ip id, @Nullable Addresses rackSide) {}

  /**
   * A node.
   *
   * @param as 0 if it has none of its own
   * @param uplinks the first has the node's own addresses and the default gateway
   */
  public record Node(int number, int rack, long as, List<Uplink> uplinks) {
    public String name() {
      return "node" + number;
    }

    public Ip ip(Family family) {
      return uplinks.getFirst().addresses().of(family).ip();
    }
  }

  /** An interface of a node, and who is the gateway there. */
  public record Uplink(String name, Addresses addresses, Addresses gateway) {}

  /**
   * An end of a cable: an interface.
   *
   * @param addresses null: it is part of the device's bridge
   */
  public record Port(String device, String name, @Nullable Addresses addresses) {}

  /** Two interfaces that see when the other goes down. */
  public record Cable(Port a, Port b) {}

  /** One end of a BGP session. */
  public record Speaker(String device, long as, Addresses addresses) {}

  /** Two BGP sessions, one of each family. */
  public record Session(Speaker a, Speaker b) {
    /** The end at a device, and then the other; empty if it has none. */
    Optional<Session> from(String device) {
      return a.device().equals(device)
          ? Optional.of(this)
          : b.device().equals(device) ? Optional.of(new Session(b, a)) : Optional.empty();
    }
  }

  /** The fabric of a kind for so many nodes. */
  public static Fabric of(FabricKind kind, int nodes) {
    return switch (kind) {
      case L2 -> oneSwitch(nodes);
      case L3 -> racks(kind, nodes, List.of(""));
      case LEAF_SPINE -> racks(kind, nodes, List.of("a", "b"));
    };
  }

  private static Fabric oneSwitch(int count) {
    Switch middle = new Switch("switch", host(0, 0, 1));
    List<Node> nodes =
        IntStream.rangeClosed(1, count)
            .mapToObj(i -> new Node(i, 0, 0, List.of(uplink(0, 0, i))))
            .toList();
    List<Cable> cables = nodes.stream().map(n -> cable(n, 0, middle.name())).toList();
    return new Fabric(FabricKind.L2, List.of(middle), List.of(), nodes, cables, List.of());
  }

  private static Fabric racks(FabricKind kind, int count, List<String> planes) {
    int racks = Math.min(count, Math.max(2, Math.ceilDiv(count, NODES_PER_RACK)));
    Fabric fabric =
        new Fabric(
            kind,
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>(),
            new ArrayList<>());
    for (int plane = 0; plane < planes.size(); plane++) {
      fabric.addPlane(plane, planes.get(plane), racks);
    }
    for (int i = 1; i <= count; i++) {
      fabric.addNode(i, (i - 1) * racks / count + 1, planes.size());
    }
    return fabric.copy();
  }

  /** The routers of the racks, and what joins them. */
  private void addPlane(int plane, String name, int racks) {
    List<Router> gateways = new ArrayList<>();
    for (int rack = 1; rack <= racks; rack++) {
      Addresses rackSide = host(plane, rack, 1);
      String router = name.isEmpty() ? "rack" + rack : "leaf" + rack + "-" + name;
      Ip id = rackSide.v4().ip();
      gateways.add(new Router(router, rack, name, FIRST_RACK_AS + rack, id, rackSide));
    }
    routers.addAll(gateways);
    if (name.isEmpty()) {
      joinBySwitch(gateways);
    } else {
      joinBySpine(plane, name, gateways);
    }
  }

  private void joinBySwitch(List<Router> gateways) {
    Switch core = new Switch("core", null);
    switches.add(core);
    List<Speaker> speakers = new ArrayList<>();
    for (Router router : gateways) {
      int rack = router.rack();
      Addresses addresses = Addresses.parse("172.29.0." + rack + "/24", "fd00:29::" + rack + "/64");
      cables.add(
          new Cable(
              new Port(router.name(), core.name(), addresses),
              new Port(core.name(), router.name(), null)));
      Speaker speaker = new Speaker(router.name(), router.as(), addresses);
      speakers.forEach(other -> sessions.add(new Session(other, speaker)));
      speakers.add(speaker);
    }
  }

  private void joinBySpine(int plane, String name, List<Router> gateways) {
    Ip id = Ip.parse("172.29." + plane + ".1");
    Router spine = new Router("spine-" + name, 0, name, SPINE_AS, id, null);
    routers.add(spine);
    for (Router leaf : gateways) {
      Addresses above = link(plane, 2 * leaf.rack());
      Addresses below = link(plane, 2 * leaf.rack() + 1);
      cables.add(
          new Cable(
              new Port(spine.name(), leaf.name(), above),
              new Port(leaf.name(), spine.name(), below)));
      sessions.add(
          new Session(
              new Speaker(spine.name(), spine.as(), above),
              new Speaker(leaf.name(), leaf.as(), below)));
    }
  }

  private void addNode(int number, int rack, int planes) {
    List<Uplink> uplinks =
        IntStream.range(0, planes).mapToObj(plane -> uplink(plane, rack, number)).toList();
    Node node = new Node(number, rack, FIRST_RACK_AS + rack, uplinks);
    nodes.add(node);
    List<Router> gateways = routers.stream().filter(r -> r.rack() == rack).toList();
    for (int plane = 0; plane < planes; plane++) {
      Router router = gateways.get(plane);
      Uplink uplink = uplinks.get(plane);
      cables.add(cable(node, plane, router.name()));
      sessions.add(
          new Session(
              new Speaker(router.name(), router.as(), uplink.gateway()),
              new Speaker(node.name(), node.as(), uplink.addresses())));
    }
  }

  private Fabric copy() {
    return new Fabric(
        kind,
        List.copyOf(switches),
        List.copyOf(routers),
        List.copyOf(nodes),
        List.copyOf(cables),
        List.copyOf(sessions));
  }

  /** The same fabric for nodes that do not speak BGP. */
  Fabric withoutNodeSessions() {
    List<Session> between =
        sessions.stream().filter(s -> routers.stream().anyMatch(r -> isAt(r, s.b()))).toList();
    return new Fabric(kind, switches, routers, nodes, cables, between);
  }

  private static boolean isAt(Router router, Speaker speaker) {
    return router.name().equals(speaker.device());
  }

  /** Whether the nodes have BGP sessions with routers instead of each other. */
  boolean isRouted() {
    return !routers.isEmpty();
  }

  /** Sessions as the device sees them: its own end first. */
  public Stream<Session> sessionsOf(String device) {
    return sessions.stream().flatMap(s -> s.from(device).stream());
  }

  /** The routers that are no rack's gateway: one in each plane. */
  List<Router> spines() {
    return routers.stream().filter(r -> r.rack() == 0).toList();
  }

  /** By their device the addresses that nodes have as a gateway. */
  Map<String, Addresses> gateways() {
    Map<String, Addresses> all = new LinkedHashMap<>();
    for (Switch s : switches) {
      if (s.addresses() != null) {
        all.put(s.name(), s.addresses());
      }
    }
    for (Router router : routers) {
      if (router.rackSide() != null) {
        all.put(router.name(), router.rackSide());
      }
    }
    return all;
  }

  /**
   * How many BGP sessions there are, over IPv4 and IPv6, each counted at both ends.
   *
   * @param nodesSpeak whether nodes without routers have a session with each other node
   */
  int sessionEnds(boolean nodesSpeak) {
    boolean mesh = nodesSpeak && !isRouted();
    int links = mesh ? nodes.size() * (nodes.size() - 1) / 2 : sessions.size();
    return 2 * Family.values().length * links;
  }

  /** The interfaces of a device. */
  Stream<Port> portsOf(String device) {
    return cables.stream()
        .flatMap(c -> Stream.of(c.a(), c.b()))
        .filter(port -> port.device().equals(device));
  }

  /** The node with that 1-based number. */
  public Node node(int number) {
    return nodes.get(number - 1);
  }

  private static Uplink uplink(int plane, int rack, int number) {
    return new Uplink("eth" + plane, host(plane, rack, FIRST_NODE + number), host(plane, rack, 1));
  }

  private static Cable cable(Node node, int plane, String to) {
    Uplink uplink = node.uplinks().get(plane);
    return new Cable(
        new Port(to, node.name(), null), new Port(node.name(), uplink.name(), uplink.addresses()));
  }

  private static Addresses host(int plane, int rack, int host) {
    int net = 30 + plane;
    return Addresses.parse(
        "172.%d.%d.%d/24".formatted(net, rack, host),
        "fd00:%d:0:%d::%d/64".formatted(net, rack, host));
  }

  private static Addresses link(int plane, int host) {
    return Addresses.parse(
        "172.29.%d.%d/31".formatted(plane, host), "fd00:29:0:%d::%x/127".formatted(plane, host));
  }
}
