package calico.felix.policysync;

import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.Endpoint;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.felix.state.StateKey.SetId;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * As much of this node's desired state as concerns workloads: endpoints, policies, profiles, sets.
 * Values are the calculation's own; members of sets are a copy, as they change one by one.
 */
final class NodeState {
  private final Map<StateKey<?>, Object> values = new HashMap<>();
  private boolean inSync;

  /** Applies one change. */
  void accept(StateChange change) {
    switch (change) {
      case StateChange.Put<?>(StateKey<?> key, Object value) -> {
        switch (key) {
          case SetId _ -> values.put(key, new SetMembers((AddressSet) value));
          case Endpoint _, PolicyId _, ProfileId _ -> values.put(key, value);
          case StateKey.HostEndpoint _,
              StateKey.PoolId _,
              StateKey.NodeIp _,
              StateKey.FloatingIpId _,
              StateKey.CodePointId _,
              StateKey.ServiceRangeId _,
              StateKey.Routing<?> _ -> {}
        }
      }
      case StateChange.Removed(StateKey<?> key) -> values.remove(key);
      case StateChange.MembersChanged(SetId id, var added, var removed) -> {
        Set<AddressSet.Member> members = get(id, SetMembers.class).members;
        members.removeAll(removed);
        members.addAll(added);
      }
      case StateChange.InSync _ -> inSync = true;
    }
  }

  boolean inSync() {
    return inSync;
  }

  /**
   * An endpoint and all that it refers to, each after what it refers to.
   *
   * @return empty if there is no such endpoint
   */
  Map<StateKey<?>, Object> closure(Endpoint id) {
    LocalEndpoint endpoint = (LocalEndpoint) values.get(id);
    if (endpoint == null) {
      return Map.of();
    }
    Map<StateKey<?>, Object> rules = new LinkedHashMap<>();
    Map<StateKey<?>, Object> out = new LinkedHashMap<>();
    for (PolicyId policyId : policies(endpoint)) {
      Policy policy = get(policyId, Policy.class);
      rules.put(policyId, policy);
      sets(policy.ingress(), out);
      sets(policy.egress(), out);
    }
    for (ProfileId profileId : endpoint.profiles()) {
      ProfileRules profile = get(profileId, ProfileRules.class);
      rules.put(profileId, profile);
      sets(profile.ingress(), out);
      sets(profile.egress(), out);
    }
    out.putAll(rules);
    out.put(id, endpoint);
    return out;
  }

  private static Collection<PolicyId> policies(LocalEndpoint endpoint) {
    Set<PolicyId> ids = new LinkedHashSet<>();
    for (TierPolicies tier : endpoint.tiers()) {
      ids.addAll(tier.ingress());
      ids.addAll(tier.egress());
    }
    return ids;
  }

  private void sets(List<ResolvedRule> rules, Map<StateKey<?>, Object> out) {
    for (ResolvedRule rule : rules) {
      sets(rule.source(), out);
      sets(rule.destination(), out);
    }
  }

  private void sets(ResolvedRule.Side side, Map<StateKey<?>, Object> out) {
    for (List<SetId> ids :
        List.of(
            side.sets(),
            side.notSets(),
            side.namedPortSets(),
            side.notNamedPortSets(),
            side.ipPortSets())) {
      for (SetId id : ids) {
        out.put(id, get(id, SetMembers.class));
      }
    }
  }

  private <T> T get(StateKey<?> key, Class<T> type) {
    @Nullable Object value = values.get(key);
    if (value == null) {
      throw new IllegalStateException(key + " is referred to, but is not there");
    }
    return type.cast(value);
  }
}
