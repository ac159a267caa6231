package calico.felix.calc;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.AddressSet;
import calico.felix.state.ClusterRoute;
import calico.felix.state.DesiredState;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A graph and the naive computation side by side. Each flush is checked: in order, nothing
 * dangling, nothing without effect, each key once, and the sum equal to the naive answer.
 */
public final class CheckedGraph {
  private final CalcConfig config;
  private final CalcGraph graph;
  private final DesiredState state = new DesiredState();
  final Snapshot snapshot;
  private boolean inSync;
  private boolean inSyncSeen;

  public CheckedGraph(String node, Predicate<Resource<?>> valid) {
    this(new CalcConfig(node, valid));
  }

  CheckedGraph(CalcConfig config) {
    this.config = config;
    this.graph = new CalcGraph(config);
    this.snapshot = new Snapshot(config.valid());
  }

  /** In sync from the start, with what some YAML says. */
  public static CheckedGraph of(String node, String yaml) {
    CheckedGraph graph = new CheckedGraph(node, _ -> true);
    graph.inSync();
    graph.apply(yaml);
    return graph;
  }

  public <V> void update(Key<V> key, @Nullable V value) {
    graph.onUpdate(key, value);
    snapshot.put(key, value);
  }

  /** Puts each resource, and flushes. */
  List<StateChange> apply(String yaml) {
    Yamls.resources(yaml).forEach(r -> put(r, true));
    return flush();
  }

  /** Deletes each resource, and flushes. */
  List<StateChange> delete(String yaml) {
    remove(yaml);
    return flush();
  }

  /** Deletes each resource. */
  void remove(String yaml) {
    Yamls.resources(yaml).forEach(r -> put(r, false));
  }

  private <S> void put(Resource<S> resource, boolean present) {
    update(ResourceKey.of(resource), present ? resource : null);
  }

  public void inSync() {
    inSync = true;
    graph.onInSync();
  }

  public Map<StateKey<?>, Object> state() {
    return state.values();
  }

  /** The value of a key that is there. */
  @SuppressWarnings("unchecked") // a key is stored with a value of its type
  public <V> V value(StateKey<V> key) {
    return (V) requireNonNull(state.values().get(key), key::toString);
  }

  /** The profiles that there are, each with the labels that it gives. */
  public Map<String, Map<String, String>> profiles() {
    Map<String, Map<String, String>> labels = new HashMap<>();
    for (var profile : snapshot.all(Kinds.PROFILE)) {
      labels.put(
          profile.metadata().name(),
          requireNonNullElse(profile.spec().labelsToApply(), Map.<String, String>of()));
    }
    return labels;
  }

  boolean remembersNothing() {
    return graph.isEmpty();
  }

  /** Who comes later is given everything. */
  void tellAgain() {
    flush();
    state.values().clear();
    inSyncSeen = false;
    graph.emitAgain();
    flush();
  }

  public List<StateChange> flush() {
    List<StateChange> changes = new ArrayList<>();
    graph.flush(changes::add);
    if (!inSync) {
      assertEquals(List.of(), changes);
      return changes;
    }
    Set<Object> seen = new HashSet<>();
    for (StateChange change : changes) {
      assertTrue(seen.add(key(change)), () -> "twice in one flush: " + change);
      check(change);
      state.accept(change);
    }
    assertEquals(Resolver.resolve(snapshot, config).values(), state.values());
    graph.flush(c -> assertEquals(null, c, "nothing has changed"));
    return changes;
  }

  private static Object key(StateChange change) {
    return switch (change) {
      case StateChange.Put<?> put -> put.key();
      case StateChange.Removed removed -> removed.key();
      case StateChange.MembersChanged m -> m.set();
      case StateChange.InSync _ -> "in sync";
    };
  }

  private void check(StateChange change) {
    switch (change) {
      case StateChange.Put<?> put -> {
        assertNotEquals(put.value(), state.values().get(put.key()), () -> "no change: " + put);
        for (StateKey<?> used : references(put.key(), put.value())) {
          assertTrue(state.values().containsKey(used), () -> used + " is missing for " + put);
        }
      }
      case StateChange.Removed removed -> {
        assertTrue(state.values().containsKey(removed.key()), removed::toString);
        state
            .values()
            .forEach(
                (k, v) -> {
                  if (!k.equals(removed.key())) {
                    assertFalse(
                        references(k, v).contains(removed.key()), () -> k + " needs " + removed);
                  }
                });
      }
      case StateChange.MembersChanged m -> {
        Set<AddressSet.Member> members = members(m.set());
        assertTrue(members.containsAll(m.removed()), m::toString);
        assertTrue(m.added().stream().noneMatch(members::contains), m::toString);
        assertFalse(m.added().isEmpty() && m.removed().isEmpty(), m::toString);
      }
      case StateChange.InSync _ -> {
        assertFalse(inSyncSeen);
        inSyncSeen = true;
      }
    }
  }

  Set<AddressSet.Member> members(StateKey.SetId id) {
    return ((AddressSet) requireNonNull(state.values().get(id), id::toString)).members();
  }

  private static List<? extends StateKey<?>> references(StateKey<?> key, Object value) {
    return key instanceof StateKey.WireguardRouteId id
            && value instanceof ClusterRoute.Wireguard route
        ? List.of(new StateKey.WireguardPeerId(id.destination().family(), route.node()))
        : references(value);
  }

  public static List<? extends StateKey<?>> references(Object value) {
    return switch (value) {
      case Policy p -> sets(p.ingress(), p.egress());
      case ProfileRules p -> sets(p.ingress(), p.egress());
      case LocalEndpoint e -> Stream.concat(e.profiles().stream(), policies(e.tiers())).toList();
      case LocalHostEndpoint e ->
          Stream.concat(
                  e.profiles().stream(),
                  Stream.of(e.normal(), e.forward(), e.untracked(), e.preDnat())
                      .flatMap(CheckedGraph::policies))
              .toList();
      default -> List.of();
    };
  }

  private static Stream<StateKey.PolicyId> policies(List<TierPolicies> tiers) {
    return tiers.stream()
        .flatMap(t -> Stream.of(t.ingress(), t.egress()))
        .flatMap(Collection::stream);
  }

  private static List<StateKey.SetId> sets(List<ResolvedRule> ingress, List<ResolvedRule> egress) {
    return Stream.concat(ingress.stream(), egress.stream())
        .flatMap(r -> Stream.of(r.source(), r.destination()))
        .flatMap(
            s ->
                Stream.of(
                    s.sets(), s.notSets(), s.namedPortSets(), s.notNamedPortSets(), s.ipPortSets()))
        .flatMap(Collection::stream)
        .toList();
  }
}
