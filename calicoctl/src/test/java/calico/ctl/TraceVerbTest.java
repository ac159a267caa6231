package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The decision itself is the calculation's matter, and tested there. */
class TraceVerbTest {
  private static final String CLUSTER =
      """
      apiVersion: projectcalico.org/v3
      kind: WorkloadEndpoint
      metadata: {name: n1-k8s-web-eth0, namespace: shop, labels: {app: web}}
      spec:
        {orchestrator: k8s, node: n1, pod: web, endpoint: eth0, interfaceName: cali1,
         ipNetworks: [10.0.0.1/32]}
      ---
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: web}
      spec:
        selector: app == 'web'
        types: [Ingress, Egress]
        ingress: [{action: Allow, protocol: TCP, destination: {ports: [80]}}]
        egress: [{action: Allow, protocol: ICMP}]
      ---
      apiVersion: projectcalico.org/v3
      kind: Node
      metadata: {name: n1, labels: {rack: a}}
      spec: {bgp: {ipv4Address: 192.0.2.1/24}}
      """;

  private final MemoryDatastore datastore = new MemoryDatastore();

  @BeforeEach
  void fill() {
    Console applied = Console.runWithInput(datastore, CLUSTER, "apply", "-f", "-");
    assertEquals(0, applied.status(), applied::err);
  }

  @AfterEach
  void close() {
    datastore.close();
  }

  @Test
  void allowed() {
    Console trace = Console.run(datastore, "trace", "203.0.113.9", "shop/web", "tcp/80");
    assertEquals(
        """
        allowed
          egress of 203.0.113.9: not a workload: allow
          ingress of shop/web/eth0: tier default, GlobalNetworkPolicy(web), rule 0: allow
              rule 0 matches: protocol TCP, destination port 80
        """,
        trace.out());
    assertEquals(0, trace.status());
  }

  @Test
  void denied() {
    Console trace = Console.run(datastore, "trace", "web", "203.0.113.9", "udp/53");
    assertEquals(
        """
        denied
          egress of shop/web/eth0: tier default, GlobalNetworkPolicy(web): no rule matches
              rule 0 needs: protocol ICMP
          egress of shop/web/eth0: tier default, no policy decided, tier default: deny
        """,
        trace.out());
    assertEquals(1, trace.status());
  }

  @Test
  void protocolWithoutPorts() {
    assertEquals(0, Console.run(datastore, "trace", "web", "203.0.113.9", "icmp").status());
  }

  /** Each FelixConfiguration counts before those above it, on the nodes that it is for. */
  @Test
  void settingsOfTheNode() {
    assertEquals("defaultEndpointToHostAction (default) is Drop: deny", toOwnHost());
    configure("default", "defaultEndpointToHostAction: Accept");
    assertEquals("defaultEndpointToHostAction is Accept: allow", toOwnHost());
    configure("other", "nodeSelector: rack == 'b', defaultEndpointToHostAction: Drop");
    assertEquals("defaultEndpointToHostAction is Accept: allow", toOwnHost());
    configure("rack", "nodeSelector: rack == 'a', defaultEndpointToHostAction: Drop");
    assertEquals("defaultEndpointToHostAction is Drop: deny", toOwnHost());
    configure("node.n1", "defaultEndpointToHostAction: Return");
    assertEquals("defaultEndpointToHostAction is Return: allow", toOwnHost());
    configure("node.n2", "defaultEndpointToHostAction: Drop");
    assertEquals("defaultEndpointToHostAction is Return: allow", toOwnHost());
  }

  private void configure(String name, String spec) {
    String kind = "apiVersion: projectcalico.org/v3, kind: FelixConfiguration";
    String yaml = "{" + kind + ", metadata: {name: " + name + "}, spec: {" + spec + "}}";
    Console applied = Console.runWithInput(datastore, yaml, "apply", "-f", "-");
    assertEquals(0, applied.status(), applied::err);
  }

  /** What is said last of a workload's packet to its own host. */
  private String toOwnHost() {
    String out = Console.run(datastore, "trace", "web", "n1", "icmp").out().strip();
    return out.substring(out.lastIndexOf("own host, ") + "own host, ".length());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      textBlock =
          """
          shop/none ; n1 ; tcp/80     ; there is no workload or node 'shop/none'
          web       ; n1 ; tcp        ; which port? Give it as in tcp/80
          web       ; n1 ; icmp/8     ; ICMP has no ports
          web       ; n1 ; tcp/http   ; port 'http': a whole number is expected
          web       ; n1 ; tcp/70000  ; a port is a number from 0 to 65535
          web       ; n1 ; tpc/80     ; protocol 'tpc': expected TCP
          web       ; fd00::1 ; tcp/1 ; no address family in common
          """)
  void whatCannotBeAsked(String from, String to, String traffic, String message) {
    Console trace = Console.run(datastore, "trace", from, to, traffic);
    assertEquals(2, trace.status());
    assertTrue(trace.err().contains(message), trace::err);
  }
}
