package calico.felix.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import calico.felix.Blocks;
import calico.felix.calc.CalcConfig.Encryption;
import calico.felix.calc.CalcConfig.Routing;
import calico.felix.calc.CalcConfig.Source;
import calico.felix.calc.CalcConfig.Switch;
import calico.felix.state.ClusterRoute;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.WireguardPeer;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.IpamKey;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * With whom packets are encrypted, and which; each flush is also compared with the naive answer.
 */
class WireguardCalcTest {
  private static final ClusterRoute PLAIN = new ClusterRoute.Unencrypted();
  private static final ClusterRoute TO_B = new ClusterRoute.Wireguard("b");

  private CheckedGraph graph = with(new Encryption(Set.of(Family.IPV4), false), Source.IPAM);

  private static CheckedGraph with(Encryption encryption, Source source) {
    Routing routing =
        new Routing(Switch.BY_POOLS, Switch.BY_POOLS, true, false, source, false, encryption);
    CheckedGraph graph = new CheckedGraph(new CalcConfig("a", _ -> true, routing));
    graph.inSync();
    return graph;
  }

  private static String node(String name, int number, @Nullable String key, String wireguardIp) {
    return Yamls.document(
            "Node",
            "{name: " + name + "}",
            "bgp: {ipv4Address: 192.0.2.%d/24}, ipv4VXLANTunnelAddr: 10.65.%d.1, %s"
                .formatted(
                    number,
                    number,
                    wireguardIp.isEmpty()
                        ? ""
                        : "wireguard: {interfaceIPv4Address: " + wireguardIp + "}"))
        + (key == null ? "" : "status: {wireguardPublicKey: \"" + key + "\"}\n");
  }

  private void block(String cidr, String owner, Map<Integer, String> borrowers) {
    graph.update(new IpamKey.Block(Cidr.parse(cidr)), Blocks.block(cidr, owner, borrowers));
  }

  private void begin() {
    graph.apply(Yamls.pool("p", "cidr: 10.65.0.0/16"));
    graph.apply(node("a", 1, RandomNodes.key(1), "10.65.1.2"));
    graph.apply(node("b", 2, RandomNodes.key(2), "10.65.2.2"));
    graph.apply(node("c", 3, null, ""));
    block("10.65.1.0/26", "a", Map.of());
    block("10.65.2.0/26", "b", Map.of(9, "c"));
    block("10.65.3.0/26", "c", Map.of(9, "b"));
    graph.flush();
  }

  private @Nullable Object route(String cidr) {
    return graph.state().get(new StateKey.WireguardRouteId(Cidr.parse(cidr)));
  }

  private @Nullable Object peer(String node) {
    return graph.state().get(new StateKey.WireguardPeerId(Family.IPV4, node));
  }

  @Test
  void whatANodeWithAKeyHasIsEncryptedAndNothingElse() {
    begin();
    assertEquals(new WireguardPeer(RandomNodes.key(2), Ip.parse("192.0.2.2")), peer("b"));
    assertNull(peer("a"), "this node is no peer of its own");
    assertNull(peer("c"));
    assertEquals(TO_B, route("10.65.2.0/26"));
    assertEquals(TO_B, route("10.65.3.9/32"), "borrowed from c");
    assertEquals(TO_B, route("10.65.2.1/32"), "its VXLAN device");
    assertEquals(TO_B, route("10.65.2.2/32"), "its WireGuard device");
    assertEquals(PLAIN, route("10.65.3.0/26"));
    assertEquals(PLAIN, route("10.65.2.9/32"), "lent to c");
    assertEquals(PLAIN, route("10.65.1.0/26"), "here");
    assertNull(route("192.0.2.2/32"), "the host itself");
    assertEquals(
        Ip.parse("10.65.1.2"), graph.state().get(new StateKey.OwnWireguardId(Family.IPV4)));
  }

  @Test
  void aNodeThatBeginsOrCeasesToSpeakItChangesOnlyItsOwnPrefixes() {
    begin();
    List<StateChange> changes = graph.apply(node("c", 3, RandomNodes.key(3), ""));
    assertEquals(new ClusterRoute.Wireguard("c"), route("10.65.3.0/26"));
    assertEquals(4, changes.size(), changes::toString); // peer, block, borrowed, VXLAN device
    graph.apply(node("b", 2, null, "10.65.2.2"));
    assertEquals(PLAIN, route("10.65.2.0/26"));
    assertNull(peer("b"));
  }

  @Test
  void aKeyThatTwoNodesClaimIsNobodys() {
    begin();
    graph.apply(node("c", 3, RandomNodes.key(2), ""));
    assertNull(peer("b"));
    assertNull(peer("c"));
    assertEquals(PLAIN, route("10.65.2.0/26"));
    graph.apply(node("c", 3, RandomNodes.key(1), ""));
    assertNull(peer("c"), "it is this node's");
    assertEquals(TO_B, route("10.65.2.0/26"));
    graph.apply(node("c", 3, "short", ""));
    assertNull(peer("c"));
  }

  @Test
  void hostsAreEncryptedOnRequestAndThenNeedNoFurtherAddress() {
    graph = with(new Encryption(Set.of(Family.IPV4), true), Source.WORKLOADS);
    graph.apply(node("a", 1, RandomNodes.key(1), ""));
    graph.apply(node("b", 2, RandomNodes.key(2), ""));
    graph.apply(node("c", 3, null, ""));
    graph.apply(Yamls.pod("b", "ns/p", "10.65.2.7", "", ""));
    graph.apply(Yamls.pod("a", "ns/q", "10.65.1.7", "", ""));
    assertEquals(TO_B, route("192.0.2.2/32"));
    assertEquals(PLAIN, route("192.0.2.3/32"));
    assertNull(route("192.0.2.1/32"));
    assertEquals(TO_B, route("10.65.2.7/32"));
    assertEquals(PLAIN, route("10.65.1.7/32"));
    assertEquals(
        Ip.parse("192.0.2.1"), graph.state().get(new StateKey.OwnWireguardId(Family.IPV4)));
  }

  @Test
  void nothingIsEncryptedUnlessAskedFor() {
    graph = with(Encryption.NONE, Source.IPAM);
    begin();
    assertNull(peer("b"));
    assertNull(route("10.65.2.0/26"));
    assertNull(graph.state().get(new StateKey.OwnWireguardId(Family.IPV4)));
  }
}
