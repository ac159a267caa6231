package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.felix.state.ClusterRoute;
import calico.felix.state.FloatingIp;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.nio.channels.SocketChannel;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses that leave their workload, and addresses in front of others, on the real kernel. */
class MovedAddressTest {
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

  private String flows() {
    return node.lab.run("host", "conntrack -L") + node.lab.run("host", "conntrack -L -f ipv6");
  }

  private void awaitForgotten(String address) {
    Lab.await(() -> "no flows: " + flows(), () -> !flows().contains("=" + address + " "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.65.0.", "fd00:65::"})
  void theConnectionsOfAnAddressEndWithItsEndpoint(String prefix) {
    start();
    traffic.serve(node.second, 8080);
    SocketChannel connection = traffic.connect(node.first, prefix + "2", 8080);
    assertNotNull(connection);
    assertTrue(Traffic.echoes(connection));
    assertTrue(flows().contains("dst=" + prefix + "2 "), flows());
    node.apply(new StateChange.Removed(Node.endpoint(2)));
    awaitForgotten(prefix + "2");
    assertFalse(Traffic.echoes(connection));
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.65.0.", "fd00:65::"})
  void theConnectionsOfAnAddressThatMovesAreForgotten(String prefix) {
    start();
    node.workload(3);
    traffic.serve(node.second, 8080);
    assertTrue(traffic.tcp(node.first, prefix + "2", 8080));
    LocalEndpoint second = Node.local(2, List.of());
    node.apply(
        new StateChange.Put<>(
            Node.endpoint(2),
            new LocalEndpoint(
                "cali3", Node.mac(3), second.networks(), second.tiers(), second.profiles())));
    Lab.await(
        "the route has moved",
        () ->
            (node.lab.ip("host", "route") + node.lab.ip("host", "-6 route"))
                .contains(prefix + "2 dev cali3"));
    assertFalse(flows().contains("=" + prefix + "2 "), "forgotten before: " + flows());
  }

  @ParameterizedTest
  @ValueSource(strings = {"10.65.0.", "fd00:65::"})
  void theConnectionsOfAnInterfaceThatVanishesAreForgotten(String prefix) {
    start();
    traffic.serve(node.second, 8080);
    assertTrue(traffic.tcp(node.first, prefix + "2", 8080));
    node.lab.ip("host", "link del cali2");
    awaitForgotten(prefix + "2");
  }

  /** An address of a block of this node, say, which another node had borrowed. */
  @ParameterizedTest
  @CsvSource({Uplink.PEER + ",10.65.0.77/32", Uplink.PEER6 + ",fd00:65::77/128"})
  void theConnectionsOfAnAddressThatWasOnAnotherNodeAreForgotten(String peer, String address) {
    Uplink uplink = new Uplink(node);
    StateKey.RouteId id = new StateKey.RouteId(Cidr.parse(address));
    node.state.put(new StateKey.OwnIpId(Family.IPV4), Ip.parse(Uplink.HOST));
    node.state.put(new StateKey.OwnIpId(Family.IPV6), Ip.parse(Uplink.HOST6));
    node.state.put(id, new ClusterRoute.Direct(Ip.parse(peer)));
    String ip = id.destination().address().toString();
    node.lab.ip("peer", "addr add " + address + " dev lo");
    start();
    Lab.await(
        "a route to " + ip, () -> node.lab.ip("host", "route get " + ip).contains("dev eth0"));
    traffic.serve(uplink.peer, 8080);
    assertTrue(traffic.tcp(node.first, ip, 8080));
    assertTrue(flows().contains("dst=" + ip + " "), flows());
    node.apply(new StateChange.Removed(id));
    awaitForgotten(ip);
  }

  @ParameterizedTest
  @CsvSource({"203.0.113.7,10.65.0.2,203.0.113.8", "fd00:99::7,fd00:65::2,fd00:99::8"})
  void aFloatingAddressLeadsToItsWorkload(String external, String internal, String other) {
    RulesConfig rules = RulesConfig.defaults().withFloatingIps(true);
    node.config = node.config.withRules(rules);
    StateKey.FloatingIpId id = new StateKey.FloatingIpId(Ip.parse(external));
    node.state.put(id, new FloatingIp(Ip.parse(internal), "cali2"));
    node.state.put(Node.endpoint(2), Node.local(2, List.of())); // open to all, also to itself
    start();
    traffic.serve(node.second, 8080);
    traffic.serve(node.first, 8080);
    assertTrue(traffic.tcp(node.first, external, 8080), "from a workload");
    assertTrue(traffic.tcp(node.second, external, 8080), "from itself");
    assertTrue(traffic.tcp(node.host, external, 8080), "from the host");
    String route = node.lab.ip("host", "route get " + external);
    assertTrue(route.contains("dev cali2"), route);
    String first = internal.substring(0, internal.length() - 1) + "1";
    node.apply(new StateChange.Put<>(id, new FloatingIp(Ip.parse(first), "cali1")));
    assertTrue(node.lab.ip("host", "route get " + external).contains("dev cali1"));
    assertTrue(traffic.tcp(node.second, external, 8080), "now it leads to the first");
    node.apply(
        new StateChange.Put<>(
            new StateKey.FloatingIpId(Ip.parse(other)), new FloatingIp(Ip.parse(first), "cali1")));
    assertTrue(traffic.tcp(node.first, other, 8080), "a workload may have several");
    node.apply(new StateChange.Removed(id));
    assertFalse(traffic.tcp(node.second, external, 8080));
    assertTrue(traffic.tcp(node.first, other, 8080));
    assertEquals(
        "", node.lab.ip("host", "route show " + external), "its route goes with the address");
  }
}
