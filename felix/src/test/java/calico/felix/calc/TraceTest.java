package calico.felix.calc;

import static calico.felix.calc.Yamls.document;
import static calico.felix.calc.Yamls.globalPolicy;
import static calico.felix.calc.Yamls.globalSet;
import static calico.felix.calc.Yamls.pod;
import static calico.felix.calc.Yamls.policy;
import static calico.felix.calc.Yamls.pool;
import static calico.felix.calc.Yamls.profile;
import static calico.felix.calc.Yamls.tier;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.config.FelixConfig;
import calico.model.config.Source;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TraceTest {
  private final Snapshot snapshot = new Snapshot(_ -> true);

  /** Of n1. */
  private FelixConfig configuration = FelixConfig.resolve(List.of());

  private void apply(String yaml) {
    Yamls.resources(yaml).forEach(this::put);
  }

  private <S> void put(Resource<S> resource) {
    snapshot.put(ResourceKey.of(resource), resource);
  }

  private Decision explain(String source, String destination, int protocol, int port) {
    return Trace.explain(
        snapshot,
        Flow.of(Flow.Peer.parse(source), Flow.Peer.parse(destination), protocol, port),
        node -> node.equals("n1") ? configuration : FelixConfig.resolve(List.of()));
  }

  @BeforeEach
  void cluster() {
    apply(
        document("Node", "{name: n2}", "bgp: {ipv4Address: 192.168.0.2/24}")
            + pod("n1", "shop/web", "10.0.0.1", "app: web", "profiles: [open]")
            + pod(
                "n2",
                "shop/db",
                "10.0.0.2",
                "app: db",
                "profiles: [open], ports: [{name: sql, protocol: TCP, port: 5432}]")
            + pod("n2", "shop/six", "fd00::6", "app: six", "")
            + profile("open", "ingress: [{action: Allow}], egress: [{action: Allow}]")
            + globalSet("bad", "threat: bad", "203.0.113.0/24")
            + tier("security", "order: 1, defaultAction: Pass")
            + tier("default", "order: 1000000")
            + globalPolicy(
                "block",
                "tier: security, selector: all(), types: [Ingress, Egress], ingress: [{action: Log,"
                    + " source: {selector: has(threat)}}, {action: Deny, source: {selector:"
                    + " has(threat)}}], egress: [{action: Pass, protocol: UDP}]")
            + policy(
                "shop/db",
                "selector: \"app == 'db'\", types: [Ingress], ingress: [{action: Deny, protocol:"
                    + " TCP, destination: {ports: [1]}}, {action: Allow, protocol: TCP, source:"
                    + " {selector: \"app == 'web'\"}, destination: {ports: [sql]}}]"));
  }

  @Test
  void allowedThroughBothEnds() {
    assertEquals(
        """
        allowed
          egress of shop/web/eth0: tier security, GlobalNetworkPolicy(block): no rule matches
              rule 0 needs: protocol UDP
          egress of shop/web/eth0: tier security, no policy decided, tier default: pass
          egress of shop/web/eth0: profile open, rule 0: allow
          ingress of shop/db/eth0: tier security, GlobalNetworkPolicy(block): no rule matches
              rule 0 needs: source selected by has(threat)
              rule 1 needs: source selected by has(threat)
          ingress of shop/db/eth0: tier security, no policy decided, tier default: pass
          ingress of shop/db/eth0: tier default, NetworkPolicy(shop/db), rule 1: allow
              rule 0 needs: destination port 1
              rule 1 matches: protocol TCP, source selected by \
        (projectcalico.org/namespace == "shop" && app == "web"), \
        destination port sql of what is selected by all()""",
        explain("shop/web", "shop/db", 6, 5432).toString());
  }

  @Test
  void deniedByATiersDefault() {
    assertEquals(
        """
        denied
          egress of shop/web/eth0: tier security, GlobalNetworkPolicy(block), rule 0: pass
              rule 0 matches: protocol UDP
          egress of shop/web/eth0: profile open, rule 0: allow
          ingress of shop/db/eth0: tier security, GlobalNetworkPolicy(block): no rule matches
              rule 0 needs: source selected by has(threat)
              rule 1 needs: source selected by has(threat)
          ingress of shop/db/eth0: tier security, no policy decided, tier default: pass
          ingress of shop/db/eth0: tier default, NetworkPolicy(shop/db): no rule matches
              rule 0 needs: protocol TCP
              rule 1 needs: protocol TCP
          ingress of shop/db/eth0: tier default, no policy decided, tier default: deny""",
        explain("shop/web", "shop/db", 17, 5432).toString());
  }

  @Test
  void deniedByARuleAfterALogRule() {
    assertEquals(
        """
        denied
          egress of 203.0.113.9: not a workload: allow
          ingress of shop/web/eth0: tier security, GlobalNetworkPolicy(block), rule 0: log
              rule 0 matches: source selected by has(threat)
          ingress of shop/web/eth0: tier security, GlobalNetworkPolicy(block), rule 1: deny
              rule 1 matches: source selected by has(threat)""",
        explain("203.0.113.9", "10.0.0.1", 6, 80).toString());
  }

  @Test
  void deniedWithoutAnyPolicyOrProfile() {
    assertEquals(
        """
        denied
          egress of fd00::1: not a workload: allow
          ingress of shop/six/eth0: tier security, GlobalNetworkPolicy(block): no rule matches
              rule 0 needs: source selected by has(threat)
              rule 1 needs: source selected by has(threat)
          ingress of shop/six/eth0: tier security, no policy decided, tier default: pass
          ingress of shop/six/eth0: no policy or profile decided: deny""",
        explain("fd00::1", "shop/six", 6, 80).toString());
  }

  @Test
  void aNodeReachesItsOwnWorkloads() {
    assertTrue(explain("192.168.0.2", "shop/db", 6, 1).allowed());
    assertTrue(explain("n2", "db", 6, 1).allowed(), "names of a node and of a workload");
    assertTrue(explain("node/n2", "db", 6, 1).allowed());
    assertEquals(
        "[egress of 192.168.0.2: the host and its own workload: allow,"
            + " ingress of shop/db/eth0: comes from the workload's own node: allow]",
        explain("192.168.0.2", "shop/db", 6, 1).steps().toString());
  }

  @Test
  void anEndpointWhoseInterfaceIsAnothersIsDenied() {
    apply(pod("n1", "shop/zeb", "10.0.0.9", "", "").replace("cali-zeb", "cali-web"));
    assertEquals(
        "[egress of shop/zeb/eth0: interface cali-web is another endpoint's: deny]",
        explain("shop/zeb", "8.8.8.8", 6, 80).steps().toString());
  }

  @Test
  void whatCannotBeAskedIsSaidPlainly() {
    var unknown =
        assertThrows(IllegalArgumentException.class, () -> explain("shop/none", "8.8.8.8", 6, 80));
    assertTrue(unknown.toString().contains("shop/none"), unknown::toString);
    apply(pod("n1", "other/db", "10.0.0.8", "app: db", ""));
    var several = assertThrows(IllegalArgumentException.class, () -> explain("web", "db", 6, 80));
    assertTrue(
        several.toString().contains("'db' can be any of other/db, shop/db"), several::toString);
    var mixed =
        assertThrows(IllegalArgumentException.class, () -> explain("shop/six", "shop/db", 6, 80));
    assertTrue(mixed.toString().contains("family"), mixed::toString);
  }

  /** A single rule as the only one of the destination: whether it matches. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      textBlock =
          """
          ipVersion: 4                                             ; 10.0.0.1 ; 6  ; 80 ; true
          ipVersion: 6                                             ; 10.0.0.1 ; 6  ; 80 ; false
          protocol: TCP                                            ; 10.0.0.1 ; 6  ; 80 ; true
          protocol: 17                                             ; 10.0.0.1 ; 6  ; 80 ; false
          notProtocol: TCP                                         ; 10.0.0.1 ; 6  ; 80 ; false
          protocol: ICMP, icmp: {type: 8, code: 0}                 ; 10.0.0.1 ; 1  ; 0  ; true
          protocol: ICMP, icmp: {type: 0}                          ; 10.0.0.1 ; 1  ; 0  ; false
          protocol: ICMP, notICMP: {type: 8, code: 1}              ; 10.0.0.1 ; 1  ; 0  ; true
          protocol: ICMP, notICMP: {type: 8}                       ; 10.0.0.1 ; 1  ; 0  ; false
          protocol: TCP, icmp: {type: 8}                           ; 10.0.0.1 ; 6  ; 80 ; false
          source: {nets: [10.0.0.0/24]}                            ; 10.0.0.1 ; 6  ; 80 ; true
          source: {nets: [10.1.0.0/24, 'fd00::/8']}                ; 10.0.0.1 ; 6  ; 80 ; false
          source: {notNets: [10.0.0.0/24]}                         ; 10.0.0.1 ; 6  ; 80 ; false
          source: {notNets: [10.9.0.0/24]}                         ; 10.0.0.1 ; 6  ; 80 ; true
          source: {notNets: ['fd00::/8']}                          ; 10.0.0.1 ; 6  ; 80 ; false
          source: {notNets: [0.0.0.0/0]}                           ; 10.0.0.1 ; 6  ; 80 ; false
          protocol: TCP, destination: {ports: [80, '1000:2000']}   ; 10.0.0.1 ; 6  ; 1500 ; true
          protocol: TCP, destination: {ports: [80, '1000:2000']}   ; 10.0.0.1 ; 6  ; 81 ; false
          protocol: TCP, destination: {notPorts: [80]}             ; 10.0.0.1 ; 6  ; 80 ; false
          protocol: TCP, destination: {notPorts: [80]}             ; 10.0.0.1 ; 6  ; 81 ; true
          protocol: TCP, destination: {ports: [80, sql]}           ; 10.0.0.1 ; 6  ; 5432 ; true
          protocol: TCP, destination: {notPorts: [sql]}            ; 10.0.0.1 ; 6  ; 5432 ; false
          source: {selector: "app == 'web'"}                       ; 10.0.0.1 ; 6  ; 80 ; true
          source: {selector: "app == 'web'"}                       ; 10.9.9.9 ; 6  ; 80 ; false
          source: {notSelector: "app == 'web'"}                    ; 10.9.9.9 ; 6  ; 80 ; true
          source: {notSelector: "app == 'web'"}                    ; 10.0.0.1 ; 6  ; 80 ; false
          destination: {services: {name: s, namespace: shop}}      ; 10.0.0.1 ; 6  ; 80 ; false
          """)
  void rule(String criteria, String source, int protocol, int port, boolean matches) {
    apply(
        globalPolicy(
            "only",
            "tier: security, order: -1, types: [Ingress], selector: \"app == 'db'\", ingress:"
                + " [{action: Allow, "
                + criteria
                + "}, {action: Deny}]"));
    // Only the ingress is asked about: the source's egress lets everything pass here.
    assertEquals(matches, explain(source, "shop/db", protocol, port).allowed());
  }

  @Test
  void aWorkloadMayNotSendPacketsOfTunnels() {
    assertEquals(
        """
        denied
          egress of shop/web/eth0: a packet of a tunnel, allowVXLANPacketsFromWorkloads (default) is false: deny\
        """,
        explain("shop/web", "203.0.113.1", 17, 4789).toString());
    assertEquals(
        """
        denied
          egress of shop/web/eth0: a packet of a tunnel, allowIPIPPacketsFromWorkloads (default) is false: deny\
        """,
        explain("shop/web", "203.0.113.1", 4, 0).toString());
    configure("vxlanPort", 4790L);
    assertTrue(explain("shop/web", "203.0.113.1", 17, 4789).allowed());
    configure("allowVXLANPacketsFromWorkloads", true);
    assertTrue(explain("shop/web", "203.0.113.1", 17, 4789).allowed());
    configure("allowIPIPPacketsFromWorkloads", true);
    assertTrue(explain("shop/web", "203.0.113.1", 4, 0).allowed());
  }

  @Test
  void aFloatingAddressBecomesItsWorkloads() {
    String nat = "ipNATs: [{externalIP: 198.51.100.3, internalIP: 10.0.0.3}], profiles: [open]";
    apply(pod("n1", "shop/floats", "10.0.0.3", "app: floats", nat));
    assertEquals(
        """
        allowed
          egress of 192.0.2.9: not a workload: allow
          ingress of 198.51.100.3: not a workload: allow""",
        explain("192.0.2.9", "198.51.100.3", 6, 80).toString());
    configure("floatingIPs", "Enabled");
    assertEquals(
        """
        egress of 192.0.2.9: not a workload: allow
        ingress of 198.51.100.3: a floating address: becomes 10.0.0.3: pass
        ingress of shop/floats/eth0: tier security, GlobalNetworkPolicy(block): no rule matches""",
        firstLines(4, explain("192.0.2.9", "198.51.100.3", 6, 80)));
  }

  @Test
  void whatLeavesAPoolComesFromTheNode() {
    apply(
        document("Node", "{name: n1}", "bgp: {ipv4Address: 192.168.0.1/24}")
            + pool("inside", "cidr: 10.0.0.0/24, natOutgoing: true")
            + document(
                "HostEndpoint",
                "{name: eth0, labels: {host: ''}}",
                "node: n2, interfaceName: eth0, expectedIPs: [192.168.0.2]")
            + globalPolicy(
                "nodes",
                "selector: has(host), types: [Ingress], ingress: [{action: Allow, source: {nets:"
                    + " [192.168.0.1/32]}}]"));
    assertEquals(
        "egress of 10.0.0.1: natOutgoing of pool 10.0.0.0/24: becomes 192.168.0.1: pass",
        natStep(explain("shop/web", "192.168.0.2", 6, 80)));
    assertTrue(explain("shop/web", "192.168.0.2", 6, 80).allowed());
    assertEquals("none", natStep(explain("shop/web", "shop/db", 6, 5432)), "inside of a pool");
    configure("natOutgoingAddress", "192.0.2.7");
    assertEquals(
        "egress of 10.0.0.1: natOutgoing of pool 10.0.0.0/24: becomes 192.0.2.7: pass",
        natStep(explain("shop/web", "192.168.0.2", 6, 80)));
    assertFalse(explain("shop/web", "192.168.0.2", 6, 80).allowed());
    configure("natOutgoingExclusions", "IPPoolsAndHostIPs");
    assertEquals("none", natStep(explain("shop/web", "192.168.0.2", 6, 80)));
  }

  private static String natStep(Decision decision) {
    return decision.steps().stream()
        .map(Decision.Step::toString)
        .filter(step -> step.contains("natOutgoing"))
        .findFirst()
        .orElse("none");
  }

  private static String firstLines(int lines, Decision decision) {
    return decision
        .toString()
        .lines()
        .limit(lines)
        .skip(1)
        .map(String::strip)
        .collect(Collectors.joining("\n"));
  }

  @Test
  void machinesOfOpenStackMayAlwaysAskTheirHost() {
    apply(
        document("Node", "{name: n1}", "bgp: {ipv4Address: 192.168.0.1/24}")
            + globalPolicy("nothing", "selector: app == 'web', types: [Egress], egress: []"));
    configure("defaultEndpointToHostAction", "Drop");
    assertFalse(explain("shop/web", "192.168.0.1", 17, 53).allowed());
    apply(document("ClusterInformation", "{name: default}", "clusterType: 'openstack,bgp'"));
    assertEquals(
        """
        allowed
          ingress of 192.168.0.1: DNS, which virtual machines may always ask of their host: allow""",
        explain("shop/web", "192.168.0.1", 17, 53).toString());
    assertFalse(explain("shop/web", "192.168.0.1", 6, 53).allowed());
    assertEquals(
        """
        allowed
          egress of 169.254.169.254: the metadata service: becomes 127.0.0.1: pass
          ingress of 127.0.0.1: the metadata service, which virtual machines may always ask of their host: allow""",
        explain("shop/web", "169.254.169.254", 6, 80).toString());
    assertFalse(explain("shop/web", "169.254.169.254", 6, 81).allowed());
  }

  private void configure(String field, Object value) {
    configuration = FelixConfig.resolve(List.of(new Source("n1", true, Map.of(field, value))));
  }
}
