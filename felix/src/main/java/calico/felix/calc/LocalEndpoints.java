package calico.felix.calc;

import calico.felix.calc.PolicyScope.TierRank;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.model.key.ResourceKey;
import calico.model.resource.PolicySpec;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * This node's endpoints, the policies and profiles that apply to each, and so which policies and
 * profiles this node needs at all.
 */
final class LocalEndpoints {

  /** An endpoint that is, or until now was, programmed. */
  private static final class Item extends LabelGroup.Item<ActivePolicy, Item> {
    Workload workload;
    boolean programmed = true;

    Item(Workload workload) {
      this.workload = workload;
    }
  }

  /** A policy, active or not. */
  private static final class ActivePolicy {
    Resource<PolicySpec> resource;
    PolicyScope scope;
    int matches;
    boolean removed;

    ActivePolicy(Resource<PolicySpec> resource, PolicyScope scope) {
      this.resource = resource;
      this.scope = scope;
    }
  }

  private final ActiveRules rules;
  private final Emission<StateKey.Endpoint, LocalEndpoint> emission = new Emission<>();

  private final Map<ResourceKey<?>, Workload> workloads = new HashMap<>();
  private final Map<String, TreeMap<StateKey.Endpoint, Workload>> byInterface = new HashMap<>();
  private final Map<String, Item> programmed = new HashMap<>();
  private final Map<PolicyId, ActivePolicy> policies = new HashMap<>();
  private final Map<String, TierSpec> tiers = new HashMap<>();
  private final Map<String, Resource<ProfileSpec>> profiles = new HashMap<>();
  private final Map<String, Integer> profileUses = new HashMap<>();

  private final Set<Item> dirtyEndpoints = new LinkedHashSet<>();
  private final Set<ActivePolicy> dirtyPolicies = new LinkedHashSet<>();
  private final Set<String> dirtyProfiles = new LinkedHashSet<>();

  private final LabelIndex<ActivePolicy, Item> index =
      new LabelIndex<>(
          new LabelIndex.Listener<ActivePolicy, Item>() {
            @Override
            public void matched(ActivePolicy policy, Item item) {
              if (policy.matches++ == 0) {
                dirtyPolicies.add(policy);
              }
              dirtyEndpoints.add(item);
            }

            @Override
            public void unmatched(ActivePolicy policy, Item item) {
              if (--policy.matches == 0) {
                dirtyPolicies.add(policy);
              }
              dirtyEndpoints.add(item);
            }
          });

  LocalEndpoints(ActiveRules rules) {
    this.rules = rules;
  }

  /** An endpoint on this node; null if it is gone or on another. */
  void putWorkload(ResourceKey<?> key, @Nullable Workload workload) {
    Workload old = workload == null ? workloads.remove(key) : workloads.put(key, workload);
    if (Objects.equals(old, workload)) {
      return;
    }
    if (old != null) {
      var claims = byInterface.get(old.interfaceName());
      if (claims != null) {
        claims.remove(old.id());
        if (claims.isEmpty()) {
          byInterface.remove(old.interfaceName());
        }
      }
    }
    if (workload != null) {
      byInterface
          .computeIfAbsent(workload.interfaceName(), _ -> new TreeMap<>(Workload.PRECEDENCE))
          .put(workload.id(), workload);
      program(workload.interfaceName());
    }
    if (old != null) {
      program(old.interfaceName());
    }
  }

  /** Sees to it that of the endpoints that claim an interface the first is programmed. */
  private void program(String interfaceName) {
    var claims = byInterface.get(interfaceName);
    Workload first = claims == null ? null : claims.firstEntry().getValue();
    Item item = programmed.get(interfaceName);
    if (item != null && item.workload.equals(first)) {
      return;
    }
    if (item != null && first != null && item.workload.id().equals(first.id())) {
      countProfiles(first, 1);
      countProfiles(item.workload, -1);
      item.workload = first;
    } else {
      if (item != null) {
        withdraw(item);
      }
      if (first == null) {
        return;
      }
      item = new Item(first);
      programmed.put(interfaceName, item);
      countProfiles(first, 1);
    }
    dirtyEndpoints.add(item);
    index.put(item, first.addressed().labels(), first.addressed().profiles());
  }

  private void withdraw(Item item) {
    programmed.remove(item.workload.interfaceName());
    item.programmed = false;
    dirtyEndpoints.add(item);
    index.remove(item);
    countProfiles(item.workload, -1);
  }

  private void countProfiles(Workload workload, int difference) {
    for (String profile : workload.addressed().profiles()) {
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
    ActivePolicy policy = policies.get(id);
    if (policy == null) {
      policy = new ActivePolicy(resource, scope);
      policies.put(id, policy);
    } else if (policy.resource.spec().equals(resource.spec())) {
      return;
    } else if (!policy.scope.equals(scope)) {
      index.forEachMatch(policy, dirtyEndpoints::add);
    }
    policy.resource = resource;
    policy.scope = scope;
    dirtyPolicies.add(policy);
    if (scope.forWorkloads()) {
      index.putSelector(policy, scope.selector());
    } else {
      index.removeSelector(policy);
    }
  }

  /** A tier; null if it is gone. */
  void putTier(String name, @Nullable TierSpec tier) {
    TierSpec old = tier == null ? tiers.remove(name) : tiers.put(name, tier);
    if (!TierRank.of(name, old).equals(TierRank.of(name, tier))) {
      dirtyEndpoints.addAll(programmed.values());
    }
  }

  /** A profile; null if it is gone. */
  void putProfile(String name, @Nullable Resource<ProfileSpec> profile) {
    if (profile == null) {
      profiles.remove(name);
    } else {
      profiles.put(name, profile);
    }
    dirtyProfiles.add(name);
    Map<String, String> labels = profile == null ? null : profile.spec().labelsToApply();
    index.putProfile(name, labels == null ? Map.of() : labels);
  }

  /** Works out what the changes since the last time mean for rules and endpoints. */
  void resolve() {
    for (ActivePolicy policy : dirtyPolicies) {
      PolicyScope scope = policy.scope;
      if (!policy.removed && (policy.matches > 0 || scope.everywhere())) {
        rules.put(scope.id(), RuleResolution.ofPolicy(policy.resource));
      } else if (!policy.removed || !policies.containsKey(scope.id())) {
        rules.remove(scope.id());
      }
    }
    dirtyPolicies.clear();
    for (String name : dirtyProfiles) {
      ProfileId id = new ProfileId(name);
      if (profileUses.containsKey(name)) {
        rules.put(id, RuleResolution.ofProfile(name, profiles.get(name)));
      } else {
        rules.remove(id);
      }
    }
    dirtyProfiles.clear();
    // Endpoints with different labels often have the same policies, if there are some for all.
    Map<List<ActivePolicy>, List<LocalEndpoint.TierPolicies>> byPolicies = new HashMap<>();
    // Those that went first: another may have taken over an endpoint's name.
    dirtyEndpoints.stream()
        .filter(item -> !item.programmed)
        .forEach(item -> emission.remove(item.workload.id()));
    for (Item item : dirtyEndpoints) {
      if (item.programmed) {
        emission.put(
            item.workload.id(),
            endpoint(item, byPolicies.computeIfAbsent(index.matches(item), this::tiers)));
      }
    }
    dirtyEndpoints.clear();
  }

  private static LocalEndpoint endpoint(Item item, List<LocalEndpoint.TierPolicies> tiers) {
    Workload workload = item.workload;
    return new LocalEndpoint(
        workload.interfaceName(),
        workload.mac(),
        workload.networks(),
        tiers,
        workload.addressed().profiles().stream().map(ProfileId::new).toList());
  }

  private List<LocalEndpoint.TierPolicies> tiers(List<ActivePolicy> matching) {
    Map<TierRank, List<PolicyScope>> byTier = new TreeMap<>();
    for (ActivePolicy policy : matching) {
      String tier = policy.scope.tier();
      byTier
          .computeIfAbsent(TierRank.of(tier, tiers.get(tier)), _ -> new ArrayList<>())
          .add(policy.scope);
    }
    List<LocalEndpoint.TierPolicies> out = new ArrayList<>();
    byTier.forEach(
        (rank, scopes) -> {
          scopes.sort(PolicyScope.ORDER);
          List<PolicyId> ingress = new ArrayList<>();
          List<PolicyId> egress = new ArrayList<>();
          for (PolicyScope scope : scopes) {
            if (scope.ingress()) {
              ingress.add(scope.id());
            }
            if (scope.egress()) {
              egress.add(scope.id());
            }
          }
          if (!ingress.isEmpty() || !egress.isEmpty()) {
            out.add(
                new LocalEndpoint.TierPolicies(
                    rank.name(), rank.passByDefault(), List.copyOf(ingress), List.copyOf(egress)));
          }
        });
    return List.copyOf(out);
  }

  void flushPuts(Consumer<StateChange> out) {
    emission.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    emission.flushRemovals(out);
  }

  /** Whether nothing is left of what has come and gone. */
  boolean isEmpty() {
    return workloads.isEmpty()
        && byInterface.isEmpty()
        && programmed.isEmpty()
        && profileUses.isEmpty()
        && index.isEmpty();
  }
}
