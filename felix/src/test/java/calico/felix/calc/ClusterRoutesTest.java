package calico.felix.calc;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.Blocks;
import calico.felix.calc.CalcConfig.Routing;
import calico.felix.calc.CalcConfig.Source;
import calico.felix.calc.CalcConfig.Switch;
import calico.felix.state.ClusterRoute;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.Vtep;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.IpamKey;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which routes and tunnels a node needs; each flush is also compared with the naive answer. */
class ClusterRoutesTest {
  private static final int SEQUENCES = 3000;
  private static final String POOL = "cidr: 10.65.0.0/16, vxlanMode: %s";

  private CheckedGraph graph = new CheckedGraph("a", _ -> true);

  private static CheckedGraph with(Routing routing) {
    return new CheckedGraph(new CalcConfig("a", _ -> true, routing));
  }

  private void begin(String pool) {
    graph.inSync();
    graph.apply(Yamls.pool("p", pool));
    graph.apply(node("a", "192.0.2.1/24", "10.65.0.1"));
    graph.apply(node("b", "192.0.2.2/24", "10.65.1.1"));
    graph.apply(node("c", "198.51.100.3/24", "10.65.2.1"));
    for (String name : List.of("a", "b", "c")) {
      block("10.65." + (name.charAt(0) - 'a') + ".0/26", name, Map.of());
    }
    graph.flush();
  }

  private static String node(String name, String ip, String tunnel) {
    return Yamls.document(
        "Node",
        "{name: " + name + "}",
        "bgp: {ipv4Address: %s}, ipv4VXLANTunnelAddr: %s".formatted(ip, tunnel));
  }

  private void block(String cidr, String owner, Map<Integer, String> borrowers) {
    graph.update(new IpamKey.Block(Cidr.parse(cidr)), Blocks.block(cidr, owner, borrowers));
  }

  private @Nullable Object route(String cidr) {
    return graph.state().get(new StateKey.RouteId(Cidr.parse(cidr)));
  }

  private static ClusterRoute vxlan(String gateway) {
    return new ClusterRoute.Vxlan(Ip.parse(gateway));
  }

  private static ClusterRoute direct(String node) {
    return new ClusterRoute.Direct(Ip.parse(node));
  }

  @Test
  void blocksOfOtherNodesGoThroughTheTunnelAndOursEndHere() {
    begin(POOL.formatted("Always"));
    assertEquals(new ClusterRoute.Blackhole(), route("10.65.0.0/26"));
    assertEquals(vxlan("10.65.1.1"), route("10.65.1.0/26"));
    assertEquals(vxlan("10.65.2.1"), route("10.65.2.0/26"));
    assertEquals(
        new Vtep(Ip.parse("192.0.2.2"), Ip.parse("10.65.1.1"), "66:e9:d7:1f:5e:e7"),
        graph.state().get(new StateKey.VtepId(Family.IPV4, "b")));
    assertEquals(
        Ip.parse("10.65.0.1"),
        ((Vtep) requireNonNull(graph.state().get(new StateKey.OwnVtepId(Family.IPV4)))).tunnelIp());
    graph.delete(Yamls.pool("p", POOL.formatted("Always")));
    assertNull(route("10.65.1.0/26"));
    assertNull(graph.state().get(new StateKey.OwnVtepId(Family.IPV4)));
  }

  @Test
  void inCrossSubnetModeNodesOfOurSubnetNeedNoTunnel() {
    begin(POOL.formatted("CrossSubnet"));
    assertEquals(direct("192.0.2.2"), route("10.65.1.0/26"));
    assertEquals(vxlan("10.65.2.1"), route("10.65.2.0/26"));
    graph.apply(node("a", "192.0.2.1/28", "10.65.0.1"));
    assertEquals(direct("192.0.2.2"), route("10.65.1.0/26"));
    graph.apply(node("a", "192.0.2.1/32", "10.65.0.1"));
    assertEquals(vxlan("10.65.1.1"), route("10.65.1.0/26"));
  }

  @Test
  void aBorrowedAddressHasARouteOfItsOwn() {
    begin(POOL.formatted("Always"));
    block("10.65.1.0/26", "b", Map.of(5, "c", 6, "a", 7, "b"));
    List<StateChange> changes = graph.flush();
    assertEquals(vxlan("10.65.2.1"), route("10.65.1.5/32"));
    assertNull(route("10.65.1.6/32"), "it is here");
    assertNull(route("10.65.1.7/32"), "its block has a route");
    assertEquals(1, changes.size(), changes::toString);
    graph.apply(Yamls.pod("a", "ns/p", "10.65.1.5", "", ""));
    assertNull(route("10.65.1.5/32"), "a workload here has it");
  }

  @Test
  void bothSidesHaveToAgreeWhoProgramsPoolsWithoutTunnel() {
    begin(POOL.formatted("Never"));
    assertNull(route("10.65.1.0/26"));
    graph = with(new Routing(Switch.BY_POOLS, Switch.BY_POOLS, false, true, Source.IPAM, false));
    begin(POOL.formatted("Never"));
    assertEquals(direct("192.0.2.2"), route("10.65.1.0/26"));
    assertEquals(direct("198.51.100.3"), route("10.65.2.0/26"));
    assertEquals(new ClusterRoute.Blackhole(), route("10.65.0.0/26"));
  }

  @Test
  void ipipPoolsGoToTheNodeItself() {
    String pool = "cidr: 10.65.0.0/16, ipipMode: CrossSubnet";
    begin(pool);
    assertEquals(direct("192.0.2.2"), route("10.65.1.0/26"));
    assertEquals(new ClusterRoute.Ipip(Ip.parse("198.51.100.3")), route("10.65.2.0/26"));
    graph = with(new Routing(Switch.BY_POOLS, Switch.OFF, true, false, Source.IPAM, false));
    begin(pool);
    assertNull(route("10.65.2.0/26"));
  }

  @Test
  void withoutIpamEachWorkloadHasARoute() {
    graph =
        with(new Routing(Switch.BY_POOLS, Switch.BY_POOLS, true, false, Source.WORKLOADS, false));
    begin(POOL.formatted("Always"));
    graph.apply(Yamls.pod("b", "ns/p", "10.65.1.9", "", ""));
    assertEquals(vxlan("10.65.1.1"), route("10.65.1.9/32"));
    assertNull(route("10.65.1.0/26"));
  }

  @Test
  void whatTwoNodesHaveIsTheFirstOnes() {
    begin(POOL.formatted("Always"));
    graph.apply(node("aa", "192.0.2.2/24", "10.65.1.1"));
    assertNull(route("10.65.1.0/26"));
    assertNull(graph.state().get(new StateKey.VtepId(Family.IPV4, "b")));
    assertEquals("aa", graph.state().get(new StateKey.NodeIp(Ip.parse("192.0.2.2"))));
    graph.delete(node("aa", "192.0.2.2/24", "10.65.1.1"));
    assertEquals(vxlan("10.65.1.1"), route("10.65.1.0/26"));
  }

  @Test
  void aChangeOfOneBlockConcernsNothingElse() {
    begin(POOL.formatted("Always"));
    block("10.65.1.64/26", "b", Map.of());
    assertEquals(1, graph.flush().size());
    graph.apply(node("d", "192.0.2.4/24", "10.65.3.1"));
    block("10.65.1.64/26", "d", Map.of());
    assertEquals(1, graph.flush().size());
    assertEquals(vxlan("10.65.3.1"), route("10.65.1.64/26"));
  }

  /** Replay one sequence with {@code -Dseed=SEED}. */
  @Test
  void equalsTheNaiveAnswerAfterAnyUpdates() {
    Long replay = Long.getLong("seed");
    long first = replay != null ? replay : System.nanoTime();
    for (long seed = first; seed < first + (replay != null ? 1 : SEQUENCES); seed++) {
      try {
        sequence(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("replay with -Dseed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void sequence(long seed) {
    Random random = new Random(seed);
    RandomNodes cluster = new RandomNodes(random);
    CheckedGraph checked = new CheckedGraph(cluster.config());
    int inSyncAt = random.nextInt(20);
    for (int step = 0; step < 60; step++) {
      if (step == inSyncAt) {
        checked.inSync();
      }
      cluster.step(checked);
      if (random.nextInt(3) == 0) {
        checked.flush();
      }
    }
    checked.flush();
    RandomNodes.clear(checked);
    checked.flush();
    assertEquals(Map.of(), checked.state());
    assertTrue(checked.remembersNothing(), "something is remembered of what has gone");
  }
}
