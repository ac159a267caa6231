package calico.felix.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.dataplane.RenderedTable;
import calico.felix.rules.RulesConfig.EndpointToHost;
import calico.felix.rules.RulesConfig.Tables;
import calico.felix.state.StateKey;
import calico.model.Family;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.junit.jupiter.api.RepeatedTest;

/** Random policies and packets: the rendered rules decide as the state records say. */
class PolicySemanticsTest {
  @RepeatedTest(300)
  void rulesThatAreTriedDecideAsThePolicySays() {
    decidesAsThePolicySays(RandomState::new, Tables.NONE);
  }

  @RepeatedTest(300)
  void tablesDecideAsThePolicySays() {
    decidesAsThePolicySays(RandomState::ofTables, new Tables(0, 64));
  }

  @RepeatedTest(300)
  void tablesWithRowsOfPortsDecideAsThePolicySays() {
    decidesAsThePolicySays(RandomState::ofTables, new Tables(0, 0));
  }

  private static void decidesAsThePolicySays(
      Function<Random, RandomState> generators, Tables tables) {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    RandomState generator = generators.apply(random);
    Map<StateKey<?>, Object> state = generator.state();
    PolicyOracle oracle = new PolicyOracle(state, RandomState.FAILSAFES);
    RulesConfig accept =
        RulesConfig.defaults()
            .withEndpointToHost(EndpointToHost.ACCEPT)
            .withFailsafes(RandomState.FAILSAFES)
            .withTables(tables);
    NftMachine ipv4 = machine(Family.IPV4, accept, state);
    NftMachine ipv6 = machine(Family.IPV6, accept, state);
    for (int i = 0; i < 200; i++) {
      Packet packet = generator.packet();
      NftMachine machine = packet.family() == Family.IPV4 ? ipv4 : ipv6;
      String where = "seed " + seed + " " + packet + "\n" + state;
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
