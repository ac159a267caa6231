package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey;
import calico.model.resource.Port;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A rule of 40 ranges of ports on the real kernel, tried and as a table. */
class PortRangesTest {
  private static final int RANGES = 40;
  private static final int FIRST = 10_000;
  private static final int APART = 100;
  private static final StateKey.PolicyId POLICY =
      new StateKey.PolicyId("NetworkPolicy", "shop", "ranges");

  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  /** 10000 to 10009, 10100 to 10109, and so on. */
  private static Side ranges() {
    List<Port> ports =
        IntStream.range(0, RANGES)
            .map(i -> FIRST + APART * i)
            .mapToObj(min -> Port.range(min, min + 9))
            .toList();
    return new Side(
        List.of(), List.of(), List.of(), List.of(), ports, List.of(), List.of(), List.of(),
        List.of());
  }

  /** Tried, and looked up in rows of ports and of services. */
  @ParameterizedTest
  @CsvSource({Integer.MAX_VALUE + ",0", "0,0", "0,64"})
  void eachPassesWithItsEndsAndNothingBetween(int from, int maxServices) {
    RulesConfig.Tables tables = new RulesConfig.Tables(from, maxServices);
    node.config = node.config.withRules(RulesConfig.defaults().withTables(tables));
    node.state.put(
        POLICY,
        new Policy(
            List.of(Node.rule(Side.ANY, ranges(), 6), Node.rule(Side.ANY, ranges(), 17)),
            List.of()));
    node.state.put(
        Node.endpoint(2),
        Node.local(2, List.of(new TierPolicies("default", false, List.of(POLICY), List.of()))));
    node.start();
    node.awaitUp(2);
    int last = FIRST + APART * (RANGES - 1);
    for (int inside : new int[] {FIRST, FIRST + 9, FIRST + 20 * APART + 5, last, last + 9}) {
      assertPasses(inside, true);
    }
    for (int outside : new int[] {FIRST - 1, FIRST + 10, FIRST + APART - 1, last + 10}) {
      assertPasses(outside, false);
    }
  }

  private void assertPasses(int port, boolean passes) {
    node.traffic.serve(node.second, port);
    for (String address : List.of("10.65.0.2", "fd00:65::2")) {
      if (passes) {
        assertTrue(node.traffic.tcp(node.first, address, port), address + " TCP " + port);
        assertTrue(node.traffic.udp(node.first, address, port), address + " UDP " + port);
      } else {
        assertFalse(node.traffic.tcp(node.first, address, port), address + " TCP " + port);
        assertFalse(node.traffic.udp(node.first, address, port), address + " UDP " + port);
      }
    }
  }
}
