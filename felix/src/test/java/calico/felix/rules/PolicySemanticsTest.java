package calico.felix.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.dataplane.RenderedTable;
import calico.felix.rules.RulesConfig.EndpointToHost;
import calico.felix.rules.RulesConfig.Tables;
import calico.felix.state.StateKey;
import calico.model.Family;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;

/** Random policies and packets: the rendered rules decide as the state records say. */
class PolicySemanticsTest {
  private static final int PACKETS = 200;

  /** Tried, as tables, and as tables with rows of ranges. */
  private static final List<Tables> WAYS =
      List.of(Tables.NONE, new Tables(0, 64), new Tables(0, 0));

  @RepeatedTest(500)
  void policiesDecideAsTheySayTriedOrAsTables() {
    decideAsTheySay(RandomState::new);
  }

  /** Nothing that only rules can look at. */
  @RepeatedTest(500)
  void policiesThatTablesHoldDecideAsTheySayTriedOrAsTables() {
    decideAsTheySay(RandomState::ofTables);
  }

  private static void decideAsTheySay(Function<Random, RandomState> generators) {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    RandomState generator = generators.apply(random);
    Map<StateKey<?>, Object> state = generator.state();
    List<Packet> packets = Stream.generate(generator::packet).limit(PACKETS).toList();
    long flags = random.nextLong();
    for (Tables tables : WAYS) {
      decidesAsThePolicySays(state, packets, new Random(flags), tables, "seed " + seed);
    }
  }

  private static void decidesAsThePolicySays(
      Map<StateKey<?>, Object> state,
      List<Packet> packets,
      Random random,
      Tables tables,
      String seed) {
    PolicyOracle oracle = new PolicyOracle(state, RandomState.FAILSAFES);
    RulesConfig accept =
        RulesConfig.defaults()
            .withEndpointToHost(EndpointToHost.ACCEPT)
            .withFailsafes(RandomState.FAILSAFES)
            .withTables(tables);
    NftMachine ipv4 = machine(Family.IPV4, accept, state);
    NftMachine ipv6 = machine(Family.IPV6, accept, state);
    for (Packet packet : packets) {
      NftMachine machine = packet.family() == Family.IPV4 ? ipv4 : ipv6;
      String where = seed + " " + tables + " " + packet + "\n" + state;
      machine.translated = random.nextBoolean();
      machine.overRate = oracle.overRate = random.nextInt(4) == 0;
      machine.overConnections = oracle.overConnections = random.nextInt(4) == 0;
      assertEquals(
          oracle.forwards(packet),
          machine.accepts(
              packet,
              "raw-PREROUTING-host",
              "mangle-PREROUTING",
              "filter-FORWARD-rate",
              "filter-FORWARD",
              "filter-FORWARD-host",
              "mangle-POSTROUTING"),
          where);
      machine.accepts(packet, "mangle-POSTROUTING-dscp");
      assertEquals(oracle.codePoint(packet), machine.codePoint, where);
      Packet in = packet.with(packet.input(), "");
      assertEquals(
          oracle.receives(in),
          machine.accepts(
              in,
              "raw-PREROUTING-host",
              "mangle-PREROUTING",
              "filter-INPUT-rate",
              "filter-INPUT",
              "filter-INPUT-host"),
          where);
      Packet out = packet.with("", packet.output());
      assertEquals(
          oracle.sends(out),
          machine.accepts(out, "raw-OUTPUT", "filter-OUTPUT", "mangle-POSTROUTING"),
          where);
    }
  }

  private static NftMachine machine(
      Family family, RulesConfig config, Map<StateKey<?>, Object> state) {
    return new NftMachine(RenderedTable.of(new NftRenderer(family, config), state));
  }
}
