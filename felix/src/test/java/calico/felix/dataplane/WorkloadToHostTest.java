package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.rules.RulesConfig.EndpointToHost;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What decides whether a workload reaches its own host: not host policy, but for one kind. */
class WorkloadToHostTest {
  private static final StateKey.HostEndpoint HOST = new StateKey.HostEndpoint("host");
  private static final StateKey.PolicyId POLICY =
      new StateKey.PolicyId("GlobalNetworkPolicy", "", "host");
  private static final List<TierPolicies> NONE = List.of();

  private final Node node = new Node();

  @BeforeEach
  void serve() {
    node.lab.ip("host", "addr add 10.1.1.1/32 dev lo");
    node.traffic.serve(node.host, 8080);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private void hostEndpoint(String interfaceName, boolean preDnat, Action action) {
    List<TierPolicies> policies =
        List.of(new TierPolicies("default", preDnat, List.of(POLICY), List.of()));
    ResolvedRule rule =
        new ResolvedRule(action, null, null, null, null, null, Side.ANY, Side.ANY, Map.of());
    node.state.put(POLICY, new Policy(List.of(rule), List.of()));
    node.state.put(
        HOST,
        new LocalHostEndpoint(
            interfaceName,
            List.of(),
            preDnat ? NONE : policies,
            NONE,
            NONE,
            preDnat ? policies : NONE,
            List.of()));
  }

  private boolean reaches(EndpointToHost action) {
    node.stop();
    node.config = node.config.withRules(node.config.rules().withEndpointToHost(action));
    node.start();
    node.awaitUp(1);
    return node.traffic.tcp(node.first, "10.1.1.1", 8080);
  }

  @ParameterizedTest
  @EnumSource
  void theActionDecidesAndPolicyBeforeTranslationMayDeny(EndpointToHost action) {
    boolean open = action != EndpointToHost.DROP;
    assertEquals(open, reaches(action), "no host endpoint");
    hostEndpoint("uplink", false, Action.DENY);
    assertEquals(open, reaches(action), "a host endpoint of another interface");
    hostEndpoint("*", false, Action.DENY);
    assertEquals(open, reaches(action), "normal policy of any interface");
    hostEndpoint("*", true, Action.ALLOW);
    assertEquals(open, reaches(action), "allowed before translation");
    node.lab.nft("host", "add table ip theirs");
    node.lab.nft(
        "host", "add chain ip theirs in { type filter hook input priority 10 ; policy drop ; }");
    node.lab.nft("host", "add rule ip theirs in ct state established accept");
    assertEquals(
        false, reaches(action), "an accept of one table does not keep another from dropping");
    node.lab.nft("host", "delete table ip theirs");
    hostEndpoint("*", true, Action.DENY);
    assertEquals(false, reaches(action), "denied before translation");
  }
}
