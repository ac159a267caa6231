package calico.felix.calc;

import calico.felix.calc.NodeAddresses.OfFamily;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.NodeIp;
import calico.felix.state.StateKey.OwnIpId;
import calico.felix.state.StateKey.OwnIpipId;
import calico.felix.state.StateKey.OwnVtepId;
import calico.felix.state.StateKey.VtepId;
import calico.felix.state.Vtep;
import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.NodeSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
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
  private final Map<String, NodeAddresses> nodes = new HashMap<>();
  private final Map<Identity, NavigableSet<String>> claimants = new HashMap<>();
  private final Map<Ip, NavigableSet<String>> byIp = new HashMap<>();
  private final Set<String> dirty = new LinkedHashSet<>();
  private final Set<Ip> dirtyIps = new LinkedHashSet<>();

  private final Emission<NodeIp, String> ips = new Emission<>();
  private final Emission<VtepId, Vtep> vteps = new Emission<>();
  private final Emission<OwnVtepId, Vtep> ownVteps = new Emission<>();
  private final Emission<OwnIpId, Ip> ownIps = new Emission<>();
  private final Emission<OwnIpipId, Ip> ownIpip = new Emission<>();

  /** What no two nodes may have. */
  private record Identity(Family family, String kind, String value) {}

  Nodes(String ownName) {
    this.ownName = ownName;
  }

  /** A node; null if it is gone. Tells which nodes may have other addresses now. */
  void put(String name, @Nullable NodeSpec spec, Consumer<String> changed) {
    NodeAddresses now = spec == null ? NodeAddresses.NONE : NodeAddresses.of(name, spec);
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
    dirtyIps.addAll(before.all());
    dirtyIps.addAll(now.all());
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

  /** Whether this is the address of a node. */
  boolean contains(Ip ip) {
    return byIp.containsKey(ip);
  }

  /** The addresses that became or ceased to be a node's since the last {@link #resolve}. */
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
    for (Ip ip : dirtyIps) {
      NavigableSet<String> all = byIp.get(ip);
      if (all == null) {
        ips.remove(new NodeIp(ip));
      } else {
        ips.put(new NodeIp(ip), all.first());
      }
    }
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
        }
      }
    }
    dirty.clear();
    for (Family family : Family.values()) {
      OfFamily own = addresses(ownName, family);
      put(ownIps, new OwnIpId(family), own == null ? null : own.ip());
    }
    Ip tunnel = nodes.getOrDefault(ownName, NodeAddresses.NONE).ipipTunnelIp();
    put(ownIpip, new OwnIpipId(), ipip ? tunnel : null);
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
  }

  void flushPuts(Consumer<StateChange> out) {
    ips.flushPuts(out);
    ownIps.flushPuts(out);
    ownIpip.flushPuts(out);
    ownVteps.flushPuts(out);
    vteps.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    vteps.flushRemovals(out);
    ownVteps.flushRemovals(out);
    ownIpip.flushRemovals(out);
    ownIps.flushRemovals(out);
    ips.flushRemovals(out);
  }

  boolean isEmpty() {
    return nodes.isEmpty() && claimants.isEmpty() && byIp.isEmpty();
  }
}
