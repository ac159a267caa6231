package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.Vtep;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Who may send to a host what its tunnels carry, whatever policy says of the host. */
class TunnelGuardTest {
  private static final int VXLAN = 4789;
  private static final int WIREGUARD = 51820;
  private static final StateKey.VtepId PEER_VTEP = new StateKey.VtepId(Family.IPV4, "peer");
  private static final StateKey.HostEndpoint HOST = new StateKey.HostEndpoint("up");

  /** Nothing but failsafes may reach the host. */
  private static final LocalHostEndpoint CLOSED =
      new LocalHostEndpoint(
          "eth0", List.of(), List.of(), List.of(), List.of(), List.of(), List.of());

  private final Node node = new Node();
  private final Uplink uplink = new Uplink(node);

  TunnelGuardTest() {
    for (int port : new int[] {VXLAN, WIREGUARD}) {
      String chain = "in" + port;
      node.lab.nft("host", "add table inet probe");
      node.lab.nft("host", "add counter inet probe " + chain);
      node.lab.nft(
          "host", "add chain inet probe " + chain + " { type filter hook input priority 100 ; }");
      node.lab.nft(
          "host", "add rule inet probe " + chain + " udp dport " + port + " counter name " + chain);
    }
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static Vtep vtep(String ip, int number) {
    return new Vtep(Ip.parse(ip), Ip.parse("10.65.9." + number), "66:00:00:00:00:0" + number);
  }

  private void useVxlan() {
    node.state.put(new StateKey.OwnIpId(Family.IPV4), Ip.parse(Uplink.HOST));
    node.state.put(new StateKey.OwnVtepId(Family.IPV4), vtep(Uplink.HOST, 1));
  }

  private void configure(RulesConfig.Tunnels tunnels) {
    node.config = node.config.withRules(node.config.rules().withTunnels(tunnels));
  }

  /** Whether a datagram from outside gets past all rules. */
  private boolean arrives(int port) {
    int before = Uplink.counted(node.lab, "host", "in" + port);
    send(uplink.peer, port);
    return Uplink.counted(node.lab, "host", "in" + port) > before;
  }

  private static void send(Netns from, int port) {
    from.run(
        () -> {
          try (DatagramChannel channel = DatagramChannel.open()) {
            channel.bind(new InetSocketAddress(Uplink.PEER, 0));
            channel.send(
                ByteBuffer.wrap(new byte[] {42}), new InetSocketAddress(Uplink.HOST, port));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  @Test
  void vxlanComesFromNodesOnlyAndPolicyDoesNotStopThem() {
    useVxlan();
    node.start();
    assertFalse(arrives(VXLAN), "it is no node");
    node.apply(new StateChange.Put<>(PEER_VTEP, vtep(Uplink.PEER, 2)));
    assertTrue(arrives(VXLAN));
    node.apply(new StateChange.Put<>(HOST, CLOSED));
    assertTrue(arrives(VXLAN));
    assertFalse(arrives(WIREGUARD), "policy denies what is no tunnel's");
    node.apply(new StateChange.Removed(PEER_VTEP));
    assertFalse(arrives(VXLAN));
    node.apply(new StateChange.Removed(new StateKey.OwnVtepId(Family.IPV4)));
    node.apply(new StateChange.Removed(HOST));
    assertTrue(arrives(VXLAN), "without tunnels the port is like any other");
    assertFalse(node.lab.nft("host", "list table ip calico").contains("vxlan"));
  }

  @Test
  void externalNodesMaySendToo() {
    configure(new RulesConfig.Tunnels(VXLAN, List.of(Cidr.parse("203.0.113.0/28")), null));
    useVxlan();
    node.state.put(PEER_VTEP, vtep(Uplink.PEER, 2));
    node.state.put(new StateKey.NodeIp(Ip.parse(Uplink.PEER)), "peer");
    node.state.put(new StateKey.OwnIpipId(), Ip.parse("10.65.9.1"));
    node.state.put(HOST, CLOSED);
    node.start();
    assertTrue(arrives(VXLAN));
    node.apply(new StateChange.Removed(PEER_VTEP));
    assertTrue(arrives(VXLAN), "it is still one of the external nodes");
    String table = node.lab.nft("host", "list table ip calico");
    assertTrue(table.contains("chain filter-INPUT-ipip"), table);
    assertEquals(2, table.split("203\\.0\\.113\\.0/28", -1).length - 1, table);
    node.apply(new StateChange.Removed(new StateKey.OwnIpipId()));
    assertEquals(
        1,
        node.lab.nft("host", "list table ip calico").split("203\\.0\\.113\\.0/28", -1).length - 1);
  }

  @Test
  void wireguardIsLetThroughWhereItIsOn() {
    configure(
        new RulesConfig.Tunnels(
            VXLAN,
            List.of(),
            new RulesConfig.Wireguard(
                Map.of(Family.IPV4, "wireguard.cali", Family.IPV6, "wg-v6.cali"),
                Map.of(Family.IPV4, WIREGUARD),
                0x200000,
                true)));
    node.state.put(HOST, CLOSED);
    node.start();
    assertTrue(arrives(WIREGUARD), "it proves by itself who sends");
    assertFalse(arrives(VXLAN));
    String marks = node.lab.nft("host", "list chain ip calico raw-PREROUTING-wireguard");
    assertTrue(marks.contains("iifname \"wireguard.cali\""), marks);
    assertTrue(marks.contains("meta mark set"), marks);
    assertFalse(node.lab.nft("host", "list table ip6 calico").contains("wireguard"));
  }
}
