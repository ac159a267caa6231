package calico.felix.dataplane;

import calico.felix.Blocks;
import calico.felix.calc.CalcConfig;
import calico.felix.calc.CalcGraph;
import calico.felix.state.StateChange;
import calico.model.Cidr;
import calico.model.json.Yaml;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.netlink.Netns;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Three nodes, a and b in one subnet and c in another, with a router between them; each has the
 * calculation, a dataplane and one pod. The cluster's state is given to all of them.
 */
final class Fabric implements AutoCloseable {
  static final List<String> NAMES = List.of("a", "b", "c");

  final Lab lab = new Lab();
  final Traffic traffic = new Traffic();
  private final Map<String, Host> hosts = new LinkedHashMap<>();
  private final Map<Key<?>, Object> cluster = new LinkedHashMap<>();

  /** One node. */
  private static final class Host {
    final CalcGraph graph;
    final Dataplane dataplane;

    Host(String name, DataplaneConfig config) {
      this.graph = new CalcGraph(new CalcConfig(name, _ -> true));
      this.dataplane = Dataplanes.open(config);
    }
  }

  Fabric() {
    lab.netns("r");
    lab.run("r", "sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
    lab.run("r", "sysctl -q net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0");
    lab.ip("r", "link add br0 type bridge");
    lab.ip("r", "link set br0 up");
    lab.ip("r", "addr add 192.0.2.254/24 dev br0");
    lab.ip("r", "addr add 2001:db8:1::254/64 dev br0 nodad");
    for (String name : NAMES) {
      lab.netns(name);
      lab.run(name, "sysctl -q net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0");
      boolean far = name.equals("c");
      String port = "to" + name;
      lab.ip("r", "link add " + port + " type veth peer name eth0 netns " + lab.name(name));
      if (far) {
        lab.ip("r", "addr add 198.51.100.254/24 dev " + port);
        lab.ip("r", "addr add 2001:db8:2::254/64 dev " + port + " nodad");
      } else {
        lab.ip("r", "link set " + port + " master br0");
      }
      lab.ip("r", "link set " + port + " up");
      lab.ip(name, "link set eth0 up");
      lab.ip(name, "addr add " + address(name) + " dev eth0");
      lab.ip(name, "addr add " + address6(name) + " dev eth0 nodad");
      lab.ip(name, "route add default via " + (far ? "198.51.100.254" : "192.0.2.254"));
      lab.ip(name, "route add default via " + (far ? "2001:db8:2::254" : "2001:db8:1::254"));
      pod(name, name, "10.77." + number(name) + ".10", "fd00:77:" + number(name) + "::10");
    }
  }

  static int number(String name) {
    return name.charAt(0) - 'a' + 1;
  }

  static String address(String name) {
    return name.equals("c") ? "198.51.100.3/24" : "192.0.2." + number(name) + "/24";
  }

  static String address6(String name) {
    return name.equals("c") ? "2001:db8:2::3/64" : "2001:db8:1::" + number(name) + "/64";
  }

  /** A pod's namespace "p" + pod, connected to a node. */
  void pod(String node, String pod, String ip, String ip6) {
    String netns = "p" + pod;
    lab.netns(netns);
    lab.run(netns, "sysctl -q net.ipv6.conf.default.accept_dad=0");
    lab.ip(
        node,
        "link add cali%s address ee:ee:ee:ee:ee:ee type veth peer name eth0 address %s netns %s"
            .formatted(pod, mac(pod), lab.name(netns)));
    lab.ip(netns, "link set eth0 up");
    lab.ip(netns, "addr add " + ip + "/32 dev eth0");
    lab.ip(netns, "route add 169.254.1.1 dev eth0 scope link");
    lab.ip(netns, "route add default via 169.254.1.1");
    lab.ip(netns, "addr add " + ip6 + "/128 dev eth0 nodad");
    lab.ip(netns, "route add default via fe80::ecee:eeff:feee:eeee dev eth0");
    lab.ip(node, "link set cali" + pod + " up");
    traffic.serve(lab.open(netns), 8080);
    put(
        """
        apiVersion: projectcalico.org/v3
        kind: WorkloadEndpoint
        metadata: {name: %s-k8s-%s-eth0, namespace: ns}
        spec:
          node: %s
          orchestrator: k8s
          pod: %s
          endpoint: eth0
          ipNetworks: [%s, "%s"]
          profiles: [open]
          interfaceName: cali%s
          mac: "%s"
        """
            .formatted(node, pod, node, pod, ip, ip6, pod, mac(pod)));
  }

  private static String mac(String pod) {
    return "0a:00:00:00:00:" + String.format("%02x", (int) pod.charAt(0));
  }

  /** Pools with that VXLAN mode, the nodes, their blocks, and what lets pods talk. */
  void describe(String mode) {
    pools(mode);
    put(
        """
        apiVersion: projectcalico.org/v3
        kind: Profile
        metadata: {name: open}
        spec: {ingress: [{action: Allow}], egress: [{action: Allow}]}
        """);
    for (String name : NAMES) {
      int n = number(name);
      put(
          """
          apiVersion: projectcalico.org/v3
          kind: Node
          metadata: {name: %s}
          spec:
            bgp: {ipv4Address: %s, ipv6Address: "%s"}
            ipv4VXLANTunnelAddr: 10.77.%d.1
            ipv6VXLANTunnelAddr: "fd00:77:%d::1"
          """
              .formatted(name, address(name), address6(name), n, n));
      block("10.77." + n + ".0/26", name, Map.of());
      block("fd00:77:" + n + "::/122", name, Map.of());
    }
  }

  void pools(String mode) {
    pool("p4", "10.77.0.0/16", mode);
    pool("p6", "fd00:77::/32", mode);
  }

  private void pool(String name, String cidr, String mode) {
    put(
        """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: %s}
        spec: {cidr: "%s", vxlanMode: %s}
        """
            .formatted(name, cidr, mode));
  }

  /** A block, with addresses that other nodes use. */
  void block(String cidr, String owner, Map<Integer, String> borrowers) {
    put(new IpamKey.Block(Cidr.parse(cidr)), Blocks.block(cidr, owner, borrowers));
  }

  void put(String yaml) {
    put(ResourceCodec.decode(Yaml.parse(yaml).getFirst().tree()));
  }

  private <S> void put(Resource<S> resource) {
    put(ResourceKey.of(resource), resource);
  }

  /** A new value, or null, for everybody. */
  <V> void put(Key<V> key, @Nullable V value) {
    if (value == null) {
      cluster.remove(key);
    } else {
      cluster.put(key, value);
    }
    hosts.values().forEach(host -> host.graph.onUpdate(key, value));
  }

  void start() {
    NAMES.forEach(this::start);
  }

  void start(String name) {
    Netns netns = lab.open(name);
    Host host = new Host(name, DataplaneConfig.defaults());
    hosts.put(name, host);
    cluster.forEach((key, value) -> update(host.graph, key, value));
    netns.run(host.dataplane::start);
    host.graph.onInSync();
    flush();
  }

  @SuppressWarnings("unchecked") // keys and values are put together
  private static <V> void update(CalcGraph graph, Key<V> key, Object value) {
    graph.onUpdate(key, (V) value);
  }

  void stop(String name) {
    Host host = hosts.remove(name);
    if (host != null) {
      host.dataplane.close();
    }
  }

  /** Has everybody do what follows from what was put. */
  void flush() {
    for (Host host : hosts.values()) {
      List<StateChange> changes = new ArrayList<>();
      host.graph.flush(changes::add);
      try {
        Dataplanes.apply(host.dataplane, changes).get(10, TimeUnit.SECONDS);
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }

  /** Both families', sorted: the kernel lists some in the order in which they were made. */
  String routes(String node) {
    return (lab.ip(node, "route") + lab.ip(node, "-6 route"))
        .lines()
        .map(String::strip)
        .sorted()
        .collect(Collectors.joining("\n"));
  }

  void awaitRoute(String node, String route) {
    Lab.await(
        () -> node + " has route " + route + ": " + routes(node),
        () -> routes(node).contains(route));
  }

  /** Whether one pod reaches another's address. */
  boolean reaches(String fromPod, String ip) {
    Netns from = lab.open("p" + fromPod);
    return traffic.tcp(from, ip, 8080) && traffic.udp(from, ip, 8080);
  }

  void awaitReaches(String fromPod, String ip) {
    Lab.await(fromPod + " reaches " + ip, () -> reaches(fromPod, ip));
  }

  @Override
  public void close() {
    List.copyOf(hosts.keySet()).forEach(this::stop);
    traffic.close();
    lab.close();
  }
}
