package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.rules.RulesConfig.DenyAction;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Ip;
import calico.netlink.Netns;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Host endpoints on the real kernel: a node, a peer on its eth0, and another on its eth1. */
class HostEndpointTest {
  private static final StateKey.HostEndpoint HOST = new StateKey.HostEndpoint("node-eth0");
  private static final StateKey.PolicyId POLICY =
      new StateKey.PolicyId("GlobalNetworkPolicy", "", "host");
  private static final List<TierPolicies> NONE = List.of();

  private final Node node = new Node();
  private final Traffic traffic = node.traffic;
  private final Netns peer = node.lab.netns("peer");
  private final Netns other = node.lab.netns("other");

  @BeforeEach
  void connect() {
    connect("eth0", "peer", "203.0.113", "fd00:71");
    connect("eth1", "other", "192.0.2", "fd00:72");
    node.state.put(Node.endpoint(2), Node.local(2, List.of()));
    node.start();
    node.awaitUp(2);
    for (Netns netns : List.of(node.host, peer, other, node.second)) {
      traffic.serve(netns, 8080);
      traffic.serve(netns, 2379);
      traffic.serve(netns, 22);
    }
  }

  private void connect(String name, String netns, String net4, String net6) {
    Lab.run(
        "ip netns exec " + node.lab.name(netns) + " sysctl -q net.ipv6.conf.default.accept_dad=0");
    node.lab.ip(
        "host", "link add " + name + " type veth peer name eth0 netns " + node.lab.name(netns));
    node.lab.ip("host", "link set " + name + " up");
    node.lab.ip(netns, "link set eth0 up");
    node.lab.ip("host", "addr add " + net4 + ".1/24 dev " + name);
    node.lab.ip("host", "addr add " + net6 + "::1/64 dev " + name + " nodad");
    node.lab.ip(netns, "addr add " + net4 + ".2/24 dev eth0");
    node.lab.ip(netns, "addr add " + net6 + "::2/64 dev eth0 nodad");
    node.lab.ip(netns, "route add default via " + net4 + ".1");
    node.lab.ip(netns, "route add default via " + net6 + "::1");
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static LocalHostEndpoint host(
      String interfaceName,
      List<TierPolicies> normal,
      List<TierPolicies> forward,
      List<TierPolicies> untracked,
      List<TierPolicies> preDnat) {
    return new LocalHostEndpoint(
        interfaceName, List.of(), normal, forward, untracked, preDnat, List.of());
  }

  private static List<TierPolicies> both() {
    return List.of(new TierPolicies("default", false, List.of(POLICY), List.of(POLICY)));
  }

  private static List<TierPolicies> early(boolean egress) {
    return List.of(
        new TierPolicies("default", true, List.of(POLICY), egress ? List.of(POLICY) : List.of()));
  }

  private static ResolvedRule rule(Action action, int protocol, Side source, Side destination) {
    return new ResolvedRule(
        action, null, protocol, null, null, null, source, destination, Map.of());
  }

  private static Side port(int port) {
    return Node.port(port);
  }

  private void apply(LocalHostEndpoint endpoint, Policy policy) {
    node.apply(new StateChange.Put<>(POLICY, policy), new StateChange.Put<>(HOST, endpoint));
  }

  private void awaitState(State state) {
    Lab.await(
        "the host endpoint is " + state + ": " + node.conditions,
        () -> node.conditions.containsKey(HOST) && node.conditions.get(HOST).state() == state);
  }

  @ParameterizedTest
  @ValueSource(strings = {"203.0.113.", "fd00:71::"})
  void withoutPolicyOnlyFailsafesPass(String net) {
    assertTrue(traffic.tcp(peer, net + "1", 8080), "no host endpoint yet");
    node.apply(new StateChange.Put<>(HOST, host("eth0", NONE, NONE, NONE, NONE)));
    awaitState(State.UP);
    assertFalse(traffic.tcp(peer, net + "1", 8080), "in");
    assertFalse(traffic.udp(peer, net + "1", 8080), "in, UDP");
    assertFalse(traffic.tcp(node.host, net + "2", 8080), "out");
    assertTrue(traffic.tcp(peer, net + "1", 22), "failsafe in");
    assertFalse(traffic.tcp(node.host, net + "2", 22), "SSH is no failsafe out");
    assertTrue(traffic.tcp(node.host, net + "2", 2379), "failsafe out");
    assertTrue(traffic.tcp(other, "192.0.2.1", 8080), "another interface");
    assertTrue(traffic.tcp(node.host, "10.65.0.2", 8080), "the host's own workload");
    assertTrue(traffic.tcp(peer, "10.65.0.2", 8080), "forwarded to a workload");
    assertTrue(traffic.tcp(node.second, "203.0.113.2", 8080), "forwarded from a workload");

    node.apply(new StateChange.Removed(HOST));
    assertTrue(traffic.tcp(peer, net + "1", 8080), "no host endpoint any more");
    String ruleset = node.lab.nft("host", "list ruleset");
    assertFalse(ruleset.contains("failsafe"), ruleset);
    assertFalse(ruleset.contains("mangle"), ruleset);
  }

  @ParameterizedTest
  @ValueSource(strings = {"203.0.113.", "fd00:71::"})
  void normalPolicyIsForTheHostItself(String net) {
    apply(
        host("eth0", both(), NONE, NONE, NONE),
        new Policy(
            List.of(rule(Action.ALLOW, 6, Side.ANY, port(8080))),
            List.of(rule(Action.ALLOW, 17, Side.ANY, port(8080)))));
    awaitState(State.UP);
    assertTrue(traffic.tcp(peer, net + "1", 8080), "TCP in");
    assertFalse(traffic.udp(peer, net + "1", 8080), "UDP in");
    assertTrue(traffic.udp(node.host, net + "2", 8080), "UDP out");
    assertFalse(traffic.tcp(node.host, net + "2", 8080), "TCP out");
    assertTrue(traffic.tcp(peer, "10.65.0.2", 8080), "not for what is forwarded");
    assertTrue(traffic.tcp(peer, "192.0.2.2", 22), "not for what is forwarded");
  }

  @ParameterizedTest
  @ValueSource(strings = {"DROP", "REJECT"})
  void egressPolicySeesTheTranslatedDestination(String denyAction) {
    node.stop();
    node.config =
        node.config.withRules(node.config.rules().withDenyAction(DenyAction.valueOf(denyAction)));
    node.start();
    node.lab.nft("host", "add table ip translation");
    node.lab.nft("host", "add chain ip translation out { type nat hook output priority -100 ; }");
    node.lab.nft(
        "host",
        "add rule ip translation out ip daddr 198.51.100.77 tcp dport 80 dnat to 203.0.113.2:8080");
    node.lab.nft(
        "host",
        "add rule ip translation out ip daddr 198.51.100.77 tcp dport 81 dnat to 203.0.113.2:22");
    apply(
        host("eth0", both(), NONE, NONE, NONE),
        new Policy(List.of(), List.of(rule(Action.ALLOW, 6, Side.ANY, port(8080)))));
    awaitState(State.UP);
    assertTrue(traffic.tcp(node.host, "198.51.100.77", 80), "allowed where it goes");
    assertFalse(traffic.tcp(node.host, "198.51.100.77", 81), "denied where it goes");
  }

  @Test
  void forwardPolicyIsForWhatPassesThrough() {
    Side workload = nets("10.65.0.2/32");
    apply(
        host("eth0", NONE, both(), NONE, NONE),
        new Policy(
            List.of(
                rule(Action.ALLOW, 6, Side.ANY, port(8080)),
                rule(Action.DENY, 6, Side.ANY, workload)),
            List.of(rule(Action.ALLOW, 6, Side.ANY, port(22)))));
    awaitState(State.UP);
    assertTrue(traffic.tcp(peer, "10.65.0.2", 8080), "to a workload");
    assertFalse(traffic.tcp(peer, "10.65.0.2", 2379), "to a workload, no failsafes");
    assertTrue(traffic.tcp(peer, "192.0.2.2", 8080), "through the host");
    assertFalse(traffic.tcp(peer, "192.0.2.2", 22), "through the host");
    assertTrue(traffic.tcp(node.second, "203.0.113.2", 22), "from a workload");
    assertFalse(traffic.tcp(node.second, "203.0.113.2", 8080), "from a workload");
    assertFalse(traffic.tcp(other, "203.0.113.2", 8080), "through the host, out of eth0");
    assertTrue(traffic.tcp(other, "10.65.0.2", 2379), "by another interface");
    assertTrue(traffic.tcp(node.host, "10.65.0.2", 2379), "from the host to its own workload");
  }

  private static Side nets(String net) {
    return new Side(
        List.of(Cidr.parse(net)),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"eth0", "*"})
  void preDnatPolicySeesWhatTheSenderSent(String interfaceName) {
    node.lab.nft("host", "add table ip translation");
    node.lab.nft(
        "host", "add chain ip translation pre { type nat hook prerouting priority -100 ; }");
    for (int port : new int[] {9000, 9001}) {
      node.lab.nft(
          "host",
          "add rule ip translation pre ip daddr 203.0.113.1 tcp dport "
              + port
              + " dnat to 10.65.0.2:8080");
    }
    assertTrue(traffic.tcp(peer, "203.0.113.1", 9000), "the test's translation");
    apply(
        host(interfaceName, NONE, NONE, NONE, early(false)),
        new Policy(
            List.of(
                rule(Action.ALLOW, 6, Side.ANY, port(9001)),
                rule(Action.ALLOW, 17, Side.ANY, port(8080)),
                rule(Action.DENY, 6, Side.ANY, port(9000))),
            List.of()));
    awaitState(State.UP);
    assertFalse(traffic.tcp(peer, "203.0.113.1", 9000), "denied before translation");
    assertTrue(traffic.tcp(peer, "203.0.113.1", 9001), "allowed before translation");
    assertTrue(traffic.tcp(peer, "10.65.0.2", 8080), "not governed");
    assertTrue(traffic.udp(peer, "203.0.113.1", 8080), "allowed: no normal policy after it");
    assertFalse(traffic.tcp(peer, "203.0.113.1", 8080), "undecided: normal policy after it");
  }

  @Test
  void untrackedPolicyNeedsRulesForBothWays() {
    node.lab.nft("host", "add table ip probe");
    node.lab.nft("host", "add chain ip probe in { type filter hook input priority 10 ; }");
    node.lab.nft("host", "add rule ip probe in tcp dport 8080 ct state untracked counter accept");
    ResolvedRule in = rule(Action.ALLOW, 6, Side.ANY, port(8080));
    ResolvedRule out = rule(Action.ALLOW, 6, port(8080), Side.ANY);
    apply(host("eth0", NONE, NONE, early(true), NONE), new Policy(List.of(in), List.of(out)));
    awaitState(State.UP);
    assertTrue(traffic.tcp(peer, "203.0.113.1", 8080), "both ways");
    assertFalse(traffic.tcp(node.host, "203.0.113.2", 8080), "the host is no client");
    assertTrue(traffic.tcp(peer, "203.0.113.1", 22), "a failsafe is tracked as ever");
    assertTrue(traffic.tcp(node.host, "203.0.113.2", 2379), "a failsafe out is tracked as ever");
    assertFalse(
        node.lab.nft("host", "list chain ip probe in").contains("counter packets 0 "),
        "the connection was tracked");
    apply(host("eth0", NONE, NONE, early(true), NONE), new Policy(List.of(in), List.of()));
    assertFalse(traffic.tcp(peer, "203.0.113.1", 8080), "no way back");
  }

  @Test
  void anyInterfaceIsOneWithoutItsOwn() {
    StateKey.HostEndpoint any = new StateKey.HostEndpoint("any");
    StateKey.PolicyId ssh = new StateKey.PolicyId("GlobalNetworkPolicy", "", "ssh");
    node.apply(
        new StateChange.Put<>(
            POLICY, new Policy(List.of(rule(Action.ALLOW, 6, Side.ANY, port(8080))), List.of())),
        new StateChange.Put<>(ssh, new Policy(List.of(), List.of())),
        new StateChange.Put<>(any, host("*", both(), NONE, NONE, NONE)),
        new StateChange.Put<>(HOST, host("eth1", NONE, NONE, NONE, NONE)));
    awaitState(State.UP);
    Lab.await("any is up", () -> Condition.UP.equals(node.conditions.get(any)));
    assertTrue(traffic.tcp(peer, "203.0.113.1", 8080), "the policy of any interface");
    assertFalse(traffic.udp(peer, "203.0.113.1", 8080), "the policy of any interface");
    assertFalse(traffic.tcp(node.host, "203.0.113.2", 8080), "the policy of any interface");
    assertFalse(traffic.tcp(other, "192.0.2.1", 8080), "an interface with its own");
    assertTrue(traffic.tcp(node.second, "203.0.113.2", 8080), "workloads are no interfaces");
    assertTrue(traffic.tcp(node.host, "10.65.0.2", 8080), "workloads are no interfaces");
    node.apply(new StateChange.Removed(HOST));
    assertTrue(traffic.tcp(other, "192.0.2.1", 8080), "falls to any interface");
  }

  @Test
  void anAddressTellsWhichInterfaceIsMeant() {
    Ip later = Ip.parse("203.0.113.9");
    node.apply(
        new StateChange.Put<>(
            HOST, new LocalHostEndpoint("", List.of(later), NONE, NONE, NONE, NONE, List.of())));
    awaitState(State.ERROR);
    assertTrue(traffic.tcp(peer, "203.0.113.1", 8080), "not its interface yet");
    node.lab.ip("host", "addr add 203.0.113.9/24 dev eth0");
    awaitState(State.UP);
    assertFalse(traffic.tcp(peer, "203.0.113.1", 8080), "its interface");
    node.lab.ip("host", "addr del 203.0.113.9/24 dev eth0");
    awaitState(State.ERROR);
    assertTrue(traffic.tcp(peer, "203.0.113.1", 8080), "its interface no more");
    node.lab.ip("host", "addr add 203.0.113.9/24 dev eth1");
    awaitState(State.UP);
    assertFalse(traffic.tcp(other, "192.0.2.1", 8080), "its interface");
  }

  @Test
  void theFirstOfSeveralCountsAndANameGuardsAheadOfItsInterface() {
    StateKey.HostEndpoint second = new StateKey.HostEndpoint("z");
    node.apply(
        new StateChange.Put<>(HOST, host("eth9", NONE, NONE, NONE, NONE)),
        new StateChange.Put<>(second, host("eth0", NONE, NONE, NONE, NONE)));
    awaitState(State.ERROR);
    Lab.await("the other is up", () -> Condition.UP.equals(node.conditions.get(second)));
    node.apply(new StateChange.Put<>(HOST, host("eth0", NONE, NONE, NONE, NONE)));
    awaitState(State.UP);
    Condition condition = node.conditions.get(second);
    assertTrue(condition != null && condition.state() == State.ERROR, "two on one interface");
    node.lab.ip("host", "link set eth1 name eth9");
    node.apply(new StateChange.Put<>(second, host("eth9", NONE, NONE, NONE, NONE)));
    node.lab.ip("host", "link set eth0 down");
    awaitState(State.DOWN);
    node.apply(new StateChange.Removed(HOST));
    Lab.await("it is forgotten", () -> !node.conditions.containsKey(HOST));
  }
}
