package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.rules.Packet;
import calico.felix.rules.PolicyOracle;
import calico.felix.rules.RandomState;
import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.Tables;
import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * Random policies on the real kernel: whatever they are, and in whatever order they came, each
 * packet passes that the oracle lets pass, and no other. While one set of policies takes the place
 * of another, what both let pass is not dropped.
 */
class RandomTrafficTest {
  /** {@code -Dstates}: one after the other, in one dataplane. */
  private static final int STATES = Integer.getInteger("states", 120);

  private static final int PACKETS = 60;
  private static final List<Integer> PROTOCOLS = List.of(1, 4, 6, 17, 58, 132);

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random random = new Random(seed);
  private final Switchboard node = new Switchboard();

  @AfterEach
  void close() {
    node.close();
  }

  @Test
  void rulesThatAreTriedDecideAsTheOracleDoes() throws Exception {
    packetsPassIfTheOracleSaysSo(new RandomState(random), Tables.NONE);
  }

  @Test
  void tablesDecideAsTheOracleDoes() throws Exception {
    packetsPassIfTheOracleSaysSo(RandomState.ofTables(random), new Tables(0, 64));
  }

  @Test
  void tablesWithRowsOfPortsDecideAsTheOracleDoes() throws Exception {
    packetsPassIfTheOracleSaysSo(RandomState.ofTables(random), new Tables(0, 0));
  }

  private void packetsPassIfTheOracleSaysSo(RandomState generator, Tables tables) throws Exception {
    System.out.println("RandomTrafficTest -Dseed=" + seed);
    RulesConfig rules =
        RulesConfig.defaults().withFailsafes(RandomState.FAILSAFES).withTables(tables);
    try (Dataplane dataplane = Dataplanes.open(DataplaneConfig.defaults().withRules(rules))) {
      node.host.run(dataplane::start);
      compare(dataplane, generator);
    }
  }

  private void compare(Dataplane dataplane, RandomState generator) throws Exception {
    Map<StateKey<?>, Object> state = Map.of();
    int passed = 0;
    int checked = 0;
    int during = 0;
    for (int i = 0; i < STATES; i++) {
      Map<StateKey<?>, Object> next = state(generator);
      // First all but what is in the sets: see staysOpen.
      Map<StateKey<?>, Object> between = withSetsOf(state, next);
      CompletableFuture<Boolean> done =
          Dataplanes.apply(dataplane, changes(state, between, i == 0));
      during += i == 0 ? 0 : staysOpen(state, between, done);
      done.get(10, TimeUnit.SECONDS);
      Dataplanes.apply(dataplane, changes(between, next, false)).get(10, TimeUnit.SECONDS);
      node.forget();
      state = next;
      PolicyOracle oracle = new PolicyOracle(state, RandomState.FAILSAFES);
      Map<Integer, Packet> sent = new LinkedHashMap<>();
      for (Packet packet : packets()) {
        sent.put(node.send(packet), packet);
      }
      Set<Integer> passing = new HashSet<>(sent.keySet());
      passing.removeIf(mark -> !passes(oracle, Objects.requireNonNull(sent.get(mark))));
      Map<Integer, String> received = node.receive(passing);
      for (Map.Entry<Integer, Packet> e : sent.entrySet()) {
        Packet packet = e.getValue();
        boolean passes = passing.contains(e.getKey());
        String where = "seed " + seed + " state " + i + " " + packet + "\n" + state;
        assertEquals(passes ? packet.output() : null, received.get(e.getKey()), where);
        passed += passes ? 1 : 0;
        checked++;
      }
    }
    System.out.printf(
        "RandomTrafficTest: %d states, %d packets, %d passed; during changes %d, none lost%n",
        STATES, checked, passed, during);
  }

  private static boolean passes(PolicyOracle oracle, Packet packet) {
    boolean workload = packet.input().startsWith("cali");
    int number = Switchboard.INTERFACES.indexOf(packet.input());
    boolean own =
        packet.source().equals(Switchboard.ipv4(number))
            || packet.source().equals(Switchboard.ipv6(number));
    return (!workload || own) && oracle.forwards(packet);
  }

  /**
   * Sends what both states let pass until the change is made, and nothing may be lost; returns how
   * much that was. They do not differ in what is in a set that both have: the kernel puts that into
   * force set by set, and a little after new rules.
   */
  private int staysOpen(
      Map<StateKey<?>, Object> before, Map<StateKey<?>, Object> after, CompletableFuture<?> done) {
    PolicyOracle old = new PolicyOracle(before, RandomState.FAILSAFES);
    PolicyOracle now = new PolicyOracle(after, RandomState.FAILSAFES);
    List<Packet> open = packets();
    // A commit can come between two hooks, and a packet then meets the old rules and the new ones.
    open.removeIf(p -> !passes(old, p) || !passes(now, p) || !now.forwards(p, old));
    int all = 0;
    while (!open.isEmpty() && !done.isDone()) {
      Map<Integer, Packet> sent = new LinkedHashMap<>();
      open.forEach(packet -> sent.put(node.send(packet), packet));
      Map<Integer, String> received = node.receive(sent.keySet());
      for (Map.Entry<Integer, Packet> e : sent.entrySet()) {
        Packet packet = e.getValue();
        assertEquals(
            packet.output(),
            received.get(e.getKey()),
            () -> "dropped during a change: seed " + seed + " " + packet + "\n" + after);
      }
      all += sent.size();
    }
    return all;
  }

  /** The second, but for sets that the first has, too. */
  private static Map<StateKey<?>, Object> withSetsOf(
      Map<StateKey<?>, Object> other, Map<StateKey<?>, Object> state) {
    Map<StateKey<?>, Object> mixed = new HashMap<>(state);
    mixed.replaceAll(
        (key, value) -> value instanceof AddressSet ? other.getOrDefault(key, value) : value);
    return mixed;
  }

  /** Random, with the addresses that the endpoints have here. */
  private Map<StateKey<?>, Object> state(RandomState generator) {
    Map<StateKey<?>, Object> state = new HashMap<>(generator.state());
    state.replaceAll(
        (_, value) -> value instanceof LocalEndpoint endpoint ? withAddresses(endpoint) : value);
    Set<StateKey.SetId> used = new HashSet<>();
    for (Object value : state.values()) {
      switch (value) {
        case Policy policy -> used(policy.ingress(), policy.egress(), used);
        case ProfileRules profile -> used(profile.ingress(), profile.egress(), used);
        default -> {}
      }
    }
    state
        .keySet()
        .removeIf(
            key ->
                (key instanceof StateKey.SetId set && !used.contains(set))
                    // The host has no address that packets could be masqueraded with.
                    || key instanceof StateKey.PoolId);
    return state;
  }

  /** As in a node, there are only the sets that rules refer to. */
  private static void used(
      List<ResolvedRule> ingress, List<ResolvedRule> egress, Set<StateKey.SetId> out) {
    for (List<ResolvedRule> rules : List.of(ingress, egress)) {
      for (ResolvedRule rule : rules) {
        for (ResolvedRule.Side side : List.of(rule.source(), rule.destination())) {
          out.addAll(side.sets());
          out.addAll(side.notSets());
          out.addAll(side.namedPortSets());
          out.addAll(side.notNamedPortSets());
          out.addAll(side.ipPortSets());
        }
      }
    }
  }

  private static LocalEndpoint withAddresses(LocalEndpoint endpoint) {
    int number = Switchboard.INTERFACES.indexOf(endpoint.interfaceName());
    List<Cidr> networks =
        List.of(Switchboard.ipv4(number).toCidr(), Switchboard.ipv6(number).toCidr());
    return new LocalEndpoint(
        endpoint.interfaceName(),
        Switchboard.mac(number).toString(),
        networks,
        endpoint.tiers(),
        endpoint.profiles());
  }

  private static List<StateChange> changes(
      Map<StateKey<?>, Object> before, Map<StateKey<?>, Object> after, boolean first) {
    List<StateChange> changes = new ArrayList<>();
    after.forEach(
        (key, value) -> {
          if (!value.equals(before.get(key))) {
            changes.add(put(key, value));
          }
        });
    before.keySet().stream()
        .filter(key -> !after.containsKey(key))
        .forEach(key -> changes.add(new StateChange.Removed(key)));
    if (first) {
      changes.add(new StateChange.InSync());
    }
    return changes;
  }

  @SuppressWarnings("unchecked") // keys and values are put together
  private static <V> StateChange put(StateKey<V> key, Object value) {
    return new StateChange.Put<>(key, (V) value);
  }

  /** Of flows none of which is another's answer. */
  private List<Packet> packets() {
    List<Packet> packets = new ArrayList<>();
    Set<Set<List<Object>>> flows = new HashSet<>();
    for (int i = 0; i < PACKETS; i++) {
      Packet packet = packet();
      boolean ported = packet.hasPorts();
      List<Object> from = List.of(packet.source(), packet.protocol(), ported ? packet.first() : 0);
      List<Object> to =
          List.of(packet.destination(), packet.protocol(), ported ? packet.second() : 0);
      if (!from.equals(to) && (packet.isIcmp() || flows.add(Set.of(from, to)))) {
        packets.add(packet);
      }
    }
    return packets;
  }

  private Packet packet() {
    boolean ipv4 = random.nextBoolean();
    int from = random.nextInt(Switchboard.INTERFACES.size());
    int to = random.nextInt(Switchboard.INTERFACES.size());
    int source = random.nextInt(5) == 0 ? random.nextInt(6) : from;
    int protocol = PROTOCOLS.get(random.nextInt(PROTOCOLS.size()));
    if (protocol == (ipv4 ? 58 : 1)) {
      protocol = ipv4 ? 1 : 58;
    }
    int[] types = ipv4 ? new int[] {8, 13} : new int[] {128, 139};
    boolean icmp = protocol == 1 || protocol == 58;
    return new Packet(
        Switchboard.INTERFACES.get(from),
        Switchboard.INTERFACES.get(to),
        ip(ipv4, source),
        ip(ipv4, to),
        protocol,
        icmp ? types[random.nextInt(2)] : random.nextInt(6),
        icmp ? random.nextInt(3) : random.nextInt(6));
  }

  private static Ip ip(boolean ipv4, int number) {
    return ipv4 ? Switchboard.ipv4(number) : Switchboard.ipv6(number);
  }
}
