package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.LogLimit;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many packets a Log rule logs: its counter stands between its limit and its log. */
class LogRateTest {
  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  /** Of forty packets. */
  private int logged(RulesConfig rules) {
    ResolvedRule log =
        new ResolvedRule(
            ResolvedRule.Action.LOG, null, null, null, null, null, Side.ANY, Side.ANY, Map.of());
    node.state.put(Node.WEB, new Policy(List.of(log), List.of()));
    node.state.put(
        Node.endpoint(2),
        Node.local(2, List.of(new TierPolicies("t", true, List.of(Node.WEB), List.of()))));
    node.config = node.config.withRules(rules);
    node.start();
    node.awaitUp(1);
    node.awaitUp(2);
    Uplink.count(node.lab, "w2", "every", "udp dport 9999");
    for (int i = 0; i < 40; i++) { // each is a connection of its own
      Uplink.send(node.first, "10.65.0.1", "10.65.0.2", 1);
    }
    Lab.await("all are there", () -> Uplink.counted(node.lab, "w2", "every") == 40);
    String chain = node.lab.nft("host", "list chain ip calico filter-cali-pi-np/shop/web");
    Matcher counter = Pattern.compile("counter packets ([0-9]+)").matcher(chain);
    assertTrue(counter.find(), chain);
    return Integer.parseInt(counter.group(1));
  }

  @Test
  void withoutALimitEveryPacket() {
    assertTrue(logged(RulesConfig.defaults()) == 40);
  }

  @Test
  void withALimitTheBurstAndThenARate() {
    int count = logged(RulesConfig.defaults().withLogLimit(new LogLimit(1, 60, 3)));
    assertTrue(3 <= count && count <= 4, count + " of 40");
  }
}
