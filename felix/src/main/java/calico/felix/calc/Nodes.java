package calico.felix.calc;

import calico.felix.calc.NodeAddresses.OfFamily;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.NodeIp;
import calico.felix.state.StateKey.OwnIpId;
import calico.felix.state.StateKey.OwnIpipId;
import calico.felix.state.StateKey.OwnVtepId;
import calico.felix.state.StateKey.OwnWireguardId;
import calico.felix.state.StateKey.VtepId;
import calico.felix.state.StateKey.WireguardPeerId;
import calico.felix.state.Vtep;
import calico.felix.state.WireguardPeer;
import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's nodes and the ends of their tunnels. What several nodes say that they have belongs
 * to the first by name.
 */
final class Nodes {
  private final String ownName;
  private final CalcConfig.Encryption encryption;
  private final Map<String, NodeAddresses> nodes = new HashMap<>();
  private final Map<Identity, NavigableSet<String>> claimants = new HashMap<>();
  private final Map<Ip, NavigableSet<String>> byIp = new HashMap<>();
  private final Map<Ip, NavigableSet<String>> byTunnelIp = new HashMap<>();
  private final Set<String> dirty = new LinkedHashSet<>();
  private final Set<Ip> dirtyIps = new LinkedHashSet<>();

  private final Emission<NodeIp, String> ips = new Emission<>();
  private final Emission<VtepId, Vtep> vteps = new Emission<>();
  private final Emission<OwnVtepId, Vtep> ownVteps = new Emission<>();
  private final Emission<OwnIpId, Ip> ownIps = new Emission<>();
  private final Emission<OwnIpipId, Ip> ownIpip = new Emission<>();
  private final Emission<WireguardPeerId, WireguardPeer> peers = new Emission<>();
  private final Emission<OwnWireguardId, Ip> ownWireguard = new Emission<>();

  /** What no two nodes may have. */
  private record Identity(Family family, String kind, String value) {}

  Nodes(CalcConfig config) {
    this.ownName = config.nodeName();
    this.encryption = config.routing().wireguard();
  }

  /** A node; null if it is gone. Tells which nodes may have other addresses now. */
  void put(String name, @Nullable Resource<NodeSpec> node, Consumer<String> changed) {
    NodeAddresses now = node == null ? NodeAddresses.NONE : NodeAddresses.of(node);
    NodeAddresses before = nodes.getOrDefault(name, NodeAddresses.NONE);
    if (now.equals(before)) {
      return;
    }
    Set<String> touched = new HashSet<>(Set.of(name));
    for (Identity identity : identities(before)) {
      release(claimants, identity, name);
      touched.addAll(claimants.getOrDefault(identity, new TreeSet<>()));
    }
    for (Identity identity : identities(now)) {
      Set<String> all = claimants.computeIfAbsent(identity, _ -> new TreeSet<>());
      all.add(name);
      touched.addAll(all);
    }
    before.all().forEach(ip -> release(byIp, ip, name));
    now.all().forEach(ip -> byIp.computeIfAbsent(ip, _ -> new TreeSet<>()).add(name));
    before.tunnelIps().forEach(ip -> release(byTunnelIp, ip, name));
    now.tunnelIps().forEach(ip -> byTunnelIp.computeIfAbsent(ip, _ -> new TreeSet<>()).add(name));
    for (NodeAddresses addresses : List.of(before, now)) {
      dirtyIps.addAll(addresses.all());
      dirtyIps.addAll(addresses.tunnelIps());
    }
    if (now.equals(NodeAddresses.NONE)) {
      nodes.remove(name);
    } else {
      nodes.put(name, now);
    }
    dirty.addAll(touched);
    touched.forEach(changed);
  }

  private static <T> void release(Map<T, NavigableSet<String>> claimants, T thing, String name) {
    Set<String> all = claimants.get(thing);
    if (all != null && all.remove(name) && all.isEmpty()) {
      claimants.remove(thing);
    }
  }

  private static Set<Identity> identities(NodeAddresses addresses) {
    Set<Identity> identities = new HashSet<>();
    addresses
        .byFamily()
        .forEach(
            (family, a) -> {
              identities.add(new Identity(family, "node", a.ip().toString()));
              Ip tunnel = a.tunnelIp();
              if (tunnel != null) {
                identities.add(new Identity(family, "tunnel", tunnel.toString()));
                identities.add(new Identity(family, "mac", a.mac()));
              }
            });
    addresses
        .publicKeys()
        .forEach((family, key) -> identities.add(new Identity(family, "key", key)));
    return identities;
  }

  private boolean owns(String node, Family family, String kind, String value) {
    NavigableSet<String> all = claimants.get(new Identity(family, kind, value));
    return all != null && all.first().equals(node);
  }

  /** What of a node's addresses is no other node's; null without any in the family. */
  @Nullable OfFamily addresses(String node, Family family) {
    OfFamily a = nodes.getOrDefault(node, NodeAddresses.NONE).byFamily().get(family);
    if (a == null || !owns(node, family, "node", a.ip().toString())) {
      return null;
    }
    Ip tunnel = a.tunnelIp();
    boolean hasTunnel =
        tunnel != null
            && owns(node, family, "tunnel", tunnel.toString())
            && owns(node, family, "mac", a.mac());
    return hasTunnel ? a : new OfFamily(a.ip(), a.subnet(), null, a.mac());
  }

  /** How packets to another node are encrypted; null if they are not. */
  @Nullable WireguardPeer peer(String node, Family family) {
    OfFamily a = addresses(node, family);
    String key = nodes.getOrDefault(node, NodeAddresses.NONE).publicKeys().get(family);
    if (a == null
        || key == null
        || node.equals(ownName)
        || !encryption.families().contains(family)) {
      return null;
    }
    // What two nodes say is theirs is at least one's no more: neither can be trusted with packets.
    NavigableSet<String> all = claimants.get(new Identity(family, "key", key));
    return all != null && all.size() == 1 ? new WireguardPeer(key, a.ip()) : null;
  }

  /** The addresses that a node has, for itself and for its tunnels. */
  Set<Ip> ips(String node) {
    NodeAddresses addresses = nodes.getOrDefault(node, NodeAddresses.NONE);
    Set<Ip> ips = new HashSet<>(addresses.all());
    ips.addAll(addresses.tunnelIps());
    return ips;
  }

  /** Which node has the address; null for none. */
  @Nullable String owner(Ip ip) {
    NavigableSet<String> all = byIp.get(ip);
    return all == null ? null : all.first();
  }

  /** Which node has a tunnel's device with the address; null for none. */
  @Nullable String tunnelOwner(Ip ip) {
    NavigableSet<String> all = byTunnelIp.get(ip);
    return all == null ? null : all.first();
  }

  /** Whether this is the address of a node. */
  boolean contains(Ip ip) {
    return byIp.containsKey(ip);
  }

  /**
   * The addresses that became or ceased to be a node's or a tunnel's since the last {@link
   * #resolve}.
   */
  Set<Ip> changedIps() {
    return dirtyIps;
  }

  /**
   * Works out what the changes since the last time mean.
   *
   * @param vxlan families in which VXLAN is in use
   * @param vxlanChanged whether those are others than the last time
   */
  void resolve(Set<Family> vxlan, boolean vxlanChanged, boolean ipip) {
    dirtyIps.forEach(ip -> put(ips, new NodeIp(ip), owner(ip)));
    dirtyIps.clear();
    if (vxlanChanged) {
      dirty.addAll(nodes.keySet());
    }
    for (String node : dirty) {
      for (Family family : Family.values()) {
        Vtep vtep = vxlan.contains(family) ? vtep(addresses(node, family)) : null;
        if (node.equals(ownName)) {
          put(ownVteps, new OwnVtepId(family), vtep);
        } else {
          put(vteps, new VtepId(family, node), vtep);
          put(peers, new WireguardPeerId(family, node), peer(node, family));
        }
      }
    }
    dirty.clear();
    NodeAddresses own = nodes.getOrDefault(ownName, NodeAddresses.NONE);
    for (Family family : Family.values()) {
      OfFamily addresses = addresses(ownName, family);
      Ip ownIp = addresses == null ? null : addresses.ip();
      put(ownIps, new OwnIpId(family), ownIp);
      put(ownWireguard, new OwnWireguardId(family), wireguardIp(encryption, own, family, ownIp));
    }
    put(ownIpip, new OwnIpipId(), ipip ? own.ipipTunnelIp() : null);
  }

  /** The device of a node whose own packets are encrypted needs no address of its own. */
  static @Nullable Ip wireguardIp(
      CalcConfig.Encryption encryption, NodeAddresses own, Family family, @Nullable Ip ownIp) {
    if (!encryption.families().contains(family)) {
      return null;
    }
    Ip assigned = own.wireguardIps().get(family);
    return assigned == null && encryption.hosts() ? ownIp : assigned;
  }

  static @Nullable Vtep vtep(@Nullable OfFamily addresses) {
    Ip tunnel = addresses == null ? null : addresses.tunnelIp();
    return addresses == null || tunnel == null
        ? null
        : new Vtep(addresses.ip(), tunnel, addresses.mac());
  }

  private static <K extends StateKey<V>, V> void put(
      Emission<K, V> emission, K key, @Nullable V value) {
    if (value == null) {
      emission.remove(key);
    } else {
      emission.put(key, value);
    }
  }

  void emitAgain() {
    ips.again();
    ownIps.again();
    ownIpip.again();
    ownVteps.again();
    vteps.again();
    ownWireguard.again();
    peers.again();
  }

  void flushPuts(Consumer<StateChange> out) {
    ips.flushPuts(out);
    ownIps.flushPuts(out);
    ownIpip.flushPuts(out);
    ownVteps.flushPuts(out);
    vteps.flushPuts(out);
    ownWireguard.flushPuts(out);
    peers.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    peers.flushRemovals(out);
    ownWireguard.flushRemovals(out);
    vteps.flushRemovals(out);
    ownVteps.flushRemovals(out);
    ownIpip.flushRemovals(out);
    ownIps.flushRemovals(out);
    ips.flushRemovals(out);
  }

  boolean isEmpty() {
    return nodes.isEmpty() && claimants.isEmpty() && byIp.isEmpty() && byTunnelIp.isEmpty();
  }
}
