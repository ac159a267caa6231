package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Resource;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The filters of one family: what is taken from peers, what is advertised to them, and which routes
 * reach the kernel.
 *
 * <p>A metric below the normal one marks an address that has just moved: it overrides what a node
 * believes of its own.
 */
record BirdRouteFilters(Family family, NodeBgp node) {

  /** The function that accepts a route from a peer. */
  static String take(Family family) {
    return "take" + family.version();
  }

  /** The function that brings a route's metric and local preference together. */
  static String prioritize(Family family) {
    return "prioritize" + family.version();
  }

  String text() {
    return blocks() + services() + fromPeers() + toPeers() + toKernel();
  }

  /** Blocks of this node: a blackhole for what is unused in each, and the rule of aggregation. */
  private String blocks() {
    StringBuilder routes = new StringBuilder();
    StringBuilder rules = new StringBuilder();
    for (Cidr block : node.blocks(family)) {
      if (!block.isHost()) {
        routes.append("  route ").append(block).append(" blackhole;\n");
      }
      rules.append("  if net = %s then accept;\n".formatted(block));
      if (!block.isHost()) {
        rules.append(
            "  if net ~ [ %s+ ] then { if krt_metric < %d then accept; reject; }\n"
                .formatted(block, node.settings().normalPriority(family)));
      }
    }
    return """
    # This node's blocks: advertised whole; an address inside only while it moves here (low metric).
    protocol static blocks%1$d {
      ipv%1$d;
    %2$s}
    function own_blocks%1$d() {
    %3$s}

    """
        .formatted(family.version(), routes, rules);
  }

  private String fromPeers() {
    return """
    function %1$s() {
      if defined(bgp_local_pref) && bgp_local_pref > %3$d then preference = 200;
      accept;
    }
    filter from_peers%2$d { %1$s(); }

    """
        .formatted(
            take(family),
            family.version(),
            BgpSettings.PRIORITY_SUM - node.settings().normalPriority(family));
  }

  private String toPeers() {
    return """
    function %6$s() {
      if source = RTS_BGP && defined(bgp_local_pref) then krt_metric = %3$d - bgp_local_pref;
      else {
        if !defined(krt_metric) || krt_metric = 0 then krt_metric = %2$d;
        bgp_local_pref = %3$d - krt_metric;
      }
    }
    function advertise%1$d(bool same_as) {
      %6$s();
    %4$s  # Tunnels are between nodes of this AS, which know the routes behind them.
      if same_as && (ifname ~ "*.cali" || ifname ~ "*.calico" || ifname = "tunl0") then reject;
      if ifname ~ "bpf*.cali" then reject;
    %7$s  own_blocks%1$d();
    %8$s%5$s  reject;
    }
    filter to_same_as%1$d { advertise%1$d(true); }
    filter to_other_as%1$d { advertise%1$d(false); }

    """
        .formatted(
            family.version(),
            node.settings().normalPriority(family),
            BgpSettings.PRIORITY_SUM,
            withheldPools(),
            advertisedPools(),
            prioritize(family),
            communities(),
            announcedServices());
  }

  private String communities() {
    StringBuilder lines = new StringBuilder();
    node.settings()
        .advertisedCommunities(family)
        .forEach(
            (cidr, communities) -> {
              lines.append("  if net ~ [ ").append(cidr).append("+ ] then {");
              communities.forEach(c -> lines.append(' ').append(BirdPeerFilters.addition(c)));
              lines.append(" }\n");
            });
    return lines.toString();
  }

  private String withheldPools() {
    StringBuilder lines = new StringBuilder();
    for (Resource<IpPoolSpec> pool : node.pools(family)) {
      if (NodeBgp.isWithheld(pool)) {
        lines.append(rule(pool, "reject", "BGP export is disabled"));
      }
    }
    return lines.toString();
  }

  private String advertisedPools() {
    StringBuilder lines = new StringBuilder();
    for (Resource<IpPoolSpec> pool : node.pools(family)) {
      if (!NodeBgp.isWithheld(pool)) {
        lines.append(rule(pool, "accept", ""));
      }
    }
    return lines.toString();
  }

  private String toKernel() {
    StringBuilder agentsPools = new StringBuilder();
    for (Resource<IpPoolSpec> pool : node.pools(family)) {
      if (!node.settings().programsClusterRoutes(pool.spec())) {
        agentsPools.append(rule(pool, "reject", "the node agent routes it"));
      }
    }
    return """
    filter to_kernel%1$d {
      if source = RTS_DEVICE then reject; # the kernel has them already
      if !defined(krt_metric) then {
        krt_metric = %2$d;
        if source = RTS_BGP && defined(bgp_local_pref) then {
          krt_metric = %3$d - bgp_local_pref;
          if krt_metric < %2$d then preference = 200;
        }
      }
    %5$s%4$s%6$s  accept;
    }

    """
        .formatted(
            family.version(),
            node.settings().normalPriority(family),
            BgpSettings.PRIORITY_SUM,
            agentsPools,
            servicesToKernel(),
            toEncryptedNodes());
  }

  /** A statement that keeps what the node agent routes through WireGuard from the kernel. */
  private String toEncryptedNodes() {
    Set<Ip> nodes = node.encryptedNodes(family);
    List<Cidr> pools = node.routedPools(family);
    return nodes.isEmpty() || pools.isEmpty()
        ? ""
        : """
          # The node agent routes to these nodes through WireGuard.
          if defined(bgp_next_hop) && bgp_next_hop ~ [ %s ] && net ~ [ %s ] then reject;
        """
            .formatted(joined(nodes, ""), joined(pools, "+"));
  }

  private static String joined(Collection<?> members, String suffix) {
    return members.stream().map(m -> m + suffix).collect(Collectors.joining(", "));
  }

  /** A static route for each prefix of services that is announced. */
  private String services() {
    NavigableSet<Cidr> announced = node.services(family).announced();
    if (announced.isEmpty()) {
      return "";
    }
    StringBuilder out = new StringBuilder("# Services, for the outside; not for this kernel.\n");
    out.append("protocol static services%1$d {\n  ipv%1$d;\n".formatted(family.version()));
    announced.forEach(cidr -> out.append("  route ").append(cidr).append(" blackhole;\n"));
    return out.append("}\n\n").toString();
  }

  private String announcedServices() {
    StringBuilder out = new StringBuilder();
    ServiceRoutes services = node.services(family);
    services
        .announced()
        .forEach(cidr -> out.append("  if net = %s then accept;\n".formatted(cidr)));
    if (node.settings().isReflector()) {
      services
          .foreign()
          .forEach(cidr -> out.append("  if net ~ [ %s+ ] then accept;\n".formatted(cidr)));
    }
    return out.toString();
  }

  /** Statements that keep the routes of services from the kernel. */
  private String servicesToKernel() {
    StringBuilder out = new StringBuilder();
    for (Cidr cidr : node.services(family).own()) {
      out.append("  if net ~ [ %s+ ] then reject; # services\n".formatted(cidr));
    }
    return out.toString();
  }

  private static String rule(Resource<IpPoolSpec> pool, String verdict, String why) {
    return "  if net ~ [ %s+ ] then %s; # %s%s\n"
        .formatted(
            Cidr.parse(pool.spec().cidr()),
            verdict,
            BirdConfig.comment(ResourceKey.of(pool).toString()),
            why.isEmpty() ? "" : ": " + why);
  }
}
