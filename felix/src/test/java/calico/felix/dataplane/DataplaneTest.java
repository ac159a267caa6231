package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.DeniedPackets;
import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.EndpointToHost;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.netlink.Netns;
import calico.netlink.nflog.LoggedPacket;
import calico.netlink.nflog.NflogMonitor;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** On the real kernel: what passes, what does not, and what survives. */
class DataplaneTest {
  private final Node node = new Node();
  private final Traffic traffic = node.traffic;

  @AfterEach
  void close() {
    node.close();
  }

  private void start() {
    node.start();
    node.awaitUp(1);
    node.awaitUp(2);
  }

  private static Member.Net net(String cidr) {
    return new Member.Net(Cidr.parse(cidr));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.65.0.", "fd00:65::"})
  void policyIsEnforcedAndFollowsItsSets(String prefix) {
    start();
    traffic.serve(node.second, 8080);
    traffic.serve(node.second, 8081);
    traffic.serve(node.first, 8080);
    String second = prefix + "2";
    SocketChannel connection = traffic.connect(node.first, second, 8080);
    assertNotNull(connection, "TCP on the allowed port");
    assertTrue(Traffic.echoes(connection));
    assertTrue(traffic.udp(node.first, second, 8080), "UDP on the allowed port");
    assertFalse(traffic.tcp(node.first, second, 8081), "TCP on another port");
    assertFalse(traffic.udp(node.first, second, 8081), "UDP on another port");
    assertTrue(traffic.tcp(node.second, prefix + "1", 8080), "no policy, open profile");

    node.apply(
        new StateChange.MembersChanged(
            Node.CLIENTS, Set.of(), Set.of(net("10.65.0.1/32"), net("fd00:65::1/128"))));
    assertFalse(traffic.tcp(node.first, second, 8080), "not in the set any more");
    assertTrue(Traffic.echoes(connection), "an established connection goes on");
    node.apply(
        new StateChange.MembersChanged(
            Node.CLIENTS, Set.of(net("10.65.0.0/16"), net("fd00:65::/64")), Set.of()));
    assertTrue(traffic.tcp(node.first, second, 8080), "in a prefix of the set");
    String listing = node.lab.nft("host", "list ruleset");
    assertTrue(listing.contains("NetworkPolicy(shop/web) ingress rule 0"), listing);
  }

  @Test
  void whoeverAsksIsToldWhatIsDeniedAndByWhat() {
    start();
    traffic.serve(node.second, 8081);
    Queue<LoggedPacket> denied = new ConcurrentLinkedQueue<>();
    try (NflogMonitor _ =
        NflogMonitor.start(node.host, DeniedPackets.GROUP, denied::add, () -> {})) {
      assertFalse(traffic.tcp(node.first, "10.65.0.2", 8081));
      assertFalse(traffic.tcp(node.first, "fd00:65::2", 8081));
      Lab.await("a packet of each family", () -> versions(denied).containsAll(Set.of(4, 6)));
      for (LoggedPacket packet : denied) {
        assertEquals("End of tier default: no policy decided", packet.prefix());
      }
    }
  }

  private static List<Integer> versions(Queue<LoggedPacket> packets) {
    return packets.stream().map(packet -> packet.payload()[0] >> 4).toList();
  }

  @Test
  void aRestartKeepsConnectionsRepairsItsOwnAndLeavesTheRestAlone() {
    node.lab.nft("host", "add table ip foreign");
    node.lab.nft("host", "add chain ip foreign c");
    node.lab.nft("host", "add rule ip foreign c accept");
    start();
    node.lab.ip("host", "route add 10.99.0.0/16 dev lo proto static");
    traffic.serve(node.second, 8080);
    SocketChannel connection = traffic.connect(node.first, "10.65.0.2", 8080);
    assertNotNull(connection);
    String before = withoutCounters(node.lab.nft("host", "list ruleset"));
    String routes = node.lab.ip("host", "route");

    node.stop();
    assertTrue(Traffic.echoes(connection));
    assertTrue(traffic.tcp(node.first, "10.65.0.2", 8080), "policy works without us");
    node.lab.nft("host", "flush chain ip calico filter-cali-pi-np/shop/web");
    node.lab.nft("host", "add chain ip calico stray");
    node.lab.nft("host", "add rule ip calico filter-cali-FORWARD jump stray");
    node.lab.nft("host", "flush set ip calico cali40s-clients");
    node.lab.ip("host", "route del 10.65.0.2");
    node.lab.ip("host", "route add 10.65.0.77 dev cali1 proto boot metric 1024 scope link");
    assertFalse(traffic.tcp(node.first, "10.65.0.2", 8080));

    node.conditions.clear();
    start();
    assertEquals(before, withoutCounters(node.lab.nft("host", "list ruleset")));
    assertEquals(routes, node.lab.ip("host", "route"));
    assertTrue(Traffic.echoes(connection), "the old connection");
    assertTrue(traffic.tcp(node.first, "10.65.0.2", 8080));
  }

  private static String withoutCounters(String ruleset) {
    return ruleset.replaceAll("packets \\d+ bytes \\d+", "");
  }

  /** The objects of a table in a fixed order: the kernel lists them as they were created. */
  private static List<String> objects(String table) {
    String all = table.substring(table.indexOf('{') + 1, table.lastIndexOf('}'));
    return Arrays.stream(all.split("\n\n")).map(String::strip).sorted().toList();
  }

  @Test
  void aRestartWithoutChangesDoesNotTouchTheRules() {
    start();
    traffic.serve(node.second, 8080);
    assertTrue(traffic.tcp(node.first, "10.65.0.2", 8080));
    node.stop();
    String before = node.lab.nft("host", "-a list ruleset");
    node.conditions.clear();
    start();
    assertEquals(before, node.lab.nft("host", "-a list ruleset"), "counters and handles too");
  }

  @Test
  void aNewNodeDeniesBeforeItKnowsAndARestartLetsPassWhatDid() {
    node.startUntold();
    for (String family : List.of("ip", "ip6")) {
      Lab.await(
          "the table is there",
          () -> node.lab.nft("host", "list tables").contains("table " + family + " calico"));
      assertTrue(
          node.lab
              .nft("host", "list chain " + family + " calico filter-cali-to-wl-dispatch")
              .contains("Unknown interface"));
    }
    assertFalse(node.lab.nft("host", "list ruleset").contains("filter-cali-tw-"));
    node.stop();
    start();
    node.stop();
    traffic.serve(node.second, 8080);
    node.startUntold();
    assertTrue(traffic.tcp(node.first, "10.65.0.2", 8080));
  }

  @Test
  void tamperingIsRepairedAtOnce() {
    start();
    List<String> before = objects(withoutCounters(node.lab.nft("host", "list table ip calico")));
    node.lab.nft("host", "delete table ip calico");
    Lab.await("the table is back", () -> node.lab.nft("host", "list tables").contains("ip calico"));
    assertEquals(before, objects(withoutCounters(node.lab.nft("host", "list table ip calico"))));
    String routes = node.lab.ip("host", "route");
    node.lab.ip("host", "route del 10.65.0.2");
    Lab.await("the route is back", () -> node.lab.ip("host", "route").equals(routes));
    String routes6 = node.lab.ip("host", "-6 route");
    node.lab.ip("host", "route del fd00:65::2");
    Lab.await("the route is back", () -> node.lab.ip("host", "-6 route").equals(routes6));
  }

  @Test
  void anInterfaceMayComeAfterItsEndpointAndGoBeforeIt() {
    StateKey.Endpoint third = Node.endpoint(3);
    node.state.put(third, Node.local(3, List.of()));
    start();
    node.awaitDown(3);
    assertFalse(node.lab.ip("host", "route").contains("10.65.0.3"));
    node.workload(3);
    node.awaitUp(3);
    String route = node.lab.ip("host", "route");
    assertTrue(route.contains("10.65.0.3 dev cali3 scope link metric 1024"), route);
    assertTrue(node.lab.ip("host", "-6 route").contains("fd00:65::3 dev cali3"));
    String neighbours = node.lab.ip("host", "neigh");
    assertTrue(
        neighbours.contains("10.65.0.3 dev cali3 lladdr 0a:00:00:00:00:03 PERMANENT"), neighbours);
    traffic.serve(node.second, 8080);
    assertFalse(traffic.tcp(node.lab.netns("idle"), "10.65.0.2", 8080));

    node.lab.ip("host", "link set cali3 down");
    node.awaitDown(3);
    node.lab.ip("host", "link set cali3 up");
    node.awaitUp(3);
    assertTrue(node.lab.ip("host", "route").contains("10.65.0.3 dev cali3"));

    node.lab.ip("host", "link del cali3");
    node.awaitDown(3);
    node.apply(new StateChange.Removed(third));
    Lab.await("it is forgotten", () -> !node.conditions.containsKey(third));
    assertFalse(node.lab.nft("host", "list ruleset").contains("cali3"));
  }

  @Test
  void workloadsCannotSpoofNorReachTheHostNorUseUnknownInterfaces() {
    start();
    traffic.serve(node.host, 8080);
    node.lab.ip("host", "addr add 10.1.1.1/32 dev lo");
    assertFalse(traffic.tcp(node.first, "10.1.1.1", 8080), "to the host");
    traffic.serve(node.second, 8080);
    node.lab.ip("w1", "addr add 10.65.0.200/32 dev lo");
    node.lab.ip("w1", "route replace default via 169.254.1.1 src 10.65.0.200");
    assertFalse(traffic.tcp(node.first, "10.65.0.2", 8080), "with a foreign source");
    String raw = node.lab.nft("host", "list chain ip calico raw-cali-PREROUTING");
    assertFalse(raw.contains("packets 0"), raw);

    Netns stranger = node.workload(9);
    node.lab.ip("host", "route add 10.65.0.9 dev cali9");
    assertFalse(traffic.tcp(stranger, "10.65.0.1", 8080), "from an unknown interface");
    assertTrue(traffic.tcp(node.host, "10.65.0.2", 8080), "the host reaches its workloads");
  }

  @Test
  void theHostCanBeOpenedToWorkloads() {
    RulesConfig rules = RulesConfig.defaults().withEndpointToHost(EndpointToHost.ACCEPT);
    node.config = node.config.withRules(rules);
    start();
    traffic.serve(node.host, 8080);
    node.lab.ip("host", "addr add 10.1.1.1/32 dev lo");
    assertTrue(traffic.tcp(node.first, "10.1.1.1", 8080));
  }

  @Test
  void neighboursAreFoundWhateverPolicySaysOfIcmp() {
    ResolvedRule noIcmp =
        new ResolvedRule(
            ResolvedRule.Action.DENY, null, 58, null, null, null, Side.ANY, Side.ANY, Map.of());
    ResolvedRule allow = Node.rule(Side.ANY, Side.ANY, null);
    node.state.put(Node.WEB, new Policy(List.of(noIcmp, allow), List.of(noIcmp, allow)));
    List<TierPolicies> tiers =
        List.of(new TierPolicies("default", false, List.of(Node.WEB), List.of(Node.WEB)));
    node.state.put(Node.endpoint(1), Node.local(1, tiers));
    node.state.put(Node.endpoint(2), Node.local(2, tiers));
    start();
    traffic.serve(node.second, 8080);
    for (String workload : List.of("w1", "w2")) {
      node.lab.ip(workload, "-6 neigh flush dev eth0");
    }
    assertTrue(traffic.tcp(node.first, "fd00:65::2", 8080));
  }

  @Test
  void whatAnAuthorSaysOfARuleIsInItsComment() {
    ResolvedRule rule =
        new ResolvedRule(
            ResolvedRule.Action.ALLOW,
            null,
            6,
            null,
            null,
            null,
            Side.ANY,
            Node.port(8080),
            Map.of("owner", "team-a", "why", "\u00fc\nbecause \"so\""));
    node.state.put(Node.WEB, new Policy(List.of(rule), List.of()));
    start();
    traffic.serve(node.second, 8080);
    assertTrue(traffic.tcp(node.first, "10.65.0.2", 8080));
    String chain = node.lab.nft("host", "list chain ip calico filter-cali-pi-np/shop/web");
    assertTrue(chain.contains("owner=team-a"), chain);
    assertTrue(chain.contains("because"), chain);
  }

  @Test
  void trafficThatLeavesItsPoolIsMasqueraded() {
    Netns outside = node.lab.netns("out");
    node.lab.ip("host", "link add eth0 type veth peer name eth0 netns " + node.lab.name("out"));
    node.lab.ip("host", "addr add 192.0.2.1/24 dev eth0");
    node.lab.ip("host", "link set eth0 up");
    node.lab.ip("out", "addr add 192.0.2.2/24 dev eth0");
    node.lab.ip("out", "link set eth0 up");
    StateKey.PoolId pool = new StateKey.PoolId(Cidr.parse("10.65.0.0/16"));
    node.state.put(pool, new Pool(true));
    start();
    traffic.serve(outside, 8080);
    assertTrue(traffic.tcp(node.first, "192.0.2.2", 8080), "there is no route back to the pool");
    node.apply(new StateChange.Put<>(pool, new Pool(false)));
    assertFalse(traffic.tcp(node.first, "192.0.2.2", 8080));
  }

  @Test
  void aMissingPolicyDeniesAndHoldsUpNoOther() {
    StateKey.PolicyId missing = new StateKey.PolicyId("NetworkPolicy", "shop", "gone");
    LocalEndpoint first =
        Node.local(
            1, List.of(new TierPolicies("default", false, List.of(missing), List.of(missing))));
    start();
    traffic.serve(node.second, 8080);
    assertTrue(traffic.tcp(node.first, "10.65.0.2", 8080));
    node.apply(new StateChange.Put<>(Node.endpoint(1), first));
    assertFalse(traffic.tcp(node.first, "10.65.0.2", 8080));
    node.apply(new StateChange.Put<>(Node.endpoint(1), Node.local(1, List.of())));
    assertTrue(traffic.tcp(node.first, "10.65.0.2", 8080));
  }

  @Test
  void cleanupRemovesOursAndNothingElse() {
    node.lab.nft("host", "add table ip foreign");
    node.lab.ip("host", "neigh add 198.51.100.7 lladdr 0a:00:00:00:00:07 dev uplink nud permanent");
    String rules = node.lab.nft("host", "list ruleset");
    String routes = node.lab.ip("host", "route");
    String routes6 = node.lab.ip("host", "-6 route");
    String neighbours = node.lab.ip("host", "neigh show nud permanent");
    start();
    assertNotEquals(rules, node.lab.nft("host", "list ruleset"));
    node.stop();
    String addresses = node.lab.ip("host", "addr show cali1");
    node.lab.ip("host", "addr add 10.65.255.1/32 dev cali1 scope link"); // as for BGP
    node.host.run(() -> Cleanup.run(node.config));
    assertEquals(addresses, node.lab.ip("host", "addr show cali1"));
    assertEquals(rules, node.lab.nft("host", "list ruleset"));
    assertEquals(routes, node.lab.ip("host", "route"));
    assertEquals(routes6, node.lab.ip("host", "-6 route"));
    assertEquals(neighbours, node.lab.ip("host", "neigh show nud permanent"));
    node.host.run(() -> Cleanup.run(node.config));
  }

  @Test
  void cleanupLeavesTheRoutesOfOthers() {
    start();
    node.stop();
    String routes = node.lab.ip("host", "route");
    String neighbours = node.lab.ip("host", "neigh show nud permanent");
    assertTrue(routes.contains("cali1"), routes);
    assertTrue(neighbours.contains("cali1"), neighbours);
    node.host.run(() -> Cleanup.run(node.config.withRoutesOfOthers()));
    assertEquals(routes, node.lab.ip("host", "route"));
    assertEquals(neighbours, node.lab.ip("host", "neigh show nud permanent"));
  }

  /** A record that is not what its key promises stands for any defect of ours. */
  @Test
  void whatComesWithAChangeThatFailsIsProgrammedAllTheSame() {
    start();
    StateKey.Endpoint third = Node.endpoint(3);
    node.workload(3);
    node.apply(
        Node.put(new StateKey.PoolId(Cidr.parse("10.65.0.0/16")), "not a pool"),
        Node.put(third, Node.local(3, List.of())));
    node.awaitUp(3);
  }

  @Test
  void anInterfaceAndAnAddressBelongToTheFirstOfTwoEndpoints() {
    StateKey.Endpoint other = new StateKey.Endpoint("k8s", "shop/pod1-again", "eth0");
    node.state.put(other, Node.local(1, List.of()));
    start();
    assertEquals(
        StatusListener.State.ERROR,
        java.util.Objects.requireNonNull(node.conditions.get(other)).state());
    node.apply(new StateChange.Removed(Node.endpoint(1)));
    Lab.await(
        "the other takes over",
        () -> StatusListener.Condition.UP.equals(node.conditions.get(other)));
    traffic.serve(node.second, 8080);
    assertTrue(traffic.tcp(node.first, "10.65.0.2", 8080));
  }
}
