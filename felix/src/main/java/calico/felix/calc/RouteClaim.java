package calico.felix.calc;

import calico.felix.calc.NodeAddresses.OfFamily;
import calico.felix.calc.PoolModes.Carrier;
import calico.felix.calc.PoolModes.PoolMode;
import calico.felix.state.ClusterRoute;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Something says that a prefix is in use on a node. Of several the lowest is believed. */
record RouteClaim(Rank rank, String node) implements Comparable<RouteClaim> {
  private static final String HOST_AFFINITY = "host:";

  /** How it is known; what is more exact comes first. */
  enum Rank {
    /** A workload here has the address, so it has a route of its own. */
    WORKLOAD_HERE,
    WORKLOAD,
    /** A block says that this address of it is used by a node that it does not belong to. */
    BORROWED,
    BLOCK
  }

  @Override
  public int compareTo(RouteClaim o) {
    return Comparator.comparing(RouteClaim::rank).thenComparing(RouteClaim::node).compare(this, o);
  }

  /** What a block says. */
  static Map<Cidr, RouteClaim> ofBlock(AllocationBlock block) {
    String affinity = block.affinity();
    String host =
        affinity != null && affinity.startsWith(HOST_AFFINITY)
            ? affinity.substring(HOST_AFFINITY.length())
            : "";
    Map<Cidr, RouteClaim> claims = new HashMap<>();
    if (block.deleted()) {
      return claims;
    }
    if (!host.isEmpty()) {
      claims.put(block.cidr(), new RouteClaim(Rank.BLOCK, host));
    }
    for (int ordinal = 0; ordinal < block.allocations().size(); ordinal++) {
      Integer index = block.allocations().get(ordinal);
      if (index != null && index >= 0 && index < block.attributes().size()) {
        String node = block.attributes().get(index).secondary().getOrDefault("node", "");
        if (!node.isEmpty() && !node.equals(host)) {
          claims.put(
              block.cidr().address().plus(ordinal).toCidr(), new RouteClaim(Rank.BORROWED, node));
        }
      }
    }
    return claims;
  }

  /** What an endpoint says of each of its addresses; null for nothing. */
  static @Nullable RouteClaim ofWorkload(Workload workload, CalcConfig config) {
    boolean here = workload.node().equals(config.nodeName());
    return here || config.routing().source() == CalcConfig.Source.WORKLOADS
        ? new RouteClaim(here ? Rank.WORKLOAD_HERE : Rank.WORKLOAD, workload.node())
        : null;
  }

  /**
   * The route that follows.
   *
   * @param pool mode of the pool that contains the prefix
   * @param own this node's addresses in the family
   * @param theirs those of the node that has the prefix
   * @return null for none, also if it is not ours to program
   */
  @Nullable ClusterRoute route(
      Cidr destination,
      CalcConfig config,
      @Nullable PoolMode pool,
      @Nullable OfFamily own,
      @Nullable OfFamily theirs) {
    if (pool == null || !programs(config, destination, pool.carrier())) {
      return null;
    }
    if (node.equals(config.nodeName())) {
      // The routes of workloads that arrive must not have to replace one of ours.
      boolean block = rank == Rank.BLOCK && !destination.isHost();
      return block ? new ClusterRoute.Blackhole() : null;
    }
    if (theirs == null) {
      return null;
    }
    if (pool.carrier() == Carrier.NETWORK
        || (pool.crossSubnet() && own != null && own.subnet().contains(theirs.ip()))) {
      return new ClusterRoute.Direct(theirs.ip());
    }
    if (pool.carrier() == Carrier.IPIP) {
      return new ClusterRoute.Ipip(theirs.ip());
    }
    Ip gateway = theirs.tunnelIp();
    return gateway == null ? null : new ClusterRoute.Vxlan(gateway);
  }

  /**
   * To which node packets to a prefix are encrypted, if that can be.
   *
   * @param host the node whose own address it is
   * @param tunnel the node of whose tunnel's device it is the address
   * @param claim the first, if there is any
   * @return null if it has nothing to do with encryption
   */
  static @Nullable String holder(
      CalcConfig config,
      @Nullable String host,
      @Nullable String tunnel,
      @Nullable RouteClaim claim) {
    if (host != null) {
      boolean theirs = config.routing().wireguard().hosts() && !host.equals(config.nodeName());
      return theirs ? host : null;
    }
    if (claim != null && (tunnel == null || claim.rank().compareTo(Rank.WORKLOAD) <= 0)) {
      return claim.node();
    }
    return tunnel;
  }

  private static boolean programs(CalcConfig config, Cidr destination, Carrier carrier) {
    CalcConfig.Routing routing = config.routing();
    return switch (carrier) {
      case VXLAN -> routing.vxlan(destination.family()).isOn(true);
      case IPIP -> routing.programsIpip() && routing.ipip().isOn(true);
      case NETWORK -> routing.programsDirect();
    };
  }
}
