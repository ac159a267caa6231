package calico.felix.dataplane;

import static java.util.Objects.requireNonNull;

import calico.felix.dataplane.Interfaces.Interface;
import calico.felix.state.ClusterRoute;
import calico.felix.state.StateKey.OwnWireguardId;
import calico.felix.state.StateKey.WireguardPeerId;
import calico.felix.state.StateKey.WireguardRouteId;
import calico.felix.state.WireguardPeer;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.route.RoutingRule;
import calico.netlink.wireguard.Device;
import calico.netlink.wireguard.Key;
import calico.netlink.wireguard.Peer;
import calico.reconcile.Reconciler;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Joins what is to be encrypted with the WireGuard devices. A device is desired if the
 * configuration says so; its peers, a routing table of its own, and the rule that asks that table,
 * once it is up. Where the kernel has no WireGuard, packets go as if nobody had asked for it.
 */
final class WireguardRoutes {
  private final DataplaneConfig config;
  private final WireguardConfig wireguard;
  private final Set<Family> families;
  private final Interfaces interfaces;
  private final HostMtu hostMtu;
  private final Parts parts;

  private final Map<Cidr, ClusterRoute> routes = new HashMap<>();
  private final Map<WireguardPeerId, WireguardPeer> peers = new HashMap<>();
  private final Map<WireguardPeerId, Set<Cidr>> allowed = new HashMap<>();
  private final Map<Family, Ip> ownIps = new EnumMap<>(Family.class);

  /** Peers of which something has changed since they were desired last. */
  private final Set<WireguardPeerId> dirty = new HashSet<>();

  private final Map<WireguardPeerId, PeerTarget.Id> desired = new HashMap<>();

  /** Where what is desired goes. */
  record Parts(
      Reconciler<String, TunnelDevice> devices,
      Reconciler<PeerTarget.Id, Peer> peers,
      Reconciler<LocalRoute.Key, RemoteRoute> routes,
      Reconciler<RoutingRule, Boolean> rules,
      Reconciler<Path, String> settings) {}

  WireguardRoutes(DataplaneConfig config, Interfaces interfaces, HostMtu hostMtu, Parts parts) {
    this.config = config;
    this.wireguard = config.overlay().wireguard();
    this.families =
        Kernel.families(config).stream()
            .filter(wireguard.families()::contains)
            .collect(Collectors.toSet());
    this.interfaces = interfaces;
    this.hostMtu = hostMtu;
    this.parts = parts;
    refreshDevices();
    if (wireguard.hosts() && families.contains(Family.IPV4)) {
      InterfaceSettings.markedSources().forEach(parts.settings::desire);
    }
  }

  void put(WireguardRouteId id, @Nullable ClusterRoute route) {
    Cidr destination = id.destination();
    ClusterRoute before =
        route == null ? routes.remove(destination) : routes.put(destination, route);
    if (before instanceof ClusterRoute.Wireguard old) {
      WireguardPeerId peer = new WireguardPeerId(destination.family(), old.node());
      allowed.computeIfPresent(
          peer,
          (_, prefixes) -> {
            prefixes.remove(destination);
            return prefixes.isEmpty() ? null : prefixes;
          });
      dirty.add(peer);
    }
    if (route instanceof ClusterRoute.Wireguard now) {
      WireguardPeerId peer = new WireguardPeerId(destination.family(), now.node());
      allowed.computeIfAbsent(peer, _ -> new HashSet<>()).add(destination);
      dirty.add(peer);
    }
    refreshRoute(destination);
  }

  void put(WireguardPeerId id, @Nullable WireguardPeer peer) {
    if (peer == null) {
      peers.remove(id);
    } else {
      peers.put(id, peer);
    }
    dirty.add(id);
  }

  void put(OwnWireguardId id, @Nullable Ip ip) {
    if (ip == null) {
      ownIps.remove(id.family());
    } else {
      ownIps.put(id.family(), ip);
    }
    refreshDevices();
  }

  /** The host's MTU, or an address, may be another. */
  void refreshDevices() {
    for (Family family : families) {
      WireguardConfig.Device device = wireguard.device(family);
      Ip own = ownIps.get(family);
      parts.devices.desire(
          device.name(),
          TunnelDevice.ofWireguard(
              new Device.Settings(device.port(), wireguard.mark()),
              device.mtu(family, hostMtu.value()),
              own == null ? Set.of() : Set.of(own.toCidr())));
    }
  }

  /** The family's device, if it is up. */
  private @Nullable Interface device(Family family) {
    Interface i =
        families.contains(family) ? interfaces.named(wireguard.device(family).name()) : null;
    return i == null || !i.up() ? null : i;
  }

  private void refreshRoute(Cidr destination) {
    ClusterRoute route = routes.get(destination);
    Interface device = device(destination.family());
    LocalRoute.Key key = RemoteRoute.key(destination);
    int protocol = config.deviceRoutes().protocol();
    if (route == null || device == null) {
      parts.routes.undesire(key);
    } else if (route instanceof ClusterRoute.Wireguard) {
      parts.routes.desire(key, RemoteRoute.on(device.index(), protocol));
    } else {
      parts.routes.desire(key, RemoteRoute.elsewhere(protocol));
    }
  }

  /**
   * An interface came, went or changed; what was on a device that comes up is not there any more.
   */
  void interfaceChanged(String name, boolean cameUp) {
    Family family = wireguard.familyOf(name);
    if (family == null || !families.contains(family)) {
      return;
    }
    if (cameUp) {
      parts.peers.resync();
      parts.routes.resync();
      parts.rules.resync();
    }
    routes.keySet().stream().filter(d -> d.family() == family).forEach(this::refreshRoute);
    peers.keySet().stream().filter(id -> id.family() == family).forEach(dirty::add);
    if (device(family) == null) {
      parts.rules.undesire(RuleTarget.rule(family, wireguard));
    } else {
      parts.rules.desire(RuleTarget.rule(family, wireguard), true);
    }
  }

  /** Desires what has changed of peers; a key may have gone from one to another. */
  void refreshPeers() {
    Map<WireguardPeerId, PeerTarget.Id> now = new HashMap<>();
    for (WireguardPeerId id : dirty) {
      WireguardPeer peer = peers.get(id);
      if (peer != null && device(id.family()) != null) {
        now.put(
            id, new PeerTarget.Id(wireguard.device(id.family()).name(), new Key(peer.publicKey())));
      }
      PeerTarget.Id before = desired.remove(id);
      if (before != null && !before.equals(now.get(id))) {
        parts.peers.undesire(before);
      }
    }
    now.forEach((id, to) -> parts.peers.desire(to, peer(id, to)));
    desired.putAll(now);
    dirty.clear();
  }

  private Peer peer(WireguardPeerId id, PeerTarget.Id to) {
    Set<Peer.Prefix> prefixes = new HashSet<>();
    for (Cidr cidr : allowed.getOrDefault(id, Set.of())) {
      prefixes.add(new Peer.Prefix(cidr.address().toInetAddress(), cidr.length()));
    }
    Ip node = requireNonNull(peers.get(id)).nodeIp();
    return new Peer(
        to.key(),
        new InetSocketAddress(node.toInetAddress(), wireguard.device(id.family()).port()),
        (int) wireguard.keepAlive().toSeconds(),
        prefixes);
  }

  /** The kernel has the peers: only now can it be told of a device's thread. */
  void peersWritten() {
    for (Family family : families) {
      Path path = InterfaceSettings.threaded(wireguard.device(family).name());
      if (Files.exists(path)) {
        parts.settings.desire(path, wireguard.threaded() ? "1" : "0");
      }
    }
  }

  /** The largest packet of a workload that fits into each device that there should be. */
  int mtu(int least) {
    int mtu = least;
    for (Family family : families) {
      mtu = Math.min(mtu, wireguard.device(family).mtu(family, hostMtu.value()));
    }
    return mtu;
  }
}
