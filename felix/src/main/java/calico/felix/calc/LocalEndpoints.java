package calico.felix.calc;

import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.model.key.ResourceKey;
import calico.model.resource.LiveMigrationSpec;
import calico.model.resource.PolicySpec;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * This node's endpoints, the policies and profiles that apply to each, and so which policies and
 * profiles this node needs at all.
 */
final class LocalEndpoints {

  /** An endpoint that is, or until now was, here. */
  private static final class Item extends LabelGroup.Item<ActivePolicy, Item> {
    Endpoint endpoint;
    boolean present = true;

    Item(Endpoint endpoint) {
      this.endpoint = endpoint;
    }
  }

  /** A policy, active or not. */
  private static final class ActivePolicy {
    PolicySpec spec;
    PolicyScope scope;

    /** How many items it applies to. */
    int matches;

    boolean removed;

    ActivePolicy(PolicySpec spec, PolicyScope scope) {
      this.spec = spec;
      this.scope = scope;
    }

    /** Whether it applies to an item that it selects. */
    boolean appliesTo(Item item) {
      return item.endpoint instanceof HostInterface || scope.forWorkloads();
    }
  }

  private final ActiveRules rules;
  private final Emission<StateKey.Endpoint, LocalEndpoint> workloadEmission = new Emission<>();
  private final Emission<StateKey.HostEndpoint, LocalHostEndpoint> hostEmission = new Emission<>();

  private final Map<ResourceKey<?>, Item> workloads = new HashMap<>();
  private final Map<StateKey.HostEndpoint, Item> hosts = new HashMap<>();
  private final Map<PolicyId, ActivePolicy> policies = new HashMap<>();
  private final Tiers tiers = new Tiers();
  private final Profiles profiles;
  private final Map<String, Integer> profileUses = new HashMap<>();

  private final Set<Item> dirtyEndpoints = new LinkedHashSet<>();
  private final Set<ActivePolicy> dirtyPolicies = new LinkedHashSet<>();
  private final Set<String> dirtyProfiles = new LinkedHashSet<>();

  /**
   * All items and all policies; one that selects an item need not {@link ActivePolicy#appliesTo
   * apply} to it.
   */
  private final LabelIndex<ActivePolicy, Item> index;

  private final class Matches implements LabelIndex.Listener<ActivePolicy, Item> {
    @Override
    public void matched(ActivePolicy policy, Item item) {
      if (policy.appliesTo(item)) {
        if (policy.matches++ == 0) {
          dirtyPolicies.add(policy);
        }
        dirtyEndpoints.add(item);
      }
    }

    @Override
    public void unmatched(ActivePolicy policy, Item item) {
      if (policy.appliesTo(item)) {
        if (--policy.matches == 0) {
          dirtyPolicies.add(policy);
        }
        dirtyEndpoints.add(item);
      }
    }
  }

  /** Workloads that are on their way. */
  private final Migrations<Item> migrations;

  /** Workloads that speak BGP with this node. */
  private final WorkloadPeers<Item> peers;

  LocalEndpoints(ActiveRules rules, Profiles profiles, String node) {
    this.rules = rules;
    this.profiles = profiles;
    this.index = new LabelIndex<>(profiles::labels, new Matches());
    this.migrations = new Migrations<>(node, profiles, dirtyEndpoints::add);
    this.peers = new WorkloadPeers<>(node, profiles, dirtyEndpoints::add);
  }

  /** An endpoint on this node; null if it is gone or on another. */
  void putWorkload(ResourceKey<?> key, @Nullable Workload workload) {
    put(workloads, key, workload);
  }

  /** A host endpoint on this node; null if it is gone or on another. */
  void putHost(StateKey.HostEndpoint id, @Nullable HostInterface host) {
    put(hosts, id, host);
  }

  private <K> void put(Map<K, Item> items, K key, @Nullable Endpoint endpoint) {
    Item item = items.get(key);
    if (endpoint != null) {
      items.put(key, program(item, endpoint));
    } else if (item != null) {
      items.remove(key);
      withdraw(item);
    }
  }

  /** Makes an item, or brings it up to date. */
  private Item program(@Nullable Item item, Endpoint endpoint) {
    if (item != null && item.endpoint.equals(endpoint)) {
      return item;
    }
    countProfiles(endpoint, 1);
    if (item != null) {
      countProfiles(item.endpoint, -1);
      item.endpoint = endpoint;
    }
    Item now = item == null ? new Item(endpoint) : item;
    dirtyEndpoints.add(now);
    index.put(now, endpoint.addressed().labels(), endpoint.addressed().profiles());
    if (endpoint instanceof Workload workload) {
      migrations.put(now, workload.id(), workload.addressed());
      peers.put(now, workload.addressed());
    }
    return now;
  }

  private void withdraw(Item item) {
    item.present = false;
    dirtyEndpoints.add(item);
    index.remove(item);
    migrations.remove(item);
    peers.remove(item);
    countProfiles(item.endpoint, -1);
  }

  private void countProfiles(Endpoint endpoint, int difference) {
    for (String profile : endpoint.addressed().profiles()) {
      profileUses.merge(profile, difference, (a, b) -> a + b == 0 ? null : a + b);
      dirtyProfiles.add(profile);
    }
  }

  /** A policy; null if it is gone. */
  void putPolicy(PolicyId id, @Nullable Resource<PolicySpec> resource) {
    PolicyScope scope = resource == null ? null : PolicyScope.of(resource);
    if (resource == null || scope == null) {
      ActivePolicy gone = policies.remove(id);
      if (gone != null) {
        gone.removed = true;
        index.removeSelector(gone);
        dirtyPolicies.add(gone);
      }
      return;
    }
    PolicySpec spec = resource.spec();
    ActivePolicy policy = policies.get(id);
    if (policy == null) {
      policy = new ActivePolicy(spec, scope);
      policies.put(scope.id(), policy);
    } else if (policy.spec.equals(spec)) {
      return;
    } else if (policy.scope.forWorkloads() != scope.forWorkloads()) {
      index.removeSelector(policy); // what it applies to is counted otherwise
    } else if (!policy.scope.equals(scope)) {
      index.forEachMatch(policy, dirtyEndpoints::add);
    }
    policy.spec = spec;
    policy.scope = scope;
    dirtyPolicies.add(policy);
    index.putSelector(policy, scope.selector());
  }

  /** A tier; null if it is gone. */
  void putTier(String name, @Nullable TierSpec tier) {
    if (tiers.put(name, tier)) {
      dirtyEndpoints.addAll(workloads.values());
      dirtyEndpoints.addAll(hosts.values());
    }
  }

  /** A LiveMigration; null if it is gone. */
  void putMigration(ResourceKey<?> key, @Nullable LiveMigrationSpec migration) {
    migrations.putMigration(key, migration);
  }

  /** Which workloads speak BGP with this node. */
  WorkloadPeers<?> peers() {
    return peers;
  }

  /** A profile has come, gone or changed. */
  void profileChanged(String name) {
    dirtyProfiles.add(name);
    index.profileChanged(name);
    migrations.profileChanged(name);
    peers.profileChanged(name);
  }

  /** Works out what the changes since the last time mean for rules and endpoints. */
  void resolve() {
    for (ActivePolicy policy : dirtyPolicies) {
      PolicyScope scope = policy.scope;
      if (!policy.removed && (policy.matches > 0 || scope.everywhere())) {
        RuleResolution resolved = RuleResolution.ofPolicy(scope.id(), policy.spec);
        rules.put(scope.id(), resolved, resolved.policy(scope.selector(), policy.spec));
      } else if (!policy.removed || !policies.containsKey(scope.id())) {
        rules.remove(scope.id());
      }
    }
    dirtyPolicies.clear();
    for (String name : dirtyProfiles) {
      ProfileId id = new ProfileId(name);
      if (profileUses.containsKey(name)) {
        ProfileSpec profile = profiles.get(name);
        RuleResolution resolved = RuleResolution.ofProfile(name, profile);
        rules.put(id, resolved, resolved.profile(profile));
      } else {
        rules.remove(id);
      }
    }
    dirtyProfiles.clear();
    resolveEndpoints();
  }

  private void resolveEndpoints() {
    // Endpoints with different labels often have the same policies, if there are some for all.
    Map<List<ActivePolicy>, List<TierPolicies>> byPolicies = new HashMap<>();
    // Those that went first: another may have taken over an endpoint's name.
    for (Item item : dirtyEndpoints) {
      if (!item.present) {
        switch (item.endpoint) {
          case Workload workload -> workloadEmission.remove(workload.id());
          case HostInterface host -> hostEmission.remove(host.id());
        }
      }
    }
    for (Item item : dirtyEndpoints) {
      if (item.present) {
        switch (item.endpoint) {
          case Workload workload ->
              workloadEmission.put(
                  workload.id(),
                  endpoint(
                      item,
                      workload,
                      byPolicies.computeIfAbsent(
                          matches(item), matching -> tiers.normal(scopes(matching)))));
          case HostInterface host ->
              hostEmission.put(host.id(), endpoint(host, scopes(matches(item))));
        }
      }
    }
    dirtyEndpoints.clear();
  }

  private List<ActivePolicy> matches(Item item) {
    return index.matches(item).stream().filter(policy -> policy.appliesTo(item)).toList();
  }

  private static List<PolicyScope> scopes(List<ActivePolicy> matching) {
    return matching.stream().map(policy -> policy.scope).toList();
  }

  private LocalEndpoint endpoint(Item item, Workload workload, List<TierPolicies> tiers) {
    return new LocalEndpoint(
        workload.interfaceName(),
        workload.mac(),
        workload.networks(),
        tiers,
        profiles(workload),
        workload.ingress(),
        workload.egress(),
        workload.spoofed(),
        migrations.of(item),
        workload.translated(),
        peers.of(item));
  }

  private LocalHostEndpoint endpoint(HostInterface host, List<PolicyScope> scopes) {
    return new LocalHostEndpoint(
        host.interfaceName(),
        host.expectedIps(),
        tiers.normal(scopes),
        tiers.forward(scopes),
        tiers.untracked(scopes),
        tiers.preDnat(scopes),
        profiles(host));
  }

  private static List<ProfileId> profiles(Endpoint endpoint) {
    return endpoint.addressed().profiles().stream().map(ProfileId::new).toList();
  }

  /** How many endpoints there are. */
  int size() {
    return workloads.size() + hosts.size();
  }

  /** How many policies there are, active or not. */
  int policies() {
    return policies.size();
  }

  int tiers() {
    return tiers.size();
  }

  void emitAgain() {
    workloadEmission.again();
    hostEmission.again();
  }

  void flushPuts(Consumer<StateChange> out) {
    workloadEmission.flushPuts(out);
    hostEmission.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    workloadEmission.flushRemovals(out);
    hostEmission.flushRemovals(out);
  }

  /** Whether nothing is left of what has come and gone. */
  boolean isEmpty() {
    return workloads.isEmpty()
        && hosts.isEmpty()
        && profileUses.isEmpty()
        && migrations.isEmpty()
        && peers.isEmpty()
        && index.isEmpty();
  }
}
