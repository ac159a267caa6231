package calico.benchmarks.connections;

import calico.felix.dataplane.Dataplane;
import calico.felix.dataplane.DataplaneConfig;
import calico.felix.dataplane.StatusListener;
import calico.felix.monitor.DataplaneMetrics;
import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.Tables;
import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.resource.Port;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a node's rules in its namespace until it is ended. Workload b has some policies of ten
 * rules; only the last rule of the last policy lets a's packets pass.
 */
final class Policies {
  private static final int SETS = 50;
  private static final int MEMBERS = 200;
  private static final StateKey.ProfileId OPEN = new StateKey.ProfileId("open");
  private static final StateKey.SetId CLIENTS = set(SETS);

  private Policies() {}

  /** tried|tables POLICIES; says "ready" when they are in the kernel. */
  public static void main(String[] args) throws Exception {
    Tables tables = args[0].equals("tried") ? Tables.NONE : Tables.USUAL;
    RulesConfig rules = RulesConfig.defaults().withTables(tables);
    try (Dataplane dataplane =
        new Dataplane(
            DataplaneConfig.defaults().withRules(rules), new Silent(), new DataplaneMetrics())) {
      dataplane.start();
      CompletableFuture<Void> done = new CompletableFuture<>();
      dataplane.apply(changes(Integer.parseInt(args[1])), () -> done.complete(null));
      done.get(60, TimeUnit.SECONDS);
      System.out.println("ready");
      Thread.sleep(Long.MAX_VALUE);
    }
  }

  private static final class Silent implements StatusListener {
    @Override
    public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {}

    @Override
    public void removed(StateKey.EndpointKey<?> endpoint) {}
  }

  private static List<StateChange> changes(int policies) {
    List<StateChange> changes = new ArrayList<>();
    for (int s = 0; s < SETS; s++) {
      Set<AddressSet.Member> members = new HashSet<>();
      for (int i = 0; i < MEMBERS; i++) {
        members.add(member(Ip.parse("10.66.0.0").plus(s * MEMBERS + i)));
      }
      put(changes, set(s), new AddressSet(AddressSet.Type.NETS, members));
    }
    put(
        changes,
        CLIENTS,
        new AddressSet(AddressSet.Type.NETS, Set.of(member(Ip.parse(ConnectionBenchmark.A)))));
    List<StateKey.PolicyId> ids = new ArrayList<>();
    for (int p = 0; p < policies; p++) {
      List<ResolvedRule> rules = new ArrayList<>();
      for (int r = 0; r < 10; r++) {
        boolean last = p == policies - 1 && r == 9;
        rules.add(last ? rule(CLIENTS, 8080) : rule(set((p + r) % SETS), 2000 + r));
      }
      StateKey.PolicyId id = new StateKey.PolicyId("GlobalNetworkPolicy", "", "p" + p);
      ids.add(id);
      put(changes, id, new Policy(rules, List.of()));
    }
    List<ResolvedRule> all = List.of(rule(null, 0));
    put(changes, OPEN, new ProfileRules(all, all));
    put(changes, endpoint("a"), local("a", ConnectionBenchmark.A, List.of()));
    List<TierPolicies> tiers = List.of(new TierPolicies("default", false, ids, List.of()));
    put(changes, endpoint("b"), local("b", ConnectionBenchmark.B, tiers));
    changes.add(new StateChange.InSync());
    return changes;
  }

  private static <V> void put(List<StateChange> changes, StateKey<V> key, V value) {
    changes.add(new StateChange.Put<>(key, value));
  }

  private static AddressSet.Member member(Ip ip) {
    return new AddressSet.Member.Net(ip.toCidr());
  }

  private static StateKey.SetId set(int number) {
    return new StateKey.SetId("s:set" + number);
  }

  private static StateKey.Endpoint endpoint(String name) {
    return new StateKey.Endpoint("k8s", "default/" + name, "eth0");
  }

  private static LocalEndpoint local(String name, String address, List<TierPolicies> tiers) {
    return new LocalEndpoint(
        "cali" + name, null, List.of(Cidr.parse(address + "/32")), tiers, List.of(OPEN));
  }

  /** Allows TCP from a set to a port; everything if there is no set. */
  private static ResolvedRule rule(StateKey.SetId from, int port) {
    List<StateKey.SetId> none = List.of();
    Side source =
        from == null
            ? Side.ANY
            : new Side(
                List.of(),
                List.of(),
                List.of(from),
                none,
                List.of(),
                List.of(),
                none,
                none,
                none);
    Side destination =
        from == null
            ? Side.ANY
            : new Side(
                List.of(),
                List.of(),
                none,
                none,
                List.of(Port.of(port)),
                List.of(),
                none,
                none,
                none);
    return new ResolvedRule(
        ResolvedRule.Action.ALLOW,
        null,
        from == null ? null : 6,
        null,
        null,
        null,
        source,
        destination,
        Map.of());
  }
}
