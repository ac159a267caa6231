package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import calico.datastore.MemoryDatastore;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import calico.model.key.IpamKey;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.NodeStatus;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.netlink.NetlinkException;
import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.IpFamily;
import calico.netlink.route.Link;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A kernel that lacks a kind of tunnel: Felix counts that, and does all the rest. Skipped, saying
 * so, where the kernel has what the test needs it to lack.
 */
class RefusedTunnelsTest {
  private static final String NETNS = "calico-refused-" + ProcessHandle.current().pid();
  private static final String METRICS = "http://127.0.0.1:9091/metrics";
  private static final String KEY = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
  private static final ResourceKey<NodeSpec> NODE = ResourceKey.of(Kinds.NODE, "n1");

  @TempDir Path root;
  private final MemoryDatastore datastore = new MemoryDatastore();
  private Netns netns;
  private Rtnetlink rtnetlink;
  private TestFelix felix;

  @BeforeEach
  void makeNode() {
    netns = Netns.create(NETNS);
    rtnetlink = Rtnetlink.open(netns);
    rtnetlink.setUp(rtnetlink.link("lo").map(Link::index).orElseThrow());
    for (String name : List.of("cali1", "eth0")) {
      rtnetlink.createBridge(name);
      rtnetlink.setUp(rtnetlink.link(name).map(Link::index).orElseThrow());
    }
    int index = rtnetlink.link("eth0").map(Link::index).orElseThrow();
    rtnetlink.add(Address.of(index, InetAddress.ofLiteral("192.0.2.1"), 24));
    felix = new TestFelix(netns, root, datastore);
    felix.environment.put("FELIX_PROMETHEUSMETRICSENABLED", "true");
    felix.environment.put("FELIX_HEALTHENABLED", "true");
    felix.put(Kinds.CLUSTER_INFORMATION, null, "default", Map.of("datastoreReady", true));
    node("n1", 1);
    node("n2", 2);
    block("10.65.1.0/26", "n1");
    block("10.65.2.0/26", "n2");
    block("10.66.2.0/26", "n2");
    felix.put(Kinds.IP_POOL, null, "vxlan", Map.of("cidr", "10.65.0.0/16", "vxlanMode", "Always"));
    felix.put(
        Kinds.WORKLOAD_ENDPOINT,
        "shop",
        "n1-k8s-web-eth0",
        Map.of(
            "node", "n1",
            "orchestrator", "k8s",
            "pod", "web",
            "endpoint", "eth0",
            "interfaceName", "cali1",
            "ipNetworks", List.of("10.65.1.7/32")));
  }

  @AfterEach
  void removeNode() {
    felix.close();
    rtnetlink.close();
    netns.close();
    Netns.delete(NETNS);
  }

  private void node(String name, int number) {
    felix.put(
        Kinds.NODE,
        null,
        name,
        Map.of(
            "bgp",
            Map.of("ipv4Address", "192.0.2." + number + "/24", "ipv4IPIPTunnelAddr", "10.66.0.1"),
            "ipv4VXLANTunnelAddr",
            "10.65." + number + ".1"));
    ResourceKey<NodeSpec> key = ResourceKey.of(Kinds.NODE, name);
    Resource<NodeSpec> node = datastore.get(key).orElseThrow().value();
    NodeStatus status = NodeStatus.of(node).withPublicKey(Family.IPV4, KEY);
    datastore.put(key, node.withStatus(status.toTree()), null);
  }

  private void block(String cidr, String owner) {
    AllocationBlock block =
        new AllocationBlock(
            Cidr.parse(cidr),
            "host:" + owner,
            null,
            List.of(),
            List.of(),
            List.of(),
            0,
            Map.of(),
            false,
            Unknown.NONE);
    datastore.put(new IpamKey.Block(block.cidr()), block, null);
  }

  private boolean kernelHas(String kind) {
    try (Netns other = Netns.create(NETNS + "-try");
        Rtnetlink there = Rtnetlink.open(other)) {
      there.create("try0", kind, 1400);
      return true;
    } catch (NetlinkException _) {
      return false;
    } finally {
      Netns.delete(NETNS + "-try");
    }
  }

  private String get(String url) {
    return felix.get(url).body();
  }

  private double metric(String name) {
    return TestFelix.metric(name, felix.get(METRICS));
  }

  private static void await(String what, BooleanSupplier condition) {
    TestFelix.await(() -> what, condition);
  }

  private boolean hasRoute(String destination, String device) {
    int index = rtnetlink.link(device).map(Link::index).orElse(-1);
    return rtnetlink.routes(RouteFilter.ALL).stream()
        .anyMatch(
            r ->
                r.destination().equals(InetAddress.ofLiteral(destination))
                    && r.interfaceIndex() == index);
  }

  /** Refused, and tried again; the workload, VXLAN and its routes are there. */
  private void isRefusedAndNothingElse(String metric, String device) throws InterruptedException {
    assertTrue(
        felix
            .running()
            .statuses()
            .awaitUp(new StateKey.Endpoint("k8s", "shop/web", "eth0"), Duration.ofSeconds(15)));
    await("the route through VXLAN", () -> hasRoute("10.65.2.0", "vxlan.calico"));
    await("refused again", () -> metric(metric) >= 3);
    await(
        "health says so",
        () -> get("http://localhost:9099/readiness").contains("refused: " + device));
    assertTrue(rtnetlink.link(device).isEmpty());
    assertTrue(hasRoute("10.65.1.7", "cali1"));
    assertFalse(
        get(METRICS).contains("felix_int_dataplane_initial_resync_time_seconds_count 0"),
        "the first state counts as written");
  }

  @Test
  void withoutWireguardPacketsGoUnencryptedAndTheNodeSaysSo() throws Exception {
    assumeTrue(!kernelHas("wireguard"), "the kernel has WireGuard");
    felix.environment.put("FELIX_WIREGUARDENABLED", "true");
    felix.start();
    isRefusedAndNothingElse("felix_wireguard_refused", "wireguard.cali");
    await(
        "nobody takes this node for one with WireGuard",
        () ->
            NodeStatus.of(datastore.get(NODE).orElseThrow().value()).wireguardPublicKey() == null);
    assertTrue(rtnetlink.routes(RouteFilter.ALL.table(1)).isEmpty());
    assertTrue(rtnetlink.rules(IpFamily.IPV4).stream().noneMatch(r -> r.priority() == 99));
  }

  @Test
  void aKeyOfAnEarlierConfigurationIsWithdrawn() throws Exception {
    felix.start();
    await(
        "the key has gone",
        () ->
            NodeStatus.of(datastore.get(NODE).orElseThrow().value()).wireguardPublicKey() == null);
    ResourceKey<NodeSpec> other = ResourceKey.of(Kinds.NODE, "n2");
    assertEquals(
        KEY, NodeStatus.of(datastore.get(other).orElseThrow().value()).wireguardPublicKey());
    assertNull(NodeStatus.of(datastore.get(NODE).orElseThrow().value()).wireguardPublicKeyV6());
  }

  @Test
  void withoutIpipItsPoolsAreNotReachedAndAllElseIs() throws Exception {
    assumeTrue(!kernelHas("ipip"), "the kernel has IPIP");
    felix.put(Kinds.IP_POOL, null, "ipip", Map.of("cidr", "10.66.0.0/16", "ipipMode", "Always"));
    felix.start();
    isRefusedAndNothingElse("felix_ipip_refused", "tunl0");
    assertTrue(
        rtnetlink.routes(RouteFilter.ALL).stream()
            .noneMatch(r -> r.destination().equals(InetAddress.ofLiteral("10.66.2.0"))));
  }
}
