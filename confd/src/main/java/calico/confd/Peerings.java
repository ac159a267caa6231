package calico.confd;

import calico.model.Family;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Validator;
import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The BGP sessions that the cluster's resources ask of one node: the full mesh between nodes, the
 * BGPPeers that select the node, and the way back of those that select it as the other end.
 *
 * <p>Of several BGPPeers that lead to the same address and port the first counts: global ones, then
 * those of this node, then ways back; each in the order of their names. There is no session of the
 * mesh to an address that a BGPPeer leads to.
 */
final class Peerings {
  private static final String WAY_BACK = "way back of ";
  private static final String WORKLOAD = "Local_Workload";

  /** Where a BGPPeer leads. The AS number is 0 if the resource does not give one. */
  private record Destination(Ip address, int port, long as, @Nullable Resource<NodeSpec> node) {}

  private record Endpoint(Ip address, int port) {}

  private final BgpState state;
  private final BgpSettings settings;
  private final Resource<NodeSpec> self;
  private final Map<Endpoint, Peer> explicit = new LinkedHashMap<>();
  private final Map<String, Selector> selectors = new HashMap<>();
  private final List<Peer> mesh = new ArrayList<>();
  private final Set<Fault> faults = new LinkedHashSet<>();
  private final List<Resource<BgpPeerSpec>> peers = new ArrayList<>();

  Peerings(BgpState state, BgpSettings settings, Resource<NodeSpec> self) {
    this.state = state;
    this.settings = settings;
    this.self = self;
    state.peers().values().stream().filter(this::isSound).forEach(peers::add);
    state.nodes().values().forEach(this::reportMalformed);
    addExplicit(true);
    addExplicit(false);
    addWaysBack();
    addMesh();
  }

  /** Sessions of a family, by protocol name. */
  List<Peer> of(Family family) {
    List<Peer> all = new ArrayList<>(mesh);
    all.addAll(explicit.values());
    return all.stream()
        .filter(peer -> peer.address().family() == family)
        .sorted(Comparator.comparing(Peer::protocol))
        .toList();
  }

  /** What was left out, or hardly meant, and why. */
  Set<Fault> faults() {
    return faults;
  }

  /** Whether nothing is wrong with the resource by itself; says so if something is. */
  private boolean isSound(Resource<BgpPeerSpec> peer) {
    List<Problem> problems = new ArrayList<>(Validator.errors(peer));
    BgpPeerSpec spec = peer.spec();
    if (spec.localASNumber() != null && spec.localASNumber().value() == 0) {
      problems.add(Problem.error("spec.localASNumber", 0, BgpSettings.RESERVED_AS));
    }
    boolean isSomewhere = isSet(spec.peerSelector()) || isSet(spec.peerIP());
    if (!isSomewhere && !isOfWorkloads(spec)) {
      problems.add(Problem.error("spec.peerIP", null, "peerIP or peerSelector is required"));
    }
    problems.forEach(problem -> faults.add(new Fault(ResourceKey.of(peer), problem)));
    if (problems.isEmpty()) {
      String node = spec.node();
      if (isSet(node) && !state.nodes().containsKey(node)) {
        warn(peer, "spec.node", node, "there is no such Node");
      }
      reportVain(peer, "spec.nodeSelector", spec.nodeSelector());
      reportVain(peer, "spec.peerSelector", spec.peerSelector());
      reportUnknownWorkloads(peer);
      for (String field : spec.unknown().fields().keySet()) {
        warn(peer, "spec." + field, null, Validator.UNKNOWN_FIELD);
      }
    }
    return problems.isEmpty();
  }

  private void reportVain(Resource<BgpPeerSpec> peer, String field, @Nullable String selector) {
    if (isSet(selector)
        && state.nodes().values().stream().noneMatch(node -> selects(selector, node))) {
      warn(peer, field, selector, "selects no node");
    }
  }

  private void reportUnknownWorkloads(Resource<BgpPeerSpec> peer) {
    String selector = peer.spec().localWorkloadSelector();
    if (isSet(selector) && isAt(peer, self) && workloads(peer.metadata().name()).isEmpty()) {
      String reason = "selects no workload of this node that is up";
      warn(peer, "spec.localWorkloadSelector", selector, reason);
    }
  }

  private void warn(
      Resource<BgpPeerSpec> peer, String field, @Nullable Object value, String reason) {
    faults.add(new Fault(ResourceKey.of(peer), Problem.warning(field, value, reason)));
  }

  private void reportMalformed(Resource<NodeSpec> node) {
    NodeSpec.Bgp bgp = node.spec().bgp();
    if (bgp == null) {
      return;
    }
    reportMalformed(node, "ipv4Address", bgp.ipv4Address(), BgpSettings.address(node, Family.IPV4));
    reportMalformed(node, "ipv6Address", bgp.ipv6Address(), BgpSettings.address(node, Family.IPV6));
    reportMalformed(
        node,
        "routeReflectorClusterID",
        bgp.routeReflectorClusterID(),
        BgpSettings.clusterId(node));
    if (bgp.asNumber() != null && bgp.asNumber().value() == 0) {
      Problem problem = Problem.error("spec.bgp.asNumber", 0, BgpSettings.RESERVED_AS);
      faults.add(new Fault(ResourceKey.of(node), problem));
    }
  }

  private void reportMalformed(
      Resource<NodeSpec> node, String field, @Nullable String text, @Nullable Object understood) {
    if (isSet(text) && understood == null) {
      Problem problem =
          Problem.error("spec.bgp." + field, text, "is not an address that can be used");
      faults.add(new Fault(ResourceKey.of(node), problem));
    }
  }

  private void addMesh() {
    if (!settings.meshEnabled() || BgpSettings.clusterId(self) != null) {
      return;
    }
    Set<Ip> taken = new HashSet<>();
    explicit.keySet().forEach(endpoint -> taken.add(endpoint.address()));
    ResourceKey<?> cluster = ResourceKey.of(Kinds.BGP_CONFIGURATION, "default");
    PeerOptions options =
        PeerOptions.ofMesh(state, settings, p -> faults.add(new Fault(cluster, p)));
    for (Resource<NodeSpec> node : state.nodes().values()) {
      if (isSelf(node) || BgpSettings.clusterId(node) != null) {
        continue;
      }
      for (Family family : Family.values()) {
        Ip own = BgpSettings.address(self, family);
        Ip address = BgpSettings.address(node, family);
        boolean isOther = address != null && !address.equals(own) && !taken.contains(address);
        if (own != null && address != null && isOther) {
          mesh.add(meshPeer(node, own, address, options));
        }
      }
    }
  }

  private Peer meshPeer(Resource<NodeSpec> node, Ip own, Ip address, PeerOptions options) {
    return new Peer(
        Peer.protocolName("Mesh", address, 0),
        ResourceKey.of(Kinds.BGP_CONFIGURATION, "default"),
        "mesh with " + ResourceKey.of(node),
        address,
        portOf(node),
        settings.as(node),
        settings.as(self),
        true,
        waitsFor(address, own),
        null,
        options);
  }

  private void addExplicit(boolean global) {
    for (Resource<BgpPeerSpec> peer : peers) {
      if (isGlobal(peer.spec()) == global && isAt(peer, self)) {
        for (Destination destination : destinations(peer)) {
          String prefix = isOfWorkloads(peer.spec()) ? WORKLOAD : global ? "Global" : "Node";
          add(prefix, peer, ResourceKey.of(peer).toString(), destination);
        }
      }
    }
  }

  /** Nodes that a BGPPeer leads to peer back with the nodes that it applies to. */
  private void addWaysBack() {
    for (Resource<BgpPeerSpec> peer : peers) {
      boolean manual = "Manual".equals(peer.spec().reversePeering());
      if (manual || !leadsToSelf(peer)) {
        continue;
      }
      Family only = peer.spec().peerSelector() == null ? familyOf(peer.spec()) : null;
      for (Resource<NodeSpec> node : state.nodes().values()) {
        if (isAt(peer, node)) {
          for (Destination back : destinations(node, only)) {
            add("Node", peer, WAY_BACK + ResourceKey.of(peer), back);
          }
        }
      }
    }
  }

  private boolean leadsToSelf(Resource<BgpPeerSpec> peer) {
    BgpPeerSpec spec = peer.spec();
    if (isSet(spec.peerSelector())) {
      return selects(spec.peerSelector(), self);
    }
    PeerAddress target = PeerAddress.parse(spec.peerIP());
    if (target == null) {
      return false;
    }
    long as = spec.asNumber() == null ? settings.clusterAs() : spec.asNumber().value();
    return target.ip().equals(BgpSettings.address(self, target.ip().family()))
        && as == settings.as(self)
        && (target.port() == 0 || target.port() == settings.listenPort(self.metadata().name()));
  }

  private static @Nullable Family familyOf(BgpPeerSpec spec) {
    PeerAddress target = PeerAddress.parse(spec.peerIP());
    return target == null ? null : target.ip().family();
  }

  private List<Destination> destinations(Resource<BgpPeerSpec> peer) {
    BgpPeerSpec spec = peer.spec();
    long as = spec.asNumber() == null ? 0 : spec.asNumber().value();
    if (isOfWorkloads(spec)) {
      return workloads(peer.metadata().name()).stream()
          .map(workload -> new Destination(workload.address(), 0, as, null))
          .toList();
    }
    if (isSet(spec.peerSelector())) {
      List<Destination> found = new ArrayList<>();
      for (Resource<NodeSpec> node : state.nodes().values()) {
        if (selects(spec.peerSelector(), node)) {
          found.addAll(destinations(node, null));
        }
      }
      return found;
    }
    PeerAddress target = PeerAddress.parse(spec.peerIP());
    if (target == null) {
      throw new IllegalStateException(ResourceKey.of(peer) + ": peerIP has been validated");
    }
    Resource<NodeSpec> node = nodeAt(target.ip());
    int port = target.port();
    if (port == 0 && node != null && (as == 0 ? settings.clusterAs() : as) == settings.as(node)) {
      port = portOf(node);
    }
    return List.of(new Destination(target.ip(), port, as, node));
  }

  private List<Destination> destinations(Resource<NodeSpec> node, @Nullable Family only) {
    List<Destination> found = new ArrayList<>();
    for (Family family : Family.values()) {
      Ip address = only == null || only == family ? BgpSettings.address(node, family) : null;
      if (address != null) {
        found.add(new Destination(address, portOf(node), settings.as(node), node));
      }
    }
    return found;
  }

  private List<WorkloadPeerFiles.Entry> workloads(String bgpPeer) {
    return state.workloads().stream().filter(w -> w.bgpPeer().equals(bgpPeer)).toList();
  }

  private void add(String prefix, Resource<BgpPeerSpec> peer, String origin, Destination to) {
    Ip own = BgpSettings.address(self, to.address().family());
    boolean toSelf = to.address().equals(own) || (to.node() != null && isSelf(to.node()));
    if (own == null || toSelf) {
      return;
    }
    BgpPeerSpec spec = peer.spec();
    boolean workload = isOfWorkloads(spec);
    boolean direct = isSet(spec.peerIP()) && !origin.startsWith(WAY_BACK);
    Peer first = explicit.get(new Endpoint(to.address(), to.port()));
    if (first != null) {
      String reason = "%s leads there too and comes first".formatted(first.origin());
      if (direct) {
        warn(peer, "spec.peerIP", spec.peerIP(), reason);
      } else if (!origin.equals(first.origin()) && !origin.startsWith(WAY_BACK)) {
        warn(peer, "spec.peerSelector", spec.peerSelector(), reason);
      }
      return;
    }
    long as = to.as() == 0 ? settings.clusterAs() : to.as();
    long ownAs = settings.as(self);
    if ((direct || workload) && spec.localASNumber() != null) {
      ownAs = spec.localASNumber().value();
    }
    boolean internal = as == ownAs;
    String ownId = BgpSettings.clusterId(self);
    boolean client =
        ownId != null
            && internal
            && (to.node() == null || !ownId.equals(BgpSettings.clusterId(to.node())));
    explicit.put(
        new Endpoint(to.address(), to.port()),
        new Peer(
            Peer.protocolName(prefix, to.address(), to.port()),
            ResourceKey.of(peer),
            origin,
            to.address(),
            to.port(),
            as,
            ownAs,
            !workload && !"None".equals(spec.sourceAddress()),
            workload
                || (prefix.equals("Global") && to.node() != null && waitsFor(to.address(), own)),
            client ? ownId : null,
            PeerOptions.of(
                spec,
                direct,
                internal,
                state,
                p -> faults.add(new Fault(ResourceKey.of(peer), p)))));
  }

  /** One end of each session connects: upstream's rule, so that mixed clusters agree. */
  private static boolean waitsFor(Ip other, Ip own) {
    return other.toString().compareTo(own.toString()) > 0;
  }

  /** The port to put into the configuration: none unless somebody chose one. */
  private int portOf(Resource<NodeSpec> node) {
    int port = settings.listenPort(node.metadata().name());
    return port == BgpSettings.DEFAULT_PORT ? 0 : port;
  }

  private @Nullable Resource<NodeSpec> nodeAt(Ip address) {
    for (Resource<NodeSpec> node : state.nodes().values()) {
      if (address.equals(BgpSettings.address(node, address.family()))) {
        return node;
      }
    }
    return null;
  }

  private boolean isSelf(Resource<NodeSpec> node) {
    return node.metadata().name().equals(self.metadata().name());
  }

  /** Whether its peers are workloads of the nodes that it applies to. */
  static boolean isOfWorkloads(BgpPeerSpec spec) {
    return isSet(spec.localWorkloadSelector());
  }

  private static boolean isGlobal(BgpPeerSpec spec) {
    return !isSet(spec.node()) && !isSet(spec.nodeSelector());
  }

  /** Whether a BGPPeer applies to a node. */
  private boolean isAt(Resource<BgpPeerSpec> peer, Resource<NodeSpec> node) {
    BgpPeerSpec spec = peer.spec();
    return isSet(spec.nodeSelector())
        ? selects(spec.nodeSelector(), node)
        : !isSet(spec.node()) || node.metadata().name().equals(spec.node());
  }

  private boolean selects(@Nullable String selector, Resource<NodeSpec> node) {
    String text = selector == null ? "" : selector;
    return selectors.computeIfAbsent(text, Selector::parse).matches(node.metadata().labels());
  }

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }
}
