package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.config.FelixParameters;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The route-maps of one family: which routes of the kernel are advertised, what is advertised to
 * peers, and which routes of theirs reach the kernel. {@link BirdRouteFilters} says the same to
 * BIRD.
 *
 * <p>FRR gives all its routes one metric in the kernel, and what it learns from the kernel is not
 * overridden by peers, whatever its metric.
 */
record FrrRouteFilters(Family family, NodeBgp node, FrrPolicies policies) {
  /** On routes that this node originates; it does not leave the node. */
  private static final int OWN_TAG = 1;

  private static final List<String> TUNNELS =
      List.of("vxlan.calico", "vxlan-v6.calico", "wireguard.cali", "wg-v6.cali", "tunl0");
  private static final List<String> BPF_DEVICES = List.of("bpfin.cali", "bpfout.cali");

  /** The map for the node's blocks and services. */
  String originated() {
    FrrRouteMap map = new FrrRouteMap();
    map.permit(List.of(preference(normalPriority()), "set tag " + OWN_TAG));
    return policies.routeMap("originated", map);
  }

  /**
   * The map for routes of the kernel: addresses of the pools, but those inside the node's blocks,
   * which are advertised whole, only while they move here (metric of migrated workloads). Of what a
   * peer has too, BGP's own rules choose.
   */
  String fromKernel() {
    FrrRouteMap map = new FrrRouteMap();
    List<Cidr> pools = pools(_ -> true);
    if (!pools.isEmpty()) {
      int moved = movedPriority();
      if (moved < normalPriority()) {
        map.permit(
            List.of(
                "match metric " + moved,
                policies.matchInside(family, pools),
                preference(moved),
                "set weight 0"));
      }
      if (!node.blocks(family).isEmpty()) {
        map.deny(List.of(policies.matchInside(family, node.blocks(family))));
      }
      map.permit(
          List.of(
              policies.matchInside(family, pools), preference(normalPriority()), "set weight 0"));
    }
    return policies.routeMap("from-kernel" + family.version(), map);
  }

  /** Adds what decides about routes to peers. */
  void addToPeers(FrrRouteMap map, boolean sameAs) {
    denyInside(map, pools(NodeBgp::isWithheld));
    List<String> devices = new ArrayList<>(BPF_DEVICES);
    if (sameAs) { // tunnels are between nodes of this AS, which know the routes behind them
      devices.addAll(TUNNELS);
    }
    devices.forEach(device -> map.deny(List.of("match interface " + device)));
    node.settings()
        .advertisedCommunities(family)
        .forEach(
            (cidr, communities) -> {
              List<String> lines = new ArrayList<>();
              lines.add(policies.matchInside(family, List.of(cidr)));
              lines.addAll(FrrPeerFilters.additions(communities));
              map.change(lines);
            });
    map.permit(List.of("match tag " + OWN_TAG));
    if (node.settings().isReflector()) {
      permitInside(map, node.services(family).foreign());
    }
    permitInside(map, pools(pool -> !NodeBgp.isWithheld(pool)));
  }

  /** Adds what takes a route from a peer. */
  void addFromPeers(FrrRouteMap map) {
    map.permit(acceptance(family));
  }

  /** How a route is taken: IPv6 next hops are addresses that more than one link knows. */
  static List<String> acceptance(Family family) {
    return family == Family.IPV6 ? List.of("set ipv6 next-hop prefer-global") : List.of();
  }

  /** The map for routes to the kernel: not those that the node agent makes, and no services. */
  String toKernel() {
    FrrRouteMap map = new FrrRouteMap();
    NavigableSet<Cidr> others = new TreeSet<>(node.services(family).own());
    others.addAll(agentsPools());
    denyInside(map, others);
    Set<Ip> encrypted = node.encryptedNodes(family);
    List<Cidr> routed = node.routedPools(family);
    if (!encrypted.isEmpty() && !routed.isEmpty()) { // the node agent routes them by WireGuard
      map.deny(
          List.of(policies.matchNextHops(family, encrypted), policies.matchInside(family, routed)));
    }
    map.permit(List.of());
    return policies.routeMap("to-kernel" + family.version(), map);
  }

  /** A blackhole for what is unused in each block of the node that the agent does not route. */
  String blocks() {
    List<Cidr> agents = agentsPools();
    StringBuilder out = new StringBuilder();
    for (Cidr block : node.blocks(family)) {
      if (!block.isHost() && agents.stream().noneMatch(pool -> pool.contains(block))) {
        out.append("%s route %s blackhole\n".formatted(FrrPolicies.ip(family), block));
      }
    }
    return out.toString();
  }

  private List<Cidr> agentsPools() {
    return pools(pool -> !node.settings().programsClusterRoutes(pool.spec()));
  }

  private List<Cidr> pools(Predicate<Resource<IpPoolSpec>> which) {
    return node.pools(family).stream()
        .filter(which)
        .map(pool -> Cidr.parse(pool.spec().cidr()))
        .toList();
  }

  private void permitInside(FrrRouteMap map, Collection<Cidr> cidrs) {
    if (!cidrs.isEmpty()) {
      map.permit(List.of(policies.matchInside(family, cidrs)));
    }
  }

  private void denyInside(FrrRouteMap map, Collection<Cidr> cidrs) {
    if (!cidrs.isEmpty()) {
      map.deny(List.of(policies.matchInside(family, cidrs)));
    }
  }

  private int normalPriority() {
    return node.settings().normalPriority(family);
  }

  private int movedPriority() {
    return (family == Family.IPV4
            ? FelixParameters.IPV4_ELEVATED_ROUTE_PRIORITY
            : FelixParameters.IPV6_ELEVATED_ROUTE_PRIORITY)
        .defaultValue();
  }

  private static String preference(int priority) {
    return "set local-preference " + (BgpSettings.PRIORITY_SUM - priority);
  }
}
