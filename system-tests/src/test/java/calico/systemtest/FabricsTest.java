package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.confd.BgpControl;
import calico.confd.BgpDaemons;
import calico.confd.BgpSession;
import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.netlink.Netns;
import calico.sandbox.Fabric;
import calico.sandbox.FabricKind;
import calico.sandbox.Topology;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Four nodes on each fabric, or as many as {@code -Dfabric.nodes} says: the application is as on
 * any other, and the routes of every node and router, and what BIRD knows on nodes, are what
 * follows from the blocks in the datastore and the fabric's addresses.
 */
class FabricsTest {
  private static final String NAME = "f" + ProcessHandle.current().pid();
  private static final int NODES = Integer.getInteger("fabric.nodes", 4);
  private static final int WORKLOADS = Math.max(NODES, 6);
  private static final int SECONDS = 60;
  private static final Cidr POOL_V4 = Cidr.parse("10.244.0.0/16");
  private static final Cidr POOL_V6 = Cidr.parse("fd00:244::/48");
  private static final Pattern SHARES =
      Pattern.compile("plane a carried (\\d+) packets, plane b carried (\\d+) packets; none of");

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "l2,bird",
    "l2,direct",
    "l2,cross-subnet",
    "l3,bird",
    "l3,cross-subnet",
    "l3,vxlan",
    "l3,bird with FRR",
    "leaf-spine,bird",
    "leaf-spine,cross-subnet",
    "leaf-spine,vxlan"
  })
  void routesFollowFromTheResources(String kind, String how) throws Exception {
    boolean frr = how.endsWith(" with FRR");
    String backend = how.split(" ", 2)[0];
    Fabric fabric = Fabric.of(FabricKind.of(kind), NODES);
    Path expected = Files.writeString(directory.resolve("expected"), threeTier());
    try (LiveSandbox sandbox =
        LiveSandbox.start(
            frr ? Map.of("CALICO_BGP_DAEMON", "frr") : Map.of(),
            NAME,
            directory,
            "--nodes",
            "" + NODES,
            "--workloads",
            "" + WORKLOADS,
            "--fabric",
            kind,
            "--backend",
            backend,
            "--expect",
            expected.toString())) {
      assertTrue(sandbox.output().contains("over [IPV4, IPV6]"), sandbox.output());
      assertTrue(sandbox.output().contains("the matrix is as expected"), sandbox.output());
      Map<Fabric.Node, List<Cidr>> blocks = blocks(sandbox, fabric);
      for (Fabric.Node node : fabric.nodes()) {
        compare(sandbox, node.name(), blocks, (to, family) -> hops(backend, node, to, family));
      }
      boolean bgp = backend.equals("bird");
      for (Fabric.Node node : bgp ? fabric.nodes() : List.<Fabric.Node>of()) {
        compareSessions(sandbox, fabric, node);
        if (!frr) {
          compareBird(sandbox, node, blocks);
        }
      }
      // Of FRR they take the link-local next hops that it tells its neighbours.
      for (Fabric.Router router : frr ? List.<Fabric.Router>of() : fabric.routers()) {
        compare(
            sandbox,
            router.name(),
            bgp ? blocks : Map.of(),
            (to, family) -> hops(fabric, router, to, family));
      }
      if (bgp && fabric.kind() == FabricKind.LEAF_SPINE) {
        planesWereUsed(sandbox.output());
      }
    }
  }

  /** The matrix of the application: web talks to api, and api to db. */
  private static String threeTier() {
    List<Topology.WorkloadSpec> all = Topology.standard(NODES, WORKLOADS).workloads();
    StringBuilder out = new StringBuilder("FROM");
    all.forEach(to -> out.append(' ').append(to.name()));
    for (Topology.WorkloadSpec from : all) {
      out.append('\n').append(from.name());
      for (Topology.WorkloadSpec to : all) {
        String roles = from.labels().get("app") + " " + to.labels().get("app");
        boolean allowed = roles.equals("web api") || roles.equals("api db");
        out.append(from.equals(to) ? " ." : allowed ? " yes" : " no");
      }
    }
    return out.append('\n').toString();
  }

  /** By node the blocks that the datastore says it has. */
  static Map<Fabric.Node, List<Cidr>> blocks(LiveSandbox sandbox, Fabric fabric)
      throws IOException {
    Map<Fabric.Node, List<Cidr>> blocks = new LinkedHashMap<>();
    Map<String, String> environment =
        Map.of("DATASTORE_TYPE", "etcdv3", "ETCD_ENDPOINTS", sandbox.etcdEndpoint());
    try (Datastore datastore = Datastores.forDaemon(environment)) {
      for (Fabric.Node node : fabric.nodes()) {
        List<Cidr> own =
            datastore.list(Query.Affinities.ofHost(node.name())).entries().stream()
                .map(entry -> entry.key())
                .map(key -> ((IpamKey.Affinity) key).cidr())
                .toList();
        assertTrue(own.size() >= 2, node.name() + " has workloads, so a block of each family");
        blocks.put(node, own);
      }
    }
    return blocks;
  }

  private static void compare(
      LiveSandbox sandbox,
      String device,
      Map<Fabric.Node, List<Cidr>> blocks,
      BiFunction<Fabric.Node, Family, Set<String>> hops)
      throws Exception {
    for (Family family : Family.values()) {
      Map<Cidr, Set<String>> expected = expected(blocks, family, to -> hops.apply(to, family));
      try (Netns netns = sandbox.netns(device)) {
        long deadline = System.nanoTime() + SECONDS * 1_000_000_000L;
        while (!routes(netns, family).equals(expected) && System.nanoTime() < deadline) {
          Thread.sleep(50);
        }
        assertEquals(expected, routes(netns, family), device);
      }
    }
  }

  /** A node has the sessions of the fabric, or the mesh, and no others. */
  private static void compareSessions(LiveSandbox sandbox, Fabric fabric, Fabric.Node node)
      throws Exception {
    BgpControl daemon = BgpDaemons.running(run(sandbox, node), Duration.ofSeconds(SECONDS));
    assertEquals(
        peers(fabric, node),
        new TreeSet<>(daemon.sessions().stream().map(BgpSession::address).toList()),
        node.name());
    // Routes come over another plane, or another reflector, while one is not up yet.
    long deadline = System.nanoTime() + SECONDS * 1_000_000_000L;
    while (!daemon.sessions().stream().allMatch(BgpSession::isEstablished)) {
      assertTrue(System.nanoTime() < deadline, node.name() + " " + daemon.sessions());
      Thread.sleep(50);
    }
  }

  private static Path run(LiveSandbox sandbox, Fabric.Node node) {
    return sandbox.directory().resolve(node.name()).resolve("run/calico");
  }

  /** BIRD knows the routes that are to be in the kernel. */
  private static void compareBird(
      LiveSandbox sandbox, Fabric.Node node, Map<Fabric.Node, List<Cidr>> blocks) throws Exception {
    Path socket = run(sandbox, node).resolve("bird.ctl");
    for (Family family : Family.values()) {
      assertEquals(
          expected(blocks, family, to -> hops("bird", node, to, family)),
          BirdcRoutes.of(socket, family == Family.IPV4 ? POOL_V4 : POOL_V6),
          node.name());
    }
  }

  private static Set<String> peers(Fabric fabric, Fabric.Node node) {
    Stream<Fabric.Addresses> others =
        fabric.routers().isEmpty()
            ? fabric.nodes().stream()
                .filter(other -> !other.equals(node))
                .map(other -> other.uplinks().getFirst().addresses())
            : fabric.sessionsOf(node.name()).map(session -> session.b().addresses());
    return new TreeSet<>(
        others
            .flatMap(a -> Stream.of(Family.values()).map(family -> a.of(family).ip().toString()))
            .toList());
  }

  private static Map<Cidr, Set<String>> expected(
      Map<Fabric.Node, List<Cidr>> blocks, Family family, Function<Fabric.Node, Set<String>> hops) {
    Map<Cidr, Set<String>> expected = new TreeMap<>();
    blocks.forEach(
        (node, own) ->
            own.stream()
                .filter(block -> block.family() == family)
                .forEach(block -> expected.put(block, hops.apply(node))));
    return expected;
  }

  private static Map<Cidr, Set<String>> routes(Netns netns, Family family) {
    try {
      Map<Cidr, Set<String>> routes =
          KernelRoutes.of(netns, family == Family.IPV4 ? POOL_V4 : POOL_V6);
      // The address of a VXLAN device at the other end follows from its block.
      routes.replaceAll((block, hops) -> hops.equals(Set.of(vxlan(block))) ? tunnel(family) : hops);
      return routes;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String vxlan(Cidr block) {
    return KernelRoutes.hop(block.address(), device(block.family()));
  }

  private static String device(Family family) {
    return family == Family.IPV4 ? "vxlan.calico" : "vxlan-v6.calico";
  }

  private static Set<String> tunnel(Family family) {
    return Set.of(device(family));
  }

  /**
   * Where a node's routes to another one's blocks are to lead: with BGP over each of its uplinks,
   * else the one with its own address.
   */
  private static Set<String> hops(String backend, Fabric.Node from, Fabric.Node to, Family family) {
    if (from.equals(to)) {
      return Set.of("blackhole");
    }
    boolean sameRack = from.rack() == to.rack();
    if (backend.equals("vxlan") || (backend.equals("cross-subnet") && !sameRack)) {
      return tunnel(family);
    }
    Set<String> hops = new TreeSet<>();
    int planes = backend.equals("bird") ? from.uplinks().size() : 1;
    for (int plane = 0; plane < planes; plane++) {
      Fabric.Uplink uplink = from.uplinks().get(plane);
      Fabric.Addresses next = sameRack ? to.uplinks().get(plane).addresses() : uplink.gateway();
      hops.add(KernelRoutes.hop(next.of(family).ip(), uplink.name()));
    }
    return hops;
  }

  /** Where a router's routes to a node's blocks are to lead: the node, its rack, or the spine. */
  private static Set<String> hops(
      Fabric fabric, Fabric.Router from, Fabric.Node to, Family family) {
    List<Fabric.Session> sessions = fabric.sessionsOf(from.name()).toList();
    if (from.rack() == to.rack()) {
      return new TreeSet<>(
          sessions.stream()
              .filter(s -> s.b().device().equals(to.name()))
              .map(s -> KernelRoutes.hop(s.b().addresses().of(family).ip(), "br0"))
              .toList());
    }
    return new TreeSet<>(
        sessions.stream()
            .filter(s -> s.b().as() == to.as() || s.b().device().startsWith("spine"))
            .map(s -> KernelRoutes.hop(s.b().addresses().of(family).ip(), port(fabric, s)))
            .toList());
  }

  /** The interface of a router that a session with another router goes through. */
  private static String port(Fabric fabric, Fabric.Session session) {
    return fabric.cables().stream()
        .flatMap(cable -> Stream.of(cable.a(), cable.b()))
        .filter(p -> p.device().equals(session.a().device()))
        .filter(p -> session.a().addresses().equals(p.addresses()))
        .map(Fabric.Port::name)
        .findFirst()
        .orElseThrow();
  }

  private static void planesWereUsed(String output) {
    Matcher shares = SHARES.matcher(output);
    assertTrue(shares.find(), output);
    assertTrue(Integer.parseInt(shares.group(1)) > 500, "plane a: " + output);
    assertTrue(Integer.parseInt(shares.group(2)) > 500, "plane b: " + output);
    assertTrue(shares.find(), output);
    assertEquals("0", shares.group(1), "plane a is cut: " + output);
    Matcher cut =
        Pattern.compile("plane a cut: (none|\\d+) of 2000 datagrams lost").matcher(output);
    assertTrue(cut.find(), output);
    System.out.println("FabricsTest: " + cut.group());
    assertTrue(cut.group(1).equals("none") || Integer.parseInt(cut.group(1)) < 200, output);
  }

  @Test
  void refusesWhatCannotWork() throws Exception {
    Map<List<String>, String> wrong =
        Map.of(
            List.of("--fabric", "ring"), "--fabric ring: l2, l3 or leaf-spine",
            List.of("--backend", "none"), "--backend none: bird, vxlan, cross-subnet or direct",
            List.of("--fabric", "l3", "--backend", "direct"), "--backend direct needs --fabric l2",
            List.of("--fabric", "l3", "--etcd", "http://127.0.0.1:1"),
                "--etcd with --fabric l3: a routed fabric changes the cluster's BGPConfiguration");
    for (Map.Entry<List<String>, String> w : wrong.entrySet()) {
      List<String> arguments = new ArrayList<>(List.of("sandbox", "--name", NAME));
      arguments.addAll(w.getKey());
      Distribution.Result result =
          Distribution.run(Map.of(), "calico", arguments.toArray(String[]::new));
      assertEquals(2, result.status(), result.output());
      assertTrue(result.output().contains(w.getValue()), result.output());
    }
    assertEquals(List.of(), LiveSandbox.leftovers(NAME));
  }
}
