package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.felix.state.ClusterRoute;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.VtepId;
import calico.felix.state.Vtep;
import calico.felix.state.WireguardPeer;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.route.Link;
import calico.netlink.route.Mac;
import calico.netlink.route.NetworkEvent;
import calico.reconcile.Reconciler;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Joins the tunnels and routes that there should be with the interfaces that there are: a device is
 * desired once the interface below it is known, and what uses the device once that is up.
 */
final class RemoteRoutes {
  private final DataplaneConfig config;
  private final Interfaces interfaces;
  private final Parts parts;
  private final HostMtu hostMtu;
  private final WireguardRoutes wireguard;

  private final Map<Cidr, ClusterRoute> routes = new HashMap<>();
  private final Map<VtepId, Vtep> vteps = new HashMap<>();
  private final Map<Family, Vtep> ownVteps = new EnumMap<>(Family.class);
  private final Map<Family, Ip> ownIps = new EnumMap<>(Family.class);
  private final Map<Family, Integer> parents = new EnumMap<>(Family.class);
  private @Nullable Ip ownIpip;

  /** Which end of a tunnel an entry was made for last: what two share is only once. */
  private final Map<Object, VtepId> owners = new HashMap<>();

  private final Map<VtepId, Entries> entries = new HashMap<>();

  /** What is desired for one end of a tunnel. */
  private record Entries(NeighbourTarget.Key neighbour, ForwardingTarget.Key forwarding) {}

  /** Where what is desired goes. */
  record Parts(
      Reconciler<String, TunnelDevice> devices,
      Reconciler<NeighbourTarget.Key, String> neighbours,
      Reconciler<ForwardingTarget.Key, Ip> forwarding,
      Reconciler<LocalRoute.Key, RemoteRoute> routes) {}

  RemoteRoutes(
      DataplaneConfig config, Interfaces interfaces, Parts parts, WireguardRoutes.Parts encrypted) {
    this.config = config;
    this.interfaces = interfaces;
    this.parts = parts;
    this.hostMtu = new HostMtu(config.overlay().mtuInterfaces());
    this.wireguard = new WireguardRoutes(config, interfaces, hostMtu, encrypted);
  }

  /**
   * Sets or removes something.
   *
   * @param value null to remove it
   */
  void put(StateKey.Routing<?> key, @Nullable Object value) {
    switch (key) {
      case StateKey.RouteId id -> {
        set(routes, id.destination(), (ClusterRoute) value);
        refreshRoute(id.destination());
      }
      case VtepId id -> {
        set(vteps, id, (Vtep) value);
        refreshVtep(id);
      }
      case StateKey.OwnVtepId id -> {
        set(ownVteps, id.family(), (Vtep) value);
        refreshDevice(id.family());
      }
      case StateKey.OwnIpId id -> {
        set(ownIps, id.family(), (Ip) value);
        refreshParent(id.family());
      }
      case StateKey.OwnIpipId _ -> {
        ownIpip = (Ip) value;
        refreshIpip();
      }
      case StateKey.WireguardRouteId id -> wireguard.put(id, (ClusterRoute) value);
      case StateKey.WireguardPeerId id -> wireguard.put(id, (WireguardPeer) value);
      case StateKey.OwnWireguardId id -> wireguard.put(id, (Ip) value);
    }
  }

  /** What is encrypted. */
  WireguardRoutes wireguard() {
    return wireguard;
  }

  private static <K, V> void set(Map<K, V> map, K key, @Nullable V value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  private boolean programmed(Family family) {
    return family == Family.IPV4 || config.ipv6Enabled();
  }

  private void refreshParent(Family family) {
    Ip own = ownIps.get(family);
    int parent = own == null ? 0 : indexWith(own);
    Integer before = parents.put(family, parent);
    if (before == null || before != parent) {
      refreshDevice(family);
      refreshAll(family);
    }
  }

  /** Of the interface with an address; 0 if there is none. A tunnel is not below itself. */
  private int indexWith(Ip ip) {
    for (Interface i : interfaces.withAddress(ip)) {
      if (!config.overlay().isTunnel(i.name())) {
        return i.index();
      }
    }
    return 0;
  }

  private int parent(Family family) {
    return parents.getOrDefault(family, 0);
  }

  private void refreshDevice(Family family) {
    String name = TunnelDevice.vxlan(family);
    Vtep own = ownVteps.get(family);
    int parent = parent(family);
    if (own == null || parent == 0 || !programmed(family)) {
      parts.devices.undesire(name);
      return;
    }
    OverlayConfig overlay = config.overlay();
    parts.devices.desire(
        name,
        TunnelDevice.ofVxlan(
            new Link.Vxlan(
                overlay.vxlanVni(),
                parent,
                own.nodeIp().toInetAddress(),
                overlay.vxlanPort(),
                false),
            Mac.parse(own.mac()),
            overlay.vxlanMtu(family, hostMtu.value()),
            own.tunnelIp().toCidr()));
  }

  private void refreshIpip() {
    Ip own = ownIpip;
    if (own == null) {
      parts.devices.undesire(TunnelDevice.IPIP);
    } else {
      int mtu = config.overlay().ipipMtu(hostMtu.value());
      parts.devices.desire(TunnelDevice.IPIP, TunnelDevice.ofIpip(mtu, own.toCidr()));
    }
  }

  /** All that is on a family's devices: their indexes may be others. */
  private void refreshAll(Family family) {
    vteps.keySet().stream().filter(id -> id.family() == family).forEach(this::refreshVtep);
    routes.keySet().stream().filter(d -> d.family() == family).forEach(this::refreshRoute);
  }

  private void refreshVtep(VtepId id) {
    Vtep vtep = vteps.get(id);
    Interface device = interfaces.named(TunnelDevice.vxlan(id.family()));
    Entries before = entries.get(id);
    Entries now =
        vtep == null || device == null || !device.up() || !programmed(id.family())
            ? null
            : new Entries(
                new NeighbourTarget.Key(device.index(), vtep.tunnelIp()),
                new ForwardingTarget.Key(device.index(), Mac.parse(vtep.mac())));
    if (before != null && !before.equals(now)) {
      entries.remove(id);
      if (owners.remove(before.neighbour, id)) {
        parts.neighbours.undesire(before.neighbour);
      }
      if (owners.remove(before.forwarding, id)) {
        parts.forwarding.undesire(before.forwarding);
      }
    }
    if (vtep != null && now != null) {
      entries.put(id, now);
      owners.put(now.neighbour, id);
      owners.put(now.forwarding, id);
      parts.neighbours.desire(now.neighbour, NeighbourTarget.value(vtep.mac()));
      parts.forwarding.desire(now.forwarding, vtep.nodeIp());
    }
  }

  private void refreshRoute(Cidr destination) {
    ClusterRoute route = routes.get(destination);
    RemoteRoute desired = route == null ? null : remote(destination.family(), route);
    if (desired == null || !programmed(destination.family())) {
      parts.routes.undesire(RemoteRoute.key(destination));
    } else {
      parts.routes.desire(RemoteRoute.key(destination), desired);
    }
  }

  /** Null as long as the interface is not there. */
  private @Nullable RemoteRoute remote(Family family, ClusterRoute route) {
    int deviceProtocol = config.deviceRoutes().protocol();
    int protocol = config.overlay().routeProtocol(deviceProtocol);
    return switch (route) {
      case ClusterRoute.Blackhole _ -> RemoteRoute.blackhole(protocol);
      case ClusterRoute.Direct direct ->
          via(direct.nodeIp(), interfaces.withIndex(parent(family)), protocol);
      case ClusterRoute.Vxlan vxlan ->
          via(vxlan.tunnelIp(), interfaces.named(TunnelDevice.vxlan(family)), deviceProtocol);
      case ClusterRoute.Ipip ipip ->
          via(ipip.nodeIp(), interfaces.named(TunnelDevice.IPIP), protocol);
      case ClusterRoute.Wireguard _, ClusterRoute.Unencrypted _ ->
          throw new IllegalArgumentException(route + " belongs into the table for WireGuard");
    };
  }

  private static @Nullable RemoteRoute via(Ip gateway, @Nullable Interface i, int protocol) {
    return i == null || !i.up() ? null : RemoteRoute.via(gateway, i.index(), protocol);
  }

  /**
   * An interface came, went or changed.
   *
   * @param cameUp whether it was not up before: then the kernel has forgotten what was on it
   */
  void interfaceChanged(String name, boolean cameUp) {
    Interface i = interfaces.named(name);
    if (hostMtu.update(name, i)) {
      for (Family family : Family.values()) {
        refreshDevice(family);
      }
      refreshIpip();
      wireguard.refreshDevices();
    }
    wireguard.interfaceChanged(name, cameUp);
    boolean device = config.overlay().isTunnel(name);
    if (device) {
      parts.devices.resync();
    }
    for (Family family : Family.values()) {
      int before = parent(family);
      boolean parent = !config.isWorkload(name) && !device && refreshesParent(family, i, before);
      if (name.equals(TunnelDevice.vxlan(family)) || name.equals(TunnelDevice.IPIP) || parent) {
        if (cameUp) {
          parts.routes.resync();
          parts.neighbours.resync();
          parts.forwarding.resync();
        }
        refreshAll(family);
      }
    }
  }

  /**
   * Some interface has other addresses.
   *
   * @return whether one of ours is elsewhere now
   */
  boolean addressesChanged() {
    boolean moved = false;
    for (Family family : Family.values()) {
      int before = parent(family);
      refreshParent(family);
      moved |= parent(family) != before;
    }
    return moved;
  }

  /** Whether the changed interface is the one that has our address, or may have it now. */
  private boolean refreshesParent(Family family, @Nullable Interface i, int before) {
    if (before == 0 || (i == null && interfaces.withIndex(before) == null)) {
      refreshParent(family);
    }
    return parent(family) != before || (i != null && i.index() == before);
  }

  /**
   * Something was told of by the kernel.
   *
   * @return whether anything has to be done about it
   */
  boolean onEvent(NetworkEvent event) {
    switch (event) {
      case NetworkEvent.AddressEvent e -> {
        Interface i = interfaces.withIndex(e.address().interfaceIndex());
        boolean device = i != null && config.overlay().isTunnel(i.name());
        if (device) {
          parts.devices.resync();
        }
        return device;
      }
      case NetworkEvent.RouteEvent e -> {
        LocalRoute.Key key = RouteTarget.key(e.route());
        RemoteRoute desired = parts.routes.desired(key);
        RemoteRoute now = e.present() ? RemoteRoute.of(e.route()) : null;
        if (desired == null || Objects.equals(desired, now)) {
          return false;
        }
        parts.routes.observedForeign(key, now);
        return true;
      }
      case NetworkEvent.LinkEvent _,
          NetworkEvent.NeighbourEvent _,
          NetworkEvent.ForwardingEvent _,
          NetworkEvent.Overrun _ -> {
        return false;
      }
    }
  }

  /** The MTU for workloads: a packet of theirs has to fit into each tunnel that is in use. */
  int workloadMtu() {
    int mtu = wireguard.mtu(hostMtu.value());
    for (Family family : ownVteps.keySet()) {
      mtu = Math.min(mtu, config.overlay().vxlanMtu(family, hostMtu.value()));
    }
    return ownIpip == null ? mtu : Math.min(mtu, config.overlay().ipipMtu(hostMtu.value()));
  }
}
