package calico.felix.calc;

import calico.felix.calc.PoolModes.Carrier;
import calico.felix.state.ClusterRoute;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.RouteId;
import calico.felix.state.StateKey.WireguardRouteId;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The routes to what is in use on other nodes, and the tunnels that they take: from pools, blocks,
 * nodes and endpoints.
 *
 * <p>A change costs as much as there are prefixes that it concerns: a block's its own, a node's
 * those on it, a pool's those in it.
 */
final class ClusterRoutes {
  private final CalcConfig config;
  private final Nodes nodes;
  private final PoolModes pools = new PoolModes();
  private final Map<Cidr, Map<Cidr, RouteClaim>> blocks = new HashMap<>();
  private final Map<ResourceKey<?>, OfWorkload> workloads = new HashMap<>();

  /** What is kept of an endpoint: of most of a cluster's nothing. */
  private record OfWorkload(RouteClaim claim, List<Cidr> networks) {}

  /** By prefix what claims it, and how often the same is said. */
  private final TreeMap<Cidr, TreeMap<RouteClaim, Integer>> claims = new TreeMap<>();

  private final Map<String, Set<Cidr>> byNode = new HashMap<>();
  private final Set<Cidr> dirty = new LinkedHashSet<>();
  private final Emission<RouteId, ClusterRoute> routes = new Emission<>();
  private final Emission<WireguardRouteId, ClusterRoute> encrypted = new Emission<>();
  private Set<Family> vxlan = EnumSet.noneOf(Family.class);
  private boolean poolsChanged = true;
  private boolean ipip;

  ClusterRoutes(CalcConfig config) {
    this.config = config;
    this.nodes = new Nodes(config);
  }

  /** A pool; null if it is gone. */
  void putPool(String name, @Nullable Resource<IpPoolSpec> pool) {
    pools.put(
        name,
        pool,
        cidr -> {
          poolsChanged = true;
          for (Cidr destination : claims.tailMap(cidr, true).keySet()) {
            if (!cidr.contains(destination)) {
              break; // what is inside of a prefix follows it in the order
            }
            dirty.add(destination);
          }
        });
  }

  /** A node; null if it is gone. */
  void putNode(String name, @Nullable Resource<NodeSpec> node) {
    nodes.put(
        name,
        node,
        changed -> {
          if (changed.equals(config.nodeName())) {
            dirty.addAll(claims.keySet()); // which nodes are in its subnet
          } else {
            dirty.addAll(byNode.getOrDefault(changed, Set.of()));
            nodes.ips(changed).forEach(ip -> dirty.add(ip.toCidr()));
          }
        });
  }

  /** A block; null if it is gone. */
  void putBlock(Cidr cidr, @Nullable AllocationBlock block) {
    if (config.routing().source() != CalcConfig.Source.IPAM) {
      return;
    }
    Map<Cidr, RouteClaim> now = block == null ? Map.of() : RouteClaim.ofBlock(block);
    Map<Cidr, RouteClaim> before = now.isEmpty() ? blocks.remove(cidr) : blocks.put(cidr, now);
    if (before != null) {
      before.forEach(
          (destination, claim) -> {
            if (!claim.equals(now.get(destination))) {
              withdraw(destination, claim);
            }
          });
    }
    Map<Cidr, RouteClaim> old = before == null ? Map.of() : before;
    now.forEach(
        (destination, claim) -> {
          if (!claim.equals(old.get(destination))) {
            claim(destination, claim);
          }
        });
  }

  /** An endpoint; null if it is gone. */
  void putWorkload(ResourceKey<?> key, @Nullable Workload workload) {
    OfWorkload now = workload == null ? null : kept(workload);
    OfWorkload old = now == null ? workloads.remove(key) : workloads.put(key, now);
    if (!Objects.equals(old, now)) {
      if (now != null) {
        now.networks.forEach(network -> claim(network, now.claim));
      }
      if (old != null) {
        old.networks.forEach(network -> withdraw(network, old.claim));
      }
    }
  }

  private @Nullable OfWorkload kept(Workload workload) {
    RouteClaim claim = RouteClaim.ofWorkload(workload, config);
    return claim == null ? null : new OfWorkload(claim, workload.networks());
  }

  private void claim(Cidr destination, RouteClaim claim) {
    int count =
        claims.computeIfAbsent(destination, _ -> new TreeMap<>()).merge(claim, 1, Integer::sum);
    if (count == 1) {
      byNode.computeIfAbsent(claim.node(), _ -> new HashSet<>()).add(destination);
      dirty.add(destination);
    }
  }

  private void withdraw(Cidr destination, RouteClaim claim) {
    TreeMap<RouteClaim, Integer> all = claims.get(destination);
    if (all == null || all.merge(claim, -1, (a, b) -> a + b == 0 ? null : a + b) != null) {
      return;
    }
    if (all.isEmpty()) {
      claims.remove(destination);
    }
    if (all.keySet().stream().noneMatch(c -> c.node().equals(claim.node()))) {
      Set<Cidr> ofNode = byNode.getOrDefault(claim.node(), Set.of());
      ofNode.remove(destination);
      if (ofNode.isEmpty()) {
        byNode.remove(claim.node());
      }
    }
    dirty.add(destination);
  }

  /** Works out what the changes since the last time mean. */
  void resolve() {
    nodes.changedIps().forEach(ip -> dirty.add(ip.toCidr()));
    Set<Family> before = vxlan;
    if (poolsChanged) {
      vxlan = EnumSet.noneOf(Family.class);
      for (Family family : Family.values()) {
        if (config.routing().vxlan(family).isOn(pools.use(family, Carrier.VXLAN))) {
          vxlan.add(family);
        }
      }
      ipip = config.routing().ipip().isOn(pools.use(Family.IPV4, Carrier.IPIP));
      poolsChanged = false;
    }
    nodes.resolve(vxlan, !vxlan.equals(before), ipip);
    for (Cidr destination : dirty) {
      put(routes, new RouteId(destination), route(destination));
      put(encrypted, new WireguardRouteId(destination), encrypted(destination));
    }
    dirty.clear();
  }

  private static <K extends StateKey<ClusterRoute>> void put(
      Emission<K, ClusterRoute> emission, K key, @Nullable ClusterRoute route) {
    if (route == null) {
      emission.remove(key);
    } else {
      emission.put(key, route);
    }
  }

  private @Nullable ClusterRoute route(Cidr destination) {
    TreeMap<RouteClaim, Integer> all = claims.get(destination);
    if (all == null || (destination.isHost() && nodes.contains(destination.address()))) {
      return null; // a node itself is reached without us
    }
    RouteClaim first = all.firstKey();
    Family family = destination.family();
    return first.route(
        destination,
        config,
        pools.of(destination),
        nodes.addresses(config.nodeName(), family),
        nodes.addresses(first.node(), family));
  }

  private @Nullable ClusterRoute encrypted(Cidr destination) {
    Family family = destination.family();
    if (!config.routing().wireguard().families().contains(family)) {
      return null;
    }
    TreeMap<RouteClaim, Integer> all = claims.get(destination);
    Ip host = destination.isHost() ? destination.address() : null;
    String node =
        RouteClaim.holder(
            config,
            host == null ? null : nodes.owner(host),
            host == null ? null : nodes.tunnelOwner(host),
            all == null ? null : all.firstKey());
    if (node == null) {
      return null;
    }
    return nodes.peer(node, family) == null
        ? new ClusterRoute.Unencrypted()
        : new ClusterRoute.Wireguard(node);
  }

  void emitAgain() {
    nodes.emitAgain();
    routes.again();
    encrypted.again();
  }

  void flushPuts(Consumer<StateChange> out) {
    nodes.flushPuts(out);
    routes.flushPuts(out);
    encrypted.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    encrypted.flushRemovals(out);
    routes.flushRemovals(out);
    nodes.flushRemovals(out);
  }

  /** Whether nothing is left of what has come and gone. */
  boolean isEmpty() {
    return claims.isEmpty()
        && byNode.isEmpty()
        && blocks.isEmpty()
        && workloads.isEmpty()
        && nodes.isEmpty();
  }
}
