package calico.felix.dataplane;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.ClusterRoute;
import calico.felix.state.StateKey;
import calico.felix.state.Vtep;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.route.Mac;
import calico.netlink.route.NetworkEvent;
import calico.netlink.route.Route;
import calico.netlink.route.RouteType;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What is desired of the kernel, whichever of interfaces and state comes first. */
class RemoteRoutesTest {
  private static final Ip OWN = Ip.parse("192.0.2.1");
  private static final Ip TUNNEL = Ip.parse("10.0.2.1");
  private static final Cidr BLOCK = Cidr.parse("10.0.2.0/26");
  private static final String DEVICE = TunnelDevice.vxlan(Family.IPV4);
  private static final StateKey.VtepId VTEP_B = new StateKey.VtepId(Family.IPV4, "b");

  private final Interfaces interfaces = new Interfaces(_ -> false);
  private final RemoteRoutes.Parts parts =
      new RemoteRoutes.Parts(
          Unresisting.reconciler(),
          Unresisting.reconciler(),
          Unresisting.reconciler(),
          Unresisting.reconciler());
  private final RemoteRoutes routes =
      new RemoteRoutes(
          DataplaneConfig.defaults(),
          interfaces,
          parts,
          new WireguardRoutes.Parts(
              parts.devices(),
              Unresisting.reconciler(),
              Unresisting.reconciler(),
              Unresisting.reconciler(),
              Unresisting.reconciler()));

  private void link(int index, String name, boolean up, int mtu) {
    interfaces.put(index, name, up, mtu, 0);
    routes.interfaceChanged(name, up);
  }

  private static Vtep vtep(int node) {
    return new Vtep(
        Ip.parse("192.0.2." + node), Ip.parse("10.0." + node + ".1"), "66:00:00:00:00:0" + node);
  }

  private void begin() {
    interfaces.putAddresses(2, Set.of(OWN));
    link(2, "eth0", true, 1500);
    routes.put(new StateKey.OwnIpId(Family.IPV4), OWN);
    routes.put(new StateKey.OwnVtepId(Family.IPV4), vtep(1));
    routes.put(VTEP_B, vtep(2));
    routes.put(new StateKey.RouteId(BLOCK), new ClusterRoute.Vxlan(TUNNEL));
    link(7, DEVICE, true, 1450);
  }

  private Map<LocalRoute.Key, RemoteRoute> desired() {
    return parts.routes().desired();
  }

  private static LocalRoute.Key key(Cidr destination) {
    return RemoteRoute.key(destination);
  }

  @Test
  void whatIsOnADeviceWaitsForItAndFollowsIt() {
    routes.put(new StateKey.RouteId(BLOCK), new ClusterRoute.Vxlan(TUNNEL));
    routes.put(VTEP_B, vtep(2));
    assertEquals(Map.of(), desired());
    begin();
    assertEquals(Map.of(key(BLOCK), RemoteRoute.via(TUNNEL, 7, 3)), desired());
    assertEquals(
        Map.of(new NeighbourTarget.Key(7, TUNNEL), "66:00:00:00:00:02"),
        parts.neighbours().desired());
    interfaces.remove(7);
    routes.interfaceChanged(DEVICE, false);
    assertEquals(Map.of(), desired());
    assertEquals(Map.of(), parts.forwarding().desired());
    link(9, DEVICE, true, 1450);
    assertEquals(Map.of(key(BLOCK), RemoteRoute.via(TUNNEL, 9, 3)), desired());
    assertEquals(
        Map.of(new ForwardingTarget.Key(9, Mac.parse("66:00:00:00:00:02")), Ip.parse("192.0.2.2")),
        parts.forwarding().desired());
  }

  @Test
  void theDeviceIsMadeOnTheInterfaceWithOurAddress() {
    routes.put(new StateKey.OwnVtepId(Family.IPV4), vtep(1));
    routes.put(new StateKey.OwnIpId(Family.IPV4), OWN);
    assertEquals(Map.of(), parts.devices().desired());
    link(3, "eth0", true, 1500);
    interfaces.putAddresses(3, Set.of(OWN));
    assertTrue(routes.addressesChanged());
    assertFalse(routes.addressesChanged());
    TunnelDevice device = parts.devices().desired(DEVICE);
    assertNotNull(device);
    assertNotNull(device.vxlan());
    assertEquals(3, device.vxlan().parent());
    assertEquals(Set.of(Cidr.parse("10.0.1.1/32")), device.addresses());
    assertEquals(1450, device.mtu());
    link(3, "eth0", true, 9000);
    assertEquals(8950, requireNonNull(parts.devices().desired(DEVICE)).mtu());
    routes.put(new StateKey.OwnVtepId(Family.IPV4), null);
    assertEquals(Map.of(), parts.devices().desired());
  }

  @Test
  void noTunnelIsBelowItself() {
    String wireguard = requireNonNull(WireguardConfig.defaults().devices().get(Family.IPV4)).name();
    link(1, wireguard, true, 1440);
    interfaces.putAddresses(1, Set.of(OWN));
    begin();
    assertEquals(
        2, requireNonNull(requireNonNull(parts.devices().desired(DEVICE)).vxlan()).parent());
    interfaces.putAddresses(2, Set.of());
    assertTrue(routes.addressesChanged());
    assertEquals(Map.of(), parts.devices().desired());
  }

  @Test
  void anAddressThatChangesItsNodeStays() {
    begin();
    StateKey.VtepId c = new StateKey.VtepId(Family.IPV4, "c");
    routes.put(c, vtep(2));
    routes.put(VTEP_B, vtep(3));
    routes.put(VTEP_B, null);
    assertEquals(
        Map.of(new NeighbourTarget.Key(7, TUNNEL), "66:00:00:00:00:02"),
        parts.neighbours().desired());
    assertEquals(1, parts.forwarding().desired().size());
  }

  @Test
  void directRoutesAndBlackholesBearOurProtocol() {
    begin();
    Cidr near = Cidr.parse("10.0.3.0/26");
    Cidr own = Cidr.parse("fd00::/122");
    routes.put(new StateKey.RouteId(near), new ClusterRoute.Direct(Ip.parse("192.0.2.3")));
    routes.put(new StateKey.RouteId(own), new ClusterRoute.Blackhole());
    assertEquals(
        RemoteRoute.via(Ip.parse("192.0.2.3"), 2, 80), desired().get(new LocalRoute.Key(near, 0)));
    assertEquals(RemoteRoute.blackhole(80), desired().get(new LocalRoute.Key(own, 1024)));
    link(2, "eth0", false, 1500);
    assertFalse(desired().containsKey(key(near)));
  }

  @Test
  void whatTheKernelTellsOfOurRoutesIsCompared() {
    begin();
    parts.routes().apply();
    Route ours = RemoteRoute.via(TUNNEL, 7, 3).route(key(BLOCK));
    assertFalse(routes.onEvent(new NetworkEvent.RouteEvent(ours, true)));
    assertTrue(routes.onEvent(new NetworkEvent.RouteEvent(ours, false)));
    assertFalse(parts.routes().isApplied(key(BLOCK)));
    parts.routes().apply();
    Route changed = ours.type(RouteType.UNREACHABLE);
    assertTrue(routes.onEvent(new NetworkEvent.RouteEvent(changed, true)));
    assertFalse(parts.routes().isApplied(key(BLOCK)));
    Route other = Route.to(Ip.parse("10.9.0.0").toInetAddress(), 16).dev(2);
    assertFalse(routes.onEvent(new NetworkEvent.RouteEvent(other, false)));
  }
}
