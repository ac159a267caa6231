package calico.felix.calc;

import calico.felix.calc.PolicyScope.Stage;
import calico.felix.state.AddressSet;
import calico.felix.state.DesiredState;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.BgpPeer;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.StateKey;
import calico.model.Ip;
import calico.model.resource.Kinds;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.NodeSpec;
import calico.model.resource.PolicySpec;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * A node's desired state computed from scratch, by looping over everything. Says what {@link
 * CalcGraph} has to arrive at, in the shortest way.
 */
public final class Resolver {
  private final Snapshot snapshot;
  private final Map<StateKey<?>, Object> state = new HashMap<>();
  private final Map<String, Map<String, String>> profileLabels = new HashMap<>();
  private final List<Workload> workloads = new ArrayList<>();
  private final List<HostInterface> hosts = new ArrayList<>();
  private final List<Addressed> addressed = new ArrayList<>();
  private final Map<StateKey.PolicyId, Resource<PolicySpec>> policies = new HashMap<>();
  private final List<PolicyScope> policyScopes = new ArrayList<>();

  /** Reads all that endpoints and sets come from. */
  Resolver(Snapshot snapshot) {
    this.snapshot = snapshot;
    for (var profile : snapshot.all(Kinds.PROFILE)) {
      Map<String, String> labels = profile.spec().labelsToApply();
      profileLabels.put(profile.metadata().name(), labels == null ? Map.of() : labels);
    }
    for (var resource : snapshot.all(Kinds.WORKLOAD_ENDPOINT)) {
      Workload workload = Workload.of(resource);
      if (workload != null) {
        workloads.add(workload);
        addressed.add(workload.addressed());
      }
    }
    for (var resource : snapshot.all(Kinds.HOST_ENDPOINT)) {
      HostInterface host = HostInterface.of(resource);
      hosts.add(host);
      addressed.add(host.addressed());
    }
    List<Resource<NetworkSetSpec>> sets = new ArrayList<>(snapshot.all(Kinds.GLOBAL_NETWORK_SET));
    sets.addAll(snapshot.all(Kinds.NETWORK_SET));
    sets.forEach(set -> addressed.add(Addressed.of(set)));
    List<Resource<PolicySpec>> all = new ArrayList<>(snapshot.all(Kinds.GLOBAL_NETWORK_POLICY));
    all.addAll(snapshot.all(Kinds.NETWORK_POLICY));
    for (var policy : all) {
      PolicyScope scope = PolicyScope.of(policy);
      if (scope != null) {
        policies.put(scope.id(), policy);
        policyScopes.add(scope);
      }
    }
  }

  /** The desired state of a node. */
  public static DesiredState resolve(Snapshot snapshot, CalcConfig config) {
    Resolver resolver = new Resolver(snapshot);
    resolver.workloads(config.nodeName());
    resolver.hosts(config.nodeName());
    resolver.policyScopes.stream().filter(PolicyScope::everywhere).forEach(resolver::policy);
    Pools.all(snapshot)
        .forEach((cidr, pool) -> resolver.state.put(new StateKey.PoolId(cidr), pool));
    resolver.codePoints(config.nodeName());
    resolver.serviceRanges();
    new RouteResolver(snapshot, config, resolver.workloads, resolver.state).resolve();
    DesiredState out = new DesiredState();
    out.values().putAll(resolver.state);
    return out;
  }

  /** The workloads of all nodes. */
  List<Workload> workloads() {
    return workloads;
  }

  /** The host endpoints of all nodes. */
  List<HostInterface> hosts() {
    return hosts;
  }

  /** What can be in sets because of an address. */
  List<Addressed> holding(Ip ip) {
    return addressed.stream()
        .filter(a -> a.nets().stream().anyMatch(net -> net.cidr().contains(ip)))
        .toList();
  }

  private void workloads(String nodeName) {
    for (Workload workload : workloads) {
      if (workload.node().equals(nodeName)) {
        selecting(workload).forEach(this::policy);
        LocalEndpoint endpoint = endpoint(workload);
        endpoint.profiles().forEach(this::profile);
        state.put(workload.id(), endpoint);
      }
    }
  }

  private void hosts(String nodeName) {
    for (HostInterface host : hosts) {
      if (host.node().equals(nodeName)) {
        selecting(host).forEach(this::policy);
        LocalHostEndpoint endpoint = endpoint(host);
        endpoint.profiles().forEach(this::profile);
        state.put(host.id(), endpoint);
      }
    }
  }

  LocalEndpoint endpoint(Workload workload) {
    return new LocalEndpoint(
        workload.interfaceName(),
        workload.mac(),
        workload.networks(),
        tiers(selecting(workload), _ -> true),
        profiles(workload),
        workload.ingress(),
        workload.egress(),
        workload.spoofed(),
        migration(workload),
        workload.translated(),
        peer(workload));
  }

  private BgpPeer peer(Workload workload) {
    Resource<NodeSpec> node = snapshot.get(Kinds.NODE, workload.node());
    Map<String, String> nodeLabels = node == null ? null : node.metadata().labels();
    var configuration = snapshot.get(Kinds.BGP_CONFIGURATION, ServiceRanges.CONFIGURATION);
    List<Ip> addresses =
        WorkloadPeers.hostAddresses(configuration == null ? null : configuration.spec());
    return snapshot.all(Kinds.BGP_PEER).stream()
        .filter(
            peer -> {
              Selector selector = WorkloadPeers.selected(peer.spec(), workload.node(), nodeLabels);
              return selector != null && selects(selector, labels(workload.addressed()));
            })
        .map(peer -> peer.metadata().name())
        .min(Comparator.naturalOrder())
        .map(name -> new BgpPeer(name, addresses))
        .orElse(BgpPeer.NONE);
  }

  private LocalEndpoint.Migration migration(Workload workload) {
    LocalEndpoint.Migration migration = LocalEndpoint.Migration.NONE;
    for (var resource : snapshot.all(Kinds.LIVE_MIGRATION)) {
      Migrations.Meant meant = Migrations.Meant.of(resource.spec(), workload.node());
      Selector selector = meant.selector();
      if ((meant.target() != null && meant.target().isOf(workload.id()))
          || (selector != null && selects(selector, labels(workload.addressed())))) {
        return LocalEndpoint.Migration.TARGET;
      }
      if (meant.source() != null && meant.source().isOf(workload.id())) {
        migration = LocalEndpoint.Migration.SOURCE;
      }
    }
    return migration;
  }

  LocalHostEndpoint endpoint(HostInterface host) {
    List<PolicyScope> scopes = selecting(host);
    List<TierPolicies> preDnat = new ArrayList<>();
    for (TierPolicies tier : tiers(scopes, s -> s.stage() == Stage.PRE_DNAT)) {
      if (!tier.ingress().isEmpty()) {
        preDnat.add(new TierPolicies(tier.tier(), true, tier.ingress(), List.of()));
      }
    }
    List<TierPolicies> untracked = new ArrayList<>();
    for (TierPolicies tier : tiers(scopes, s -> s.stage() == Stage.UNTRACKED)) {
      untracked.add(new TierPolicies(tier.tier(), true, tier.ingress(), tier.egress()));
    }
    return new LocalHostEndpoint(
        host.interfaceName(),
        host.expectedIps(),
        tiers(scopes, Resolver::isNormal),
        tiers(scopes, s -> isNormal(s) && s.onForward()),
        untracked,
        preDnat,
        profiles(host));
  }

  private static boolean isNormal(PolicyScope scope) {
    return scope.stage() == Stage.NORMAL;
  }

  /** The policies that apply to an endpoint, in the order in which they are asked. */
  List<PolicyScope> selecting(Endpoint endpoint) {
    return policyScopes.stream()
        .filter(scope -> applies(scope, endpoint))
        .sorted(Comparator.comparing(this::rank).thenComparing(PolicyScope.ORDER))
        .toList();
  }

  boolean applies(PolicyScope scope, Endpoint endpoint) {
    boolean possible =
        switch (endpoint) {
          case Workload _ -> scope.forWorkloads();
          case HostInterface _ -> true;
        };
    return possible && selects(scope.selector(), labels(endpoint.addressed()));
  }

  private PolicyScope.TierRank rank(PolicyScope scope) {
    Resource<TierSpec> tier = snapshot.get(Kinds.TIER, scope.tier());
    return PolicyScope.TierRank.of(scope.tier(), tier == null ? null : tier.spec());
  }

  private static List<StateKey.ProfileId> profiles(Endpoint endpoint) {
    return endpoint.addressed().profiles().stream().map(StateKey.ProfileId::new).toList();
  }

  private List<TierPolicies> tiers(List<PolicyScope> scopes, Predicate<PolicyScope> wanted) {
    Map<PolicyScope.TierRank, List<PolicyScope>> byTier = new TreeMap<>();
    for (PolicyScope scope : scopes) {
      if (wanted.test(scope)) {
        byTier.computeIfAbsent(rank(scope), _ -> new ArrayList<>()).add(scope);
      }
    }
    List<TierPolicies> tiers = new ArrayList<>();
    byTier.forEach(
        (rank, inTier) ->
            tiers.add(
                new TierPolicies(
                    rank.name(),
                    rank.passByDefault(),
                    inTier.stream().filter(PolicyScope::ingress).map(PolicyScope::id).toList(),
                    inTier.stream().filter(PolicyScope::egress).map(PolicyScope::id).toList())));
    tiers.removeIf(t -> t.ingress().isEmpty() && t.egress().isEmpty());
    return tiers;
  }

  private void policy(PolicyScope scope) {
    RuleResolution rules = rules(scope.id());
    state.put(scope.id(), rules.policy(scope.selector(), written(scope.id()).spec()));
    rules.sets().values().forEach(source -> state.put(source.id(), set(source, addressed)));
  }

  private void profile(StateKey.ProfileId id) {
    RuleResolution rules = rules(id);
    Resource<ProfileSpec> profile = snapshot.get(Kinds.PROFILE, id.name());
    state.put(id, rules.profile(profile == null ? null : profile.spec()));
    rules.sets().values().forEach(source -> state.put(source.id(), set(source, addressed)));
  }

  /**
   * The rules of a policy.
   *
   * @throws IllegalArgumentException if there is no such policy
   */
  RuleResolution rules(StateKey.PolicyId id) {
    return RuleResolution.ofPolicy(id, written(id).spec());
  }

  private Resource<PolicySpec> written(StateKey.PolicyId id) {
    Resource<PolicySpec> policy = policies.get(id);
    if (policy == null) {
      throw new IllegalArgumentException("there is no " + id);
    }
    return policy;
  }

  /** The rules of a profile, which need not exist. */
  RuleResolution rules(StateKey.ProfileId id) {
    Resource<ProfileSpec> profile = snapshot.get(Kinds.PROFILE, id.name());
    return RuleResolution.ofProfile(id.name(), profile == null ? null : profile.spec());
  }

  /** A set, as far as some of its possible members make it up. */
  AddressSet set(SetSource source, List<Addressed> candidates) {
    Selector selector =
        switch (source) {
          case SetSource.Selected selected -> selected.selector();
          case SetSource.NamedPort named -> named.selector();
          case SetSource.Service _ -> null;
        };
    Set<AddressSet.Member> members = new HashSet<>();
    for (Addressed a : candidates) {
      if (selector != null && selects(selector, labels(a))) {
        members.addAll(Addressed.members(source, a.nets(), a.ports()));
      }
    }
    return new AddressSet(source.type(), members);
  }

  private Map<String, String> labels(Addressed a) {
    Map<String, String> labels = new HashMap<>(a.labels());
    for (String profile : a.profiles()) {
      profileLabels.getOrDefault(profile, Map.of()).forEach(labels::putIfAbsent);
    }
    return labels;
  }

  private static boolean selects(Selector selector, Map<String, String> labels) {
    return selector.matches(labels);
  }

  /** Of several for one address the lowest counts. */
  private void codePoints(String nodeName) {
    Map<Ip, Integer> bySource = new HashMap<>();
    for (Workload workload : workloads) {
      if (workload.node().equals(nodeName) && workload.dscp() != null) {
        workload.sources().forEach(ip -> bySource.merge(ip, workload.dscp(), Math::min));
      }
    }
    for (HostInterface host : hosts) {
      if (host.node().equals(nodeName) && host.dscp() != null) {
        host.expectedIps().forEach(ip -> bySource.merge(ip, host.dscp(), Math::min));
      }
    }
    bySource.forEach((ip, codePoint) -> state.put(new StateKey.CodePointId(ip), codePoint));
  }

  private void serviceRanges() {
    var bgp = snapshot.get(Kinds.BGP_CONFIGURATION, ServiceRanges.CONFIGURATION);
    ServiceRanges.of(bgp == null ? null : bgp.spec())
        .forEach(cidr -> state.put(new StateKey.ServiceRangeId(cidr), true));
  }
}
