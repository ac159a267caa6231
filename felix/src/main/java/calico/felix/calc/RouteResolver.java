package calico.felix.calc;

import calico.felix.calc.NodeAddresses.OfFamily;
import calico.felix.calc.PoolModes.Carrier;
import calico.felix.calc.PoolModes.PoolMode;
import calico.felix.state.ClusterRoute;
import calico.felix.state.FloatingIp;
import calico.felix.state.StateKey;
import calico.felix.state.Vtep;
import calico.felix.state.WireguardPeer;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.resource.Kinds;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The part of {@link Resolver} that concerns routes and tunnels. */
final class RouteResolver {
  private final Snapshot snapshot;
  private final CalcConfig config;
  private final List<Workload> workloads;
  private final Map<StateKey<?>, Object> state;
  private final TreeMap<String, NodeAddresses> nodes = new TreeMap<>();
  private final Map<Cidr, PoolMode> pools = new HashMap<>();

  RouteResolver(
      Snapshot snapshot,
      CalcConfig config,
      List<Workload> workloads,
      Map<StateKey<?>, Object> state) {
    this.snapshot = snapshot;
    this.config = config;
    this.workloads = workloads;
    this.state = state;
    for (var node : snapshot.all(Kinds.NODE)) {
      nodes.put(node.metadata().name(), NodeAddresses.of(node));
    }
    for (var pool : snapshot.all(Kinds.IP_POOL)) {
      Cidr cidr = Pools.cidr(pool);
      if (cidr != null) {
        pools.putIfAbsent(cidr, PoolMode.of(pool.spec()));
      }
    }
  }

  void resolve() {
    nodes.forEach(
        (name, n) -> n.all().forEach(ip -> state.putIfAbsent(new StateKey.NodeIp(ip), name)));
    for (Family family : Family.values()) {
      tunnels(family);
    }
    NodeAddresses own = nodes.get(config.nodeName());
    Ip ipip = own == null ? null : own.ipipTunnelIp();
    if (ipip != null && config.routing().ipip().isOn(use(Family.IPV4, Carrier.IPIP))) {
      state.put(new StateKey.OwnIpipId(), ipip);
    }
    Map<Cidr, RouteClaim> claims = claims();
    routes(claims);
    for (Family family : config.routing().wireguard().families()) {
      wireguard(family, claims);
    }
    floatingIps();
  }

  private boolean use(Family family, Carrier carrier) {
    return pools.entrySet().stream()
        .anyMatch(e -> e.getKey().family() == family && e.getValue().carrier() == carrier);
  }

  private void tunnels(Family family) {
    OfFamily own = addresses(config.nodeName(), family);
    if (own != null) {
      state.put(new StateKey.OwnIpId(family), own.ip());
    }
    if (!config.routing().vxlan(family).isOn(use(family, Carrier.VXLAN))) {
      return;
    }
    for (String node : nodes.keySet()) {
      Vtep vtep = Nodes.vtep(addresses(node, family));
      if (vtep != null) {
        boolean ours = node.equals(config.nodeName());
        state.put(ours ? new StateKey.OwnVtepId(family) : new StateKey.VtepId(family, node), vtep);
      }
    }
  }

  /** What the node has and no node before it in the order of names says that it has. */
  private @Nullable OfFamily addresses(String node, Family family) {
    NodeAddresses all = nodes.get(node);
    OfFamily a = all == null ? null : all.byFamily().get(family);
    if (a == null || taken(node, family, OfFamily::ip)) {
      return null;
    }
    boolean hasTunnel =
        a.tunnelIp() != null
            && !taken(node, family, OfFamily::tunnelIp)
            && !taken(node, family, o -> o.tunnelIp() == null ? null : o.mac());
    return hasTunnel ? a : new OfFamily(a.ip(), a.subnet(), null, a.mac());
  }

  private boolean taken(String node, Family family, Function<OfFamily, @Nullable Object> what) {
    OfFamily own = nodes.getOrDefault(node, NodeAddresses.NONE).byFamily().get(family);
    Object value = own == null ? null : what.apply(own);
    return nodes.headMap(node).values().stream()
        .map(n -> n.byFamily().get(family))
        .anyMatch(o -> o != null && value != null && value.equals(what.apply(o)));
  }

  private Map<Cidr, RouteClaim> claims() {
    Map<Cidr, RouteClaim> claims = new HashMap<>();
    if (config.routing().source() == CalcConfig.Source.IPAM) {
      for (AllocationBlock block : snapshot.blocks()) {
        RouteClaim.ofBlock(block).forEach((cidr, c) -> claims.merge(cidr, c, RouteResolver::lower));
      }
    }
    for (Workload workload : workloads) {
      RouteClaim claim = RouteClaim.ofWorkload(workload, config);
      if (claim != null) {
        workload.networks().forEach(cidr -> claims.merge(cidr, claim, RouteResolver::lower));
      }
    }
    return claims;
  }

  private void routes(Map<Cidr, RouteClaim> claims) {
    claims.forEach(
        (destination, claim) -> {
          Family family = destination.family();
          ClusterRoute route =
              claim.route(
                  destination,
                  config,
                  pool(destination),
                  addresses(config.nodeName(), family),
                  addresses(claim.node(), family));
          boolean isNode =
              destination.isHost()
                  && nodes.values().stream().anyMatch(n -> n.all().contains(destination.address()));
          if (route != null && !isNode) {
            state.put(new StateKey.RouteId(destination), route);
          }
        });
  }

  private void wireguard(Family family, Map<Cidr, RouteClaim> claims) {
    OfFamily addresses = addresses(config.nodeName(), family);
    Ip own =
        Nodes.wireguardIp(
            config.routing().wireguard(),
            nodes.getOrDefault(config.nodeName(), NodeAddresses.NONE),
            family,
            addresses == null ? null : addresses.ip());
    if (own != null) {
      state.put(new StateKey.OwnWireguardId(family), own);
    }
    Set<Cidr> destinations = new HashSet<>(claims.keySet());
    nodes.forEach(
        (name, node) -> {
          WireguardPeer peer = peer(name, family);
          if (peer != null) {
            state.put(new StateKey.WireguardPeerId(family, name), peer);
          }
          node.all().forEach(ip -> destinations.add(ip.toCidr()));
          node.tunnelIps().forEach(ip -> destinations.add(ip.toCidr()));
        });
    for (Cidr destination : destinations) {
      Ip ip = destination.isHost() ? destination.address() : null;
      String node =
          RouteClaim.holder(
              config,
              first(n -> ip != null && n.all().contains(ip)),
              first(n -> ip != null && n.tunnelIps().contains(ip)),
              claims.get(destination));
      if (node != null && destination.family() == family) {
        state.put(
            new StateKey.WireguardRouteId(destination),
            peer(node, family) == null
                ? new ClusterRoute.Unencrypted()
                : new ClusterRoute.Wireguard(node));
      }
    }
  }

  private @Nullable WireguardPeer peer(String node, Family family) {
    OfFamily a = addresses(node, family);
    String key = nodes.getOrDefault(node, NodeAddresses.NONE).publicKeys().get(family);
    long claimants =
        nodes.values().stream()
            .filter(n -> Objects.equals(n.publicKeys().get(family), key))
            .count();
    return a == null || key == null || claimants != 1 || node.equals(config.nodeName())
        ? null
        : new WireguardPeer(key, a.ip());
  }

  private @Nullable String first(Predicate<NodeAddresses> condition) {
    return nodes.entrySet().stream()
        .filter(e -> condition.test(e.getValue()))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse(null);
  }

  private static RouteClaim lower(RouteClaim a, RouteClaim b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private @Nullable PoolMode pool(Cidr destination) {
    PoolMode mode = null;
    int length = -1;
    for (Map.Entry<Cidr, PoolMode> e : pools.entrySet()) {
      if (e.getKey().contains(destination) && e.getKey().length() > length) {
        mode = e.getValue();
        length = e.getKey().length();
      }
    }
    return mode;
  }

  private void floatingIps() {
    Map<Ip, FloatingIp> winners = new HashMap<>();
    for (Workload workload : workloads) {
      if (workload.node().equals(config.nodeName()) && config.routing().floats(workload)) {
        workload
            .floating()
            .forEach(
                (external, to) ->
                    winners.merge(
                        external, to, (a, b) -> FloatingIps.PRECEDENCE.compare(a, b) <= 0 ? a : b));
      }
    }
    winners.forEach((external, to) -> state.put(new StateKey.FloatingIpId(external), to));
  }
}
