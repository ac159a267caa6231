package calico.benchmarks.connections;

import calico.felix.dataplane.Dataplane;
import calico.felix.dataplane.DataplaneConfig;
import calico.felix.dataplane.StatusListener;
import calico.felix.monitor.DataplaneMetrics;
import calico.felix.rules.RulesConfig;
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
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Sends SYNs from workload a to workload b, which has some policies of ten rules; only the last
 * rule of the last policy lets them pass.
 */
public final class ConnectionBenchmark {
  private static final int SETS = 50;
  private static final int MEMBERS = 200;
  private static final int FLOWS = 8000;
  private static final int ROUNDS = 7;
  private static final String A = "10.65.0.1";
  private static final String B = "10.65.0.2";
  private static final StateKey.ProfileId OPEN = new StateKey.ProfileId("open");
  private static final StateKey.SetId CLIENTS = set(SETS);

  private final String flood;
  private final String from;
  private final String to;

  /** What is in the kernel. */
  private final Set<StateKey<?>> present = new HashSet<>();

  private ConnectionBenchmark(String flood, String from, String to) {
    this.flood = flood;
    this.from = from;
    this.to = to;
  }

  /** FLOOD NAMESPACE_OF_A NAMESPACE_OF_B [POLICIES]... */
  public static void main(String[] args) throws Exception {
    ConnectionBenchmark benchmark = new ConnectionBenchmark(args[0], args[1], args[2]);
    List<Integer> counts = new ArrayList<>();
    for (int i = 3; i < args.length; i++) {
      counts.add(Integer.valueOf(args[i]));
    }
    benchmark.run(counts.isEmpty() ? List.of(1, 10, 50, 100, 200, 500) : counts);
    System.exit(0);
  }

  private void run(List<Integer> counts) throws Exception {
    System.out.printf("%-10s %8s %10s %10s %10s%n", "", "policies", "allowed ns", "denied ns", "passed");
    measure("no rules", 0, true);
    for (int tableFrom : List.of(Integer.MAX_VALUE, 16)) {
      RulesConfig rules = RulesConfig.defaults().withTableFrom(tableFrom);
      present.clear();
      try (Dataplane dataplane =
          new Dataplane(
              DataplaneConfig.defaults().withRules(rules), new Silent(), new DataplaneMetrics())) {
        dataplane.start();
        for (int policies : counts) {
          apply(dataplane, policies);
          measure(tableFrom == 16 ? "tables" : "tried", policies, false);
        }
      }
    }
  }

  private static final class Silent implements StatusListener {
    @Override
    public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {}

    @Override
    public void removed(StateKey.EndpointKey<?> endpoint) {}
  }

  private void measure(String how, int policies, boolean open) throws Exception {
    long before = received();
    long allowed = median(8080);
    long passed = received() - before;
    if (passed < (long) FLOWS * ROUNDS) {
      throw new IllegalStateException(passed + " passed of " + FLOWS * ROUNDS);
    }
    before = received();
    long denied = median(9999);
    if (!open && received() - before > 100) {
      throw new IllegalStateException(received() - before + " passed that are denied");
    }
    System.out.printf("%-10s %8d %10d %10d %10d%n", how, policies, allowed, denied, passed);
  }

  private long median(int port) throws Exception {
    List<Long> rounds = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      String first = String.valueOf(1024 + round * FLOWS);
      rounds.add(
          Long.parseLong(
              output("ip", "netns", "exec", from, flood, A, B, "" + port, first, "" + FLOWS)));
      Thread.sleep(200);
    }
    rounds.sort(null);
    return rounds.get(ROUNDS / 2);
  }

  private long received() throws Exception {
    return Long.parseLong(
        output("ip", "netns", "exec", to, "cat", "/sys/class/net/eth0/statistics/rx_packets"));
  }

  private static String output(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes()).trim();
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + process.exitValue());
    }
    return output;
  }

  private void apply(Dataplane dataplane, int policies) throws Exception {
    List<StateChange> changes = new ArrayList<>();
    Set<StateKey<?>> wanted = new HashSet<>();
    for (int s = 0; s < SETS; s++) {
      Set<AddressSet.Member> members = new HashSet<>();
      for (int i = 0; i < MEMBERS; i++) {
        members.add(member(Ip.parse("10.66.0.0").plus(s * MEMBERS + i)));
      }
      put(changes, wanted, set(s), new AddressSet(AddressSet.Type.NETS, members));
    }
    put(
        changes,
        wanted,
        CLIENTS,
        new AddressSet(AddressSet.Type.NETS, Set.of(member(Ip.parse(A)))));
    List<StateKey.PolicyId> ids = new ArrayList<>();
    for (int p = 0; p < policies; p++) {
      List<ResolvedRule> rules = new ArrayList<>();
      for (int r = 0; r < 10; r++) {
        boolean last = p == policies - 1 && r == 9;
        rules.add(last ? rule(CLIENTS, 8080) : rule(set((p + r) % SETS), 2000 + r));
      }
      StateKey.PolicyId id = new StateKey.PolicyId("GlobalNetworkPolicy", "", "p" + p);
      ids.add(id);
      put(changes, wanted, id, new Policy(rules, List.of()));
    }
    List<ResolvedRule> all = List.of(rule(null, 0));
    put(changes, wanted, OPEN, new ProfileRules(all, all));
    put(changes, wanted, endpoint("a"), local("a", A, List.of()));
    List<TierPolicies> tiers = List.of(new TierPolicies("default", false, ids, List.of()));
    put(changes, wanted, endpoint("b"), local("b", B, tiers));
    present.removeAll(wanted);
    present.forEach(key -> changes.add(new StateChange.Removed(key)));
    present.clear();
    present.addAll(wanted);
    changes.add(new StateChange.InSync());
    CompletableFuture<Void> done = new CompletableFuture<>();
    dataplane.apply(changes, () -> done.complete(null));
    done.get(60, TimeUnit.SECONDS);
    Thread.sleep(500);
  }

  private static <V> void put(
      List<StateChange> changes, Set<StateKey<?>> wanted, StateKey<V> key, V value) {
    changes.add(new StateChange.Put<>(key, value));
    wanted.add(key);
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
