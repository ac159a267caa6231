package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.NodeStatus;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What one node's BGP is to be, in no daemon's language: the same for the same state, always. While
 * there is no Node of its name there are no sessions.
 *
 * @param self this machine's Node, or null while there is none
 * @param blocks the prefixes of addresses that the node holds
 * @param sessions by family of their addresses, in the order of their names; only those for which
 *     the node has an address
 * @param faults what of the resources is not in it, and why
 */
record NodeBgp(
    BgpState state,
    BgpSettings settings,
    @Nullable Resource<NodeSpec> self,
    SortedSet<Cidr> blocks,
    Map<Family, List<Peer>> sessions,
    Set<Fault> faults) {
  /**
   * How long after a restart the routes from before are kept for peers that have not come back, in
   * seconds. Peers that are there come back within a few.
   */
  static final int RESTART_WAIT_SECONDS = 15;

  static NodeBgp of(BgpState state, ConfdConfig config) {
    BgpSettings settings = new BgpSettings(state, config);
    Resource<NodeSpec> self = settings.self();
    Set<Fault> faults = new LinkedHashSet<>(settings.faults());
    Stream.of(state.undecodable(), state.refused())
        .flatMap(problems -> problems.entrySet().stream())
        .map(refusal -> new Fault(refusal.getKey(), refusal.getValue()))
        .sorted(Comparator.comparing(Fault::toString))
        .forEach(faults::add);
    Map<Family, List<Peer>> sessions = new EnumMap<>(Family.class);
    if (self != null) {
      Peerings peerings = new Peerings(state, settings, self);
      faults.addAll(peerings.faults());
      for (Family family : Family.values()) {
        sessions.put(family, peerings.of(family));
      }
    }
    if (settings.bindsNodeIp()) {
      sessions.values().forEach(peers -> reportUnbound(peers, faults));
    }
    SortedSet<Cidr> blocks = config.usesPodCidrs() ? podCidrs(self, faults) : state.ownBlocks();
    return new NodeBgp(state, settings, self, blocks, sessions, faults);
  }

  /** The address that the node speaks BGP from, or null if it has none in the family. */
  @Nullable Ip address(Family family) {
    return self == null ? null : BgpSettings.address(self, family);
  }

  /** The node's AS number, or that of the cluster while there is no Node. */
  long as() {
    return self == null ? settings.clusterAs() : settings.as(self);
  }

  List<Peer> sessions(Family family) {
    return sessions.getOrDefault(family, List.of());
  }

  /**
   * Whether BGP listens on the node's own address only. It cannot where a session is not from that
   * address: a daemon that listens on all of them cannot listen on one of them too.
   */
  boolean bindsNodeIp(Family family) {
    return settings.bindsNodeIp() && sessions(family).stream().allMatch(Peer::usesNodeIp);
  }

  private static void reportUnbound(List<Peer> peers, Collection<Fault> faults) {
    peers.stream()
        .filter(peer -> !peer.usesNodeIp())
        .findFirst()
        .ifPresent(
            peer -> {
              String reason =
                  "BGP listens on all IPv%d addresses: the session of %s is not from the node's"
                      .formatted(peer.address().family().version(), peer.origin());
              faults.add(
                  new Fault(
                      ResourceKey.of(Kinds.BGP_CONFIGURATION, "default"),
                      Problem.warning("spec.bindMode", BgpSettings.NODE_IP, reason)));
            });
  }

  /** The longest time to restart that a session asks for; 0 if none does. */
  int longestRestartSeconds() {
    return sessions.values().stream()
        .flatMap(List::stream)
        .mapToInt(peer -> peer.options().restartSeconds())
        .max()
        .orElse(0);
  }

  /** The blocks of addresses that this node holds. */
  List<Cidr> blocks(Family family) {
    return blocks.stream().filter(block -> block.family() == family).toList();
  }

  /** The prefixes that Kubernetes gave a node for its pods. */
  private static SortedSet<Cidr> podCidrs(
      @Nullable Resource<NodeSpec> node, Collection<Fault> faults) {
    SortedSet<Cidr> found = new TreeSet<>();
    if (node != null) {
      for (String text : NodeStatus.of(node).podCidrs()) {
        Cidr cidr = Cidr.tryParse(text);
        if (cidr == null) {
          Problem problem = Problem.error("status.podCIDRs", text, "expected a prefix");
          faults.add(new Fault(ResourceKey.of(node), problem));
        } else {
          found.add(cidr);
        }
      }
    }
    return found;
  }

  List<Resource<IpPoolSpec>> pools(Family family) {
    List<Resource<IpPoolSpec>> found = new ArrayList<>();
    for (Resource<IpPoolSpec> pool : state.pools().values()) {
      Cidr cidr = Cidr.tryParse(pool.spec().cidr());
      if (cidr != null && cidr.family() == family) {
        found.add(pool);
      }
    }
    return found;
  }

  /** The pools whose routes to other nodes the daemon gives to the kernel. */
  List<Cidr> routedPools(Family family) {
    return pools(family).stream()
        .filter(pool -> settings.programsClusterRoutes(pool.spec()))
        .map(pool -> Cidr.parse(pool.spec().cidr()))
        .toList();
  }

  /**
   * The addresses of the other nodes that have WireGuard if this one has it too: the node agent
   * itself routes to their blocks. A key that several Nodes have is nobody's.
   */
  SortedSet<Ip> encryptedNodes(Family family) {
    SortedSet<Ip> found = new TreeSet<>();
    boolean agentKnowsBlocks = !settings.config().usesPodCidrs();
    if (self == null || NodeStatus.of(self).publicKey(family) == null || !agentKnowsBlocks) {
      return found;
    }
    Map<String, List<Resource<NodeSpec>>> byKey = new HashMap<>();
    for (Resource<NodeSpec> node : state.nodes().values()) {
      String key = NodeStatus.of(node).publicKey(family);
      if (key != null) {
        byKey.computeIfAbsent(key, _ -> new ArrayList<>()).add(node);
      }
    }
    for (List<Resource<NodeSpec>> nodes : byKey.values()) {
      Ip address = BgpSettings.address(nodes.getFirst(), family);
      if (nodes.size() == 1 && address != null && !address.equals(address(family))) {
        found.add(address);
      }
    }
    return found;
  }

  ServiceRoutes services(Family family) {
    return ServiceRoutes.of(family, settings);
  }

  /** Whether nothing of a pool is advertised. */
  static boolean isWithheld(Resource<IpPoolSpec> pool) {
    return Boolean.TRUE.equals(pool.spec().disableBGPExport());
  }

  /**
   * The BGP identifier: what the node agent says, else the node's IPv4 address, or where there is
   * none a number that is made from its name.
   */
  String routerId() {
    ConfdConfig config = settings.config();
    if (config.routerId() != null && !config.hashesName()) {
      return config.routerId();
    }
    Ip own = address(Family.IPV4);
    boolean hashed = config.hashesName() || own == null;
    return String.valueOf(hashed ? RouterId.ofName(config.nodeName()) : own);
  }
}
