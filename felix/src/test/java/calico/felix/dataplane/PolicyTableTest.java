package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.RandomState;
import calico.felix.rules.RuleRenderer;
import calico.felix.rules.RulesConfig;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange.MembersChanged;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.reconcile.Backoff;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class PolicyTableTest {
  private RuleRenderer renderer = new NftRenderer(Family.IPV4, RulesConfig.defaults());
  private final FakeTable target = new FakeTable();
  private long now;
  private PolicyTable table = start();

  /** A table in memory. */
  private static final class FakeTable implements Target<NftKey, NftObject> {
    final Map<NftKey, NftObject> objects = new HashMap<>();
    final Set<NftKey> failing = new HashSet<>();
    boolean broken;
    int writes;

    @Override
    public Map<NftKey, NftObject> list() {
      return Map.copyOf(objects);
    }

    @Override
    public Map<NftKey, Exception> apply(Map<NftKey, NftObject> updates, Set<NftKey> deletions)
        throws IOException {
      if (broken) {
        throw new IOException("broken");
      }
      writes++;
      Map<NftKey, Exception> failed = new HashMap<>();
      deletions.forEach(objects::remove);
      updates.forEach(
          (key, object) -> {
            if (failing.contains(key)) {
              failed.put(key, new IOException("refused"));
            } else {
              objects.put(key, object);
            }
          });
      return failed;
    }
  }

  private PolicyTable start() {
    return new PolicyTable(
        renderer,
        new Reconciler<>(target, Duration.ZERO, Backoff.DEFAULT, () -> now, new Random(1)));
  }

  private void put(StateKey<?> key, Object value) {
    RenderedTable.put(table, key, value);
  }

  private Reconciler.Outcome<NftKey> apply() {
    return table.write().getLast();
  }

  private void remove(StateKey<?> key) {
    switch (key) {
      case StateKey.SetId id -> table.removeSet(id);
      case StateKey.PoolId id -> table.pool(id, null);
      case StateKey.NodeIp id -> table.nodeIp(id.ip(), false);
      case StateKey.CodePointId id -> table.codePoint(id, null);
      case StateKey.ServiceRangeId id -> table.serviceRange(id.cidr(), false);
      case StateKey.FloatingIpId id -> table.floatingIp(id, null);
      case StateKey.Routing<?> _ -> {}
      case StateKey.PolicyId id -> table.policy(id, null);
      case StateKey.EndpointKey<?> _, StateKey.ProfileId _ -> table.remove(key);
    }
  }

  /** Of policies that are tried, and that are tables. */
  @RepeatedTest(50)
  void changeByChangeGivesWhatTheWholeStateGives(RepetitionInfo repetition) {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    boolean asTables = repetition.getCurrentRepetition() % 2 == 0;
    RandomState generator = asTables ? RandomState.ofTables(random) : new RandomState(random);
    if (asTables) {
      RulesConfig.Tables all = new RulesConfig.Tables(0, 64);
      renderer = new NftRenderer(Family.IPV4, RulesConfig.defaults().withTables(all));
      table = start();
    }
    Map<StateKey<?>, Object> state = new HashMap<>();
    for (int round = 0; round < 20; round++) {
      if (random.nextInt(5) == 0) {
        table = start();
        state.forEach(this::put);
      }
      Map<StateKey<?>, Object> next = generator.state();
      for (StateKey<?> key : state.keySet()) {
        if (!next.containsKey(key)) {
          remove(key);
        }
      }
      next.forEach((key, value) -> change(key, state.get(key), value, random.nextBoolean()));
      state.clear();
      state.putAll(next);
      table.table().inputInSync();
      table.settle();
      for (NftKey key : table.table().desired().keySet()) {
        if (random.nextInt(20) == 0) {
          target.failing.add(key);
        }
      }
      apply();
      target.failing.clear();
      now += Duration.ofSeconds(20).toNanos();
      assertEquals(Map.of(), apply().failed());
      assertEquals(RenderedTable.of(renderer, state), target.objects, "seed " + seed);
    }
  }

  private void change(
      StateKey<?> key, @org.jspecify.annotations.Nullable Object from, Object to, boolean delta) {
    if (delta
        && key instanceof StateKey.SetId id
        && from instanceof AddressSet a
        && to instanceof AddressSet b) {
      Set<Member> added = new HashSet<>(b.members());
      added.removeAll(a.members());
      Set<Member> removed = new HashSet<>(a.members());
      removed.removeAll(b.members());
      table.members(new MembersChanged(id, added, removed));
    } else {
      put(key, to);
    }
  }

  @Test
  void anEndpointHasAProblemWhileItsPolicyHasOne() {
    StateKey.PolicyId policy = new StateKey.PolicyId("GlobalNetworkPolicy", "", "p");
    StateKey.Endpoint endpoint = new StateKey.Endpoint("k8s", "ns/pod", "eth0");
    NftKey chain = new NftKey.ChainKey("filter-cali-pi-gnp/p");
    target.failing.add(chain);
    table.policy(policy, new Policy(List.of(), List.of()));
    table.endpoint(
        endpoint,
        new LocalEndpoint(
            "cali1",
            null,
            List.of(),
            List.of(new LocalEndpoint.TierPolicies("t", false, List.of(policy), List.of())),
            List.of()));
    apply();
    String problem = table.ledger().problem(endpoint);
    assertNotNull(problem);
    assertEquals("ChainKey[name=filter-cali-pi-gnp/p]: refused", problem);
    assertEquals(Set.of(policy, endpoint), table.ledger().concerned(chain));
    assertEquals(Map.of(policy, "refused"), table.problems());
    target.failing.clear();
    now += Duration.ofSeconds(1).toNanos();
    apply();
    assertNull(table.ledger().problem(endpoint));
    assertEquals(Map.of(), table.problems());
  }

  @Test
  void aSharedChainIsThereWhileAnEndpointRefersToIt() {
    List<StateKey.PolicyId> policies =
        List.of(
            new StateKey.PolicyId("GlobalNetworkPolicy", "", "p"),
            new StateKey.PolicyId("GlobalNetworkPolicy", "", "q"));
    NftKey chain = new NftKey.ChainKey("filter-cali-pi-gnp/q");
    List<StateKey.Endpoint> endpoints = new ArrayList<>();
    for (String name : List.of("a", "b")) {
      StateKey.Endpoint id = new StateKey.Endpoint("k8s", "ns/" + name, "eth0");
      endpoints.add(id);
      table.endpoint(
          id,
          new LocalEndpoint(
              "cali" + name,
              null,
              List.of(),
              List.of(new LocalEndpoint.TierPolicies("t", false, policies, List.of())),
              List.of()));
    }
    policies.forEach(id -> table.policy(id, new Policy(List.of(), List.of())));
    table.table().inputInSync();
    apply();
    assertEquals(1, lists());
    assertNull(table.ledger().problem(endpoints.getFirst()));
    assertTrue(table.ledger().concerned(chain).containsAll(endpoints));
    target.failing.add(chain);
    ResolvedRule all =
        new ResolvedRule(Action.ALLOW, null, null, null, null, null, Side.ANY, Side.ANY, Map.of());
    table.policy(policies.getLast(), new Policy(List.of(all), List.of()));
    apply();
    assertEquals(
        "ChainKey[name=filter-cali-pi-gnp/q]: refused",
        table.ledger().problem(endpoints.getLast()));
    target.failing.clear();
    table.remove(endpoints.getFirst());
    apply();
    assertEquals(1, lists());
    table.remove(endpoints.getLast());
    apply();
    assertEquals(0, lists());
    assertEquals(Set.of(), table.ledger().concerned(chain));
  }

  private long lists() {
    return target.objects.keySet().stream()
        .filter(k -> k instanceof NftKey.ChainKey c && c.name().startsWith("filter-cali-gi-"))
        .count();
  }

  @Test
  void whatCannotBeRenderedIsNotThere() {
    StateKey.Endpoint endpoint = new StateKey.Endpoint("k8s", "ns/pod", "eth0");
    table.endpoint(
        endpoint, new LocalEndpoint("cali-name-too-long", null, List.of(), List.of(), List.of()));
    apply();
    assertEquals("not rendered", table.ledger().problem(endpoint));
  }

  /**
   * While it cannot be written, nothing that packets are led to yet goes ahead of its successor.
   */
  @Test
  void whatWasReplacedGoesWhenItsSuccessorIsThere() {
    RulesConfig.Tables all = new RulesConfig.Tables(0, 64);
    renderer = new NftRenderer(Family.IPV4, RulesConfig.defaults().withTables(all));
    table = start();
    table.table().inputInSync();
    swap("a", "b");
    apply();
    target.writes = 0;
    swap("b", "a");
    apply();
    assertEquals(2, target.writes);
    target.broken = true;
    swap("a", "b");
    assertNotNull(apply().broken());
    target.broken = false;
    target.writes = 0;
    apply();
    assertEquals(0, target.writes, "it waits");
    now += Duration.ofSeconds(20).toNanos();
    apply();
    assertEquals(2, target.writes);
  }

  /** Another policy, with a set of its own, for the only endpoint. */
  private void swap(String from, String to) {
    StateKey.SetId set = new StateKey.SetId("s:" + to);
    put(
        set,
        new AddressSet(AddressSet.Type.NETS, Set.of(new Member.Net(Cidr.parse("10.0.0.1/32")))));
    StateKey.PolicyId policy = new StateKey.PolicyId("GlobalNetworkPolicy", "", to);
    table.policy(policy, new Policy(List.of(Node.rule(Node.from(set), Side.ANY, 6)), List.of()));
    table.endpoint(
        new StateKey.Endpoint("k8s", "ns/pod", "eth0"),
        new LocalEndpoint(
            "cali1",
            null,
            List.of(),
            List.of(new LocalEndpoint.TierPolicies("t", false, List.of(policy), List.of())),
            List.of()));
    remove(new StateKey.PolicyId("GlobalNetworkPolicy", "", from));
    remove(new StateKey.SetId("s:" + from));
  }
}
