package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import calico.felix.state.ClusterRoute;
import calico.felix.state.StateKey.OwnWireguardId;
import calico.felix.state.StateKey.WireguardPeerId;
import calico.felix.state.StateKey.WireguardRouteId;
import calico.felix.state.WireguardPeer;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.route.IpFamily;
import calico.netlink.route.RoutingRule;
import calico.netlink.wireguard.Device;
import calico.netlink.wireguard.Key;
import calico.netlink.wireguard.Peer;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is desired of the kernel for encryption, whichever of interfaces and state comes first. */
class WireguardRoutesTest {
  private static final String DEVICE = "wireguard.cali";
  private static final WireguardPeerId B = new WireguardPeerId(Family.IPV4, "b");
  private static final WireguardPeerId C = new WireguardPeerId(Family.IPV4, "c");
  private static final Cidr BLOCK_B = Cidr.parse("10.65.2.0/26");
  private static final Cidr BLOCK_C = Cidr.parse("10.65.3.0/26");
  private static final Cidr OWN_BLOCK = Cidr.parse("10.65.1.0/26");
  private static final ClusterRoute TO_B = new ClusterRoute.Wireguard("b");
  private static final ClusterRoute PLAIN = new ClusterRoute.Unencrypted();

  private final Interfaces interfaces = new Interfaces(_ -> false);
  private final HostMtu hostMtu = new HostMtu(OverlayConfig.defaults().mtuInterfaces());
  private final WireguardRoutes.Parts parts =
      new WireguardRoutes.Parts(
          Unresisting.reconciler(),
          Unresisting.reconciler(),
          Unresisting.reconciler(),
          Unresisting.reconciler(),
          Unresisting.reconciler());
  private final WireguardRoutes routes = routes(Set.of(Family.IPV4));

  private WireguardRoutes routes(Set<Family> families) {
    OverlayConfig overlay =
        OverlayConfig.defaults().withWireguard(WireguardConfig.defaults().withFamilies(families));
    return new WireguardRoutes(
        DataplaneConfig.defaults().withOverlay(overlay), interfaces, hostMtu, parts);
  }

  private void link(int index, String name, boolean up) {
    interfaces.put(index, name, up, 1440, 0);
    routes.interfaceChanged(name, up);
  }

  private static WireguardPeer peer(int number) {
    return new WireguardPeer(key(number).base64(), Ip.parse("192.0.2." + number));
  }

  private static Key key(int number) {
    return new Key("AA".repeat(21) + "AEIMQ".charAt(number) + "=");
  }

  private static PeerTarget.Id id(int number) {
    return new PeerTarget.Id(DEVICE, key(number));
  }

  private static Peer desired(int number, int node, Cidr... allowed) {
    Set<Peer.Prefix> prefixes = new HashSet<>();
    for (Cidr cidr : allowed) {
      prefixes.add(new Peer.Prefix(cidr.address().toInetAddress(), cidr.length()));
    }
    Ip ip = Ip.parse("192.0.2." + node);
    return new Peer(key(number), new InetSocketAddress(ip.toInetAddress(), 51820), 0, prefixes);
  }

  private void begin() {
    routes.put(B, peer(2));
    routes.put(new WireguardRouteId(BLOCK_B), TO_B);
    routes.put(new WireguardRouteId(OWN_BLOCK), PLAIN);
    link(7, DEVICE, true);
    routes.refreshPeers();
  }

  @Test
  void withoutADeviceThatIsUpNothingIsSentThere() {
    routes.put(B, peer(2));
    routes.put(new WireguardRouteId(BLOCK_B), TO_B);
    routes.put(new WireguardRouteId(OWN_BLOCK), PLAIN);
    link(7, DEVICE, false);
    routes.refreshPeers();
    assertEquals(Map.of(), parts.peers().desired());
    assertEquals(Map.of(), parts.routes().desired());
    assertEquals(Map.of(), parts.rules().desired());
    assertEquals(
        TunnelDevice.ofWireguard(new Device.Settings(51820, 0x200000), 1440, Set.of()),
        parts.devices().desired(DEVICE));
    assertNull(parts.devices().desired("wg-v6.cali"));
  }

  @Test
  void peersRoutesAndTheRuleFollowTheDevice() {
    begin();
    assertEquals(Map.of(id(2), desired(2, 2, BLOCK_B)), parts.peers().desired());
    assertEquals(
        Map.of(
            RemoteRoute.key(BLOCK_B),
            RemoteRoute.on(7, 3),
            RemoteRoute.key(OWN_BLOCK),
            RemoteRoute.elsewhere(3)),
        parts.routes().desired());
    assertEquals(
        Set.of(new RoutingRule(IpFamily.IPV4, 99, 1, 0x200000, 0x200000, true)),
        parts.rules().desired().keySet());
    interfaces.remove(7);
    routes.interfaceChanged(DEVICE, false);
    routes.refreshPeers();
    assertEquals(Map.of(), parts.peers().desired());
    assertEquals(Map.of(), parts.routes().desired());
    assertEquals(Map.of(), parts.rules().desired());
  }

  @Test
  void aPrefixThatChangesItsNodeIsAllowedThereAndNotHere() {
    begin();
    routes.put(C, peer(3));
    routes.put(new WireguardRouteId(BLOCK_C), new ClusterRoute.Wireguard("c"));
    routes.put(new WireguardRouteId(BLOCK_B), new ClusterRoute.Wireguard("c"));
    routes.refreshPeers();
    assertEquals(
        Map.of(id(2), desired(2, 2), id(3), desired(3, 3, BLOCK_B, BLOCK_C)),
        parts.peers().desired());
    routes.put(new WireguardRouteId(BLOCK_C), PLAIN);
    routes.put(new WireguardRouteId(BLOCK_B), null);
    routes.put(C, null);
    routes.refreshPeers();
    assertEquals(Map.of(id(2), desired(2, 2)), parts.peers().desired());
    assertEquals(RemoteRoute.elsewhere(3), parts.routes().desired(RemoteRoute.key(BLOCK_C)));
    assertNull(parts.routes().desired(RemoteRoute.key(BLOCK_B)));
  }

  @Test
  void aKeyMayGoFromOneNodeToAnother() {
    begin();
    routes.put(C, new WireguardPeer(key(2).base64(), Ip.parse("192.0.2.3")));
    routes.put(B, new WireguardPeer(key(4).base64(), Ip.parse("192.0.2.2")));
    routes.refreshPeers();
    assertEquals(
        Map.of(id(2), desired(2, 3), id(4), desired(4, 2, BLOCK_B)), parts.peers().desired());
  }

  @Test
  void theDeviceHasOurAddressAndTheHostsMtuLessWhatEncryptionAdds() {
    interfaces.put(2, "eth0", true, 9000, 0);
    hostMtu.update("eth0", interfaces.named("eth0"));
    routes.put(new OwnWireguardId(Family.IPV4), Ip.parse("10.65.1.2"));
    assertEquals(
        TunnelDevice.ofWireguard(
            new Device.Settings(51820, 0x200000), 8940, Set.of(Cidr.parse("10.65.1.2/32"))),
        parts.devices().desired(DEVICE));
    assertEquals(8940, routes.mtu(9000));
    assertEquals(1000, routes.mtu(1000));
    assertEquals(8920, routes(Set.of(Family.values())).mtu(9000));
    assertEquals(9000, routes(Set.of()).mtu(9000));
  }
}
