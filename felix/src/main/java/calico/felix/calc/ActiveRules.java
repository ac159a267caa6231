package calico.felix.calc;

import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.felix.state.StateKey.PolicyId;
import calico.felix.state.StateKey.ProfileId;
import calico.felix.state.StateKey.SetId;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** The rules of the policies and profiles that this node needs, and their references to sets. */
final class ActiveRules {
  private final AddressSets sets;
  private final Emission<PolicyId, Policy> policies = new Emission<>();
  private final Emission<ProfileId, ProfileRules> profiles = new Emission<>();
  private final Map<StateKey<?>, Set<SetId>> references = new HashMap<>();

  ActiveRules(AddressSets sets) {
    this.sets = sets;
  }

  void put(PolicyId id, RuleResolution rules, Policy policy) {
    refer(id, rules.sets());
    policies.put(id, policy);
  }

  void remove(PolicyId id) {
    refer(id, Map.of());
    policies.remove(id);
  }

  void put(ProfileId id, RuleResolution rules, ProfileRules profile) {
    refer(id, rules.sets());
    profiles.put(id, profile);
  }

  void remove(ProfileId id) {
    refer(id, Map.of());
    profiles.remove(id);
  }

  private void refer(StateKey<?> key, Map<SetId, SetSource> wanted) {
    wanted.values().forEach(sets::reference);
    references.getOrDefault(key, Set.of()).forEach(sets::release);
    if (wanted.isEmpty()) {
      references.remove(key);
    } else {
      references.put(key, Set.copyOf(wanted.keySet()));
    }
  }

  /** How many policies are active. */
  int policies() {
    return policies.size();
  }

  void emitAgain() {
    policies.again();
    profiles.again();
  }

  void flushPuts(Consumer<StateChange> out) {
    policies.flushPuts(out);
    profiles.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    profiles.flushRemovals(out);
    policies.flushRemovals(out);
  }
}
