package calico.felix.calc;

import static calico.felix.calc.Yamls.document;
import static calico.felix.calc.Yamls.globalPolicy;
import static calico.felix.calc.Yamls.pod;
import static calico.felix.calc.Yamls.profile;
import static calico.felix.calc.Yamls.tier;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.StateKey;
import calico.model.config.FelixConfig;
import calico.model.config.Source;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Which policies get to a host endpoint and how, and what is said of a flow that meets one. */
class HostEndpointCalcTest {
  private static final StateKey.HostEndpoint ID = new StateKey.HostEndpoint("n1-eth0");
  private static final String NODES =
      document("Node", "{name: n1}", "bgp: {ipv4Address: 192.168.0.1/24}")
          + document("Node", "{name: n2}", "bgp: {ipv4Address: 192.168.0.2/24}");
  private static final String HOST = host("n1-eth0", "n1", "192.168.0.1", "role: node");

  private static String host(String name, String node, String ip, String labels) {
    return document(
        "HostEndpoint",
        "{name: %s, labels: {%s}}".formatted(name, labels),
        "node: %s, interfaceName: eth0, expectedIPs: [%s], profiles: [open]".formatted(node, ip));
  }

  private static String policies() {
    return tier("default", "order: 1000000")
        + profile("open", "ingress: [{action: Allow}], egress: [{action: Allow}]")
        + globalPolicy("plain", "selector: has(role), order: 1, types: [Ingress]")
        + globalPolicy(
            "through",
            "selector: has(role), order: 2, applyOnForward: true, types: [Ingress, Egress],"
                + " ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}],"
                + " egress: [{action: Allow, source: {selector: has(role)}}]")
        + globalPolicy(
            "raw",
            "selector: has(role), applyOnForward: true, doNotTrack: true, types: [Ingress],"
                + " ingress: [{action: Deny, protocol: UDP, destination: {ports: [1]}}]")
        + globalPolicy(
            "first",
            "selector: has(role), applyOnForward: true, preDNAT: true, types: [Ingress],"
                + " ingress: [{action: Deny, protocol: UDP, destination: {ports: [2]}}]");
  }

  private static List<String> names(List<TierPolicies> tiers) {
    return tiers.stream()
        .map(
            t ->
                t.tier()
                    + (t.passByDefault() ? " pass " : " deny ")
                    + names(t.ingress().stream().map(StateKey.PolicyId::name).toList())
                    + names(t.egress().stream().map(StateKey.PolicyId::name).toList()))
        .toList();
  }

  private static String names(Iterable<String> policies) {
    return "[" + String.join(",", policies) + "]";
  }

  @Test
  void eachPolicyActsWhereItSays() {
    CheckedGraph graph = CheckedGraph.of("n1", HOST + policies());
    LocalHostEndpoint endpoint = assertInstanceOf(LocalHostEndpoint.class, graph.state().get(ID));
    assertEquals("eth0", endpoint.interfaceName());
    assertEquals(List.of("default deny [plain,through][through]"), names(endpoint.normal()));
    assertEquals(List.of("default deny [through][through]"), names(endpoint.forward()));
    assertEquals(List.of("default pass [raw][]"), names(endpoint.untracked()));
    assertEquals(List.of("default pass [first][]"), names(endpoint.preDnat()));
    assertEquals(List.of(new StateKey.ProfileId("open")), endpoint.profiles());
  }

  @Test
  void anotherNodesHostEndpointIsOnlyAnAddress() {
    CheckedGraph graph =
        CheckedGraph.of("n1", HOST + policies() + host("n2-eth0", "n2", "192.168.0.2", "role: x"));
    assertFalse(graph.state().containsKey(new StateKey.HostEndpoint("n2-eth0")));
    Set<String> members =
        graph.state().values().stream()
            .filter(AddressSet.class::isInstance)
            .flatMap(set -> ((AddressSet) set).members().stream())
            .map(member -> ((AddressSet.Member.Net) member).cidr().toString())
            .collect(Collectors.toSet());
    assertEquals(Set.of("192.168.0.1/32", "192.168.0.2/32"), members);
  }

  private static String explain(String source, String destination, int protocol, int port) {
    return explain(source, destination, protocol, port, Map.of());
  }

  /** With these fields in n1's FelixConfiguration. */
  private static String explain(
      String source, String destination, int protocol, int port, Map<String, ?> fields) {
    return explain(NODES + HOST + policies(), source, destination, protocol, port, fields);
  }

  private static String explain(
      String cluster,
      String source,
      String destination,
      int protocol,
      int port,
      Map<String, ?> fields) {
    Snapshot snapshot = new Snapshot(_ -> true);
    String pods =
        pod("n1", "shop/web", "10.0.0.1", "app: web", "profiles: [open]")
            + pod("n1", "shop/web2", "10.0.0.3", "app: web", "profiles: [open]")
            + pod("n2", "shop/db", "10.0.0.2", "app: db", "profiles: [open]");
    Yamls.resources(cluster + pods).forEach(r -> put(snapshot, r));
    Flow.Peer from = Flow.Peer.parse(source);
    FelixConfig config = FelixConfig.resolve(List.of(new Source("n1", true, Map.copyOf(fields))));
    FelixConfig defaults = FelixConfig.resolve(List.of());
    return Trace.explain(
            snapshot,
            Flow.of(from, Flow.Peer.parse(destination), protocol, port),
            node -> node.equals("n1") ? config : defaults)
        .toString();
  }

  private static <S> void put(Snapshot snapshot, Resource<S> resource) {
    snapshot.put(ResourceKey.of(resource), resource);
  }

  @Test
  void whatComesToTheHostIsJudgedByAllOfItsPolicies() {
    assertEquals(
        """
        denied
          egress of 203.0.113.9: not a workload: allow
          ingress of host endpoint n1-eth0 (doNotTrack): tier default, GlobalNetworkPolicy(raw): no rule matches
              rule 0 needs: protocol UDP
          ingress of host endpoint n1-eth0 (doNotTrack): tier default, no policy decided, tier default: pass
          ingress of host endpoint n1-eth0 (preDNAT): tier default, GlobalNetworkPolicy(first): no rule matches
              rule 0 needs: protocol UDP
          ingress of host endpoint n1-eth0 (preDNAT): tier default, no policy decided, tier default: pass
          ingress of host endpoint n1-eth0: tier default, GlobalNetworkPolicy(plain): no rule matches
          ingress of host endpoint n1-eth0: tier default, GlobalNetworkPolicy(through): no rule matches
              rule 0 needs: destination port 80
          ingress of host endpoint n1-eth0: tier default, no policy decided, tier default: deny\
        """,
        explain("203.0.113.9", "192.168.0.1", 6, 8080));
    assertEquals(
        """
        allowed
          egress of 203.0.113.9: not a workload: allow
          ingress of host endpoint n1-eth0: failsafe port tcp:22 of failsafeInboundHostPorts (default): allow\
        """,
        explain("203.0.113.9", "192.168.0.1", 6, 22));
    Map<String, ?> other =
        Map.of("failsafeInboundHostPorts", List.of(Map.of("protocol", "tcp", "port", 2222L)));
    assertTrue(explain("203.0.113.9", "192.168.0.1", 6, 22, other).startsWith("denied"));
    assertTrue(explain("203.0.113.9", "192.168.0.1", 6, 2222, other).startsWith("allowed"));
  }

  @Test
  void whatPassesThroughIsJudgedByForwardPolicy() {
    assertEquals(
        """
        denied
          egress of shop/web/eth0: profile open, rule 0: allow
          egress of host endpoint n1-eth0 (applyOnForward): tier default, GlobalNetworkPolicy(through): no rule matches
              rule 0 needs: source selected by has(role)
          egress of host endpoint n1-eth0 (applyOnForward): tier default, no policy decided, tier default: deny\
        """,
        explain("shop/web", "shop/db", 6, 80));
    assertEquals(
        """
        denied
          egress of 203.0.113.9: not a workload: allow
          ingress of host endpoint n1-eth0 (doNotTrack): tier default, GlobalNetworkPolicy(raw): no rule matches
              rule 0 needs: destination port 1
          ingress of host endpoint n1-eth0 (doNotTrack): tier default, no policy decided, tier default: pass
          ingress of host endpoint n1-eth0 (preDNAT): tier default, GlobalNetworkPolicy(first), rule 0: deny
              rule 0 matches: protocol UDP, destination port 2\
        """,
        explain("203.0.113.9", "shop/web", 17, 2));
  }

  @Test
  void betweenTheHostAndItsOwnWorkloadItIsNotAsked() {
    assertEquals(
        """
        allowed
          egress of 192.168.0.1: the host and its own workload: allow
          ingress of shop/web/eth0: comes from the workload's own node: allow\
        """,
        explain("192.168.0.1", "shop/web", 6, 80));
    assertEquals(
        """
        denied
          egress of shop/web/eth0: profile open, rule 0: allow
          ingress of 192.168.0.1: from a workload to its own host, defaultEndpointToHostAction (default) is Drop: deny\
        """,
        explain("shop/web", "192.168.0.1", 6, 8080));
    for (String action : List.of("Accept", "Return")) {
      String answer =
          explain(
              "shop/web", "192.168.0.1", 6, 8080, Map.of("defaultEndpointToHostAction", action));
      assertTrue(answer.startsWith("allowed"), answer);
      assertTrue(answer.contains("defaultEndpointToHostAction is " + action), answer);
    }
  }

  /** One host endpoint of n1, by which only the failsafe ports pass, and the policies. */
  private static String explainWith(
      String nodes,
      String hostEndpoint,
      String source,
      String destination,
      int protocol,
      int port) {
    String host =
        document("HostEndpoint", "{name: host, labels: {role: node}}", "node: n1, " + hostEndpoint);
    return explain(nodes + host + policies(), source, destination, protocol, port, Map.of());
  }

  private static String explainAny(String source, String destination, int protocol, int port) {
    return explainWith(NODES, "interfaceName: '*'", source, destination, protocol, port);
  }

  @Test
  void thatOfAnyInterfaceIsForTheHostsOwnTraffic() {
    String in = explainAny("203.0.113.9", "192.168.0.1", 6, 8080);
    assertTrue(in.startsWith("denied"), in);
    assertTrue(
        in.contains("ingress of host endpoint host (preDNAT): tier default, GlobalNetworkPolicy"),
        in);
    assertTrue(
        in.endsWith("host endpoint host: tier default, no policy decided, tier default: deny"));
    String out = explainAny("node/n1", "203.0.113.9", 6, 8080);
    assertTrue(out.startsWith("denied"), out);
    assertTrue(
        out.contains("egress of host endpoint host: tier default, GlobalNetworkPolicy"), out);
    assertTrue(explainAny("203.0.113.9", "n1", 6, 22).startsWith("allowed"));
    assertTrue(
        explainAny("203.0.113.9", "n2", 6, 8080).contains("no host endpoint applies: allow"));
  }

  @Test
  void thatOfAnyInterfaceIsForTheInterfacesOfWorkloads() {
    assertEquals(
        """
        denied
          ingress of host endpoint host (preDNAT): tier default, GlobalNetworkPolicy(first), rule 0: deny
              rule 0 matches: protocol UDP, destination port 2\
        """,
        explainAny("shop/web", "shop/db", 17, 2));
    assertEquals(
        explainAny("shop/web", "shop/db", 17, 2), explainAny("shop/web", "192.168.0.1", 17, 2));
    String both = explainAny("shop/web", "shop/web2", 6, 80);
    assertTrue(both.startsWith("denied"), both);
    assertTrue(
        both.contains(
            "ingress of host endpoint host (applyOnForward): tier default,"
                + " GlobalNetworkPolicy(through), rule 0: allow"),
        both);
    assertTrue(
        both.endsWith(
            "egress of host endpoint host (applyOnForward): tier default, no policy decided,"
                + " tier default: deny"),
        both);
    String in = explainAny("203.0.113.9", "shop/web", 6, 80);
    assertTrue(in.contains("egress of host endpoint host (applyOnForward)"), in);
    String out = explainAny("shop/web", "shop/db", 6, 8080);
    assertTrue(
        out.endsWith(
            "ingress of host endpoint host (applyOnForward): tier default, no policy"
                + " decided, tier default: deny"),
        out);
  }

  @Test
  void aNameAloneIsForAnAddressThatTheNodeSaysItHas() {
    String listed =
        NODES.replace(
            "192.168.0.1/24}",
            "192.168.0.1/24}, interfaces: [{name: eth0, addresses: [192.168.0.1/24]}]");
    String certain =
        explainWith(listed, "interfaceName: eth0", "203.0.113.9", "192.168.0.1", 6, 8080);
    assertTrue(certain.startsWith("denied"), certain);
    assertFalse(certain.contains("taken to be"), certain);
    String other =
        explainWith(listed, "interfaceName: eth1", "203.0.113.9", "192.168.0.1", 6, 8080);
    assertTrue(other.contains("no host endpoint applies: allow"), other);
    String assumed =
        explainWith(NODES, "interfaceName: eth0", "203.0.113.9", "192.168.0.1", 6, 8080);
    assertTrue(assumed.startsWith("denied"), assumed);
    assertTrue(
        assumed.contains(
            "ingress of host endpoint host: taken to be for the interface with 192.168.0.1:"
                + " neither expectedIPs nor the Node's interfaces say which that is: pass"),
        assumed);
  }
}
