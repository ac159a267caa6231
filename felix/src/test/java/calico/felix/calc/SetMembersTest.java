package calico.felix.calc;

import static calico.felix.calc.Yamls.document;
import static calico.felix.calc.Yamls.globalPolicy;
import static calico.felix.calc.Yamls.globalSet;
import static calico.felix.calc.Yamls.pod;
import static calico.felix.calc.Yamls.policy;
import static calico.felix.calc.Yamls.profile;
import static java.util.Objects.requireNonNullElse;
import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.state.AddressSet.Member;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey.SetId;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which sets a rule refers to, and who is in them. */
class SetMembersTest {
  private final CheckedGraph graph = CheckedGraph.of("n1", "");

  @BeforeEach
  void cluster() {
    graph.apply(
        pod("n1", "shop/web", "10.0.0.1", "app: web", "profiles: [kns.shop, ksa.shop.w]")
            + pod(
                "n2",
                "shop/db",
                "10.0.0.2",
                "app: db, pcns.env: fake",
                "profiles: [kns.shop], serviceAccountName: dba, ports: [{name: sql, protocol:"
                    + " TCP, port: 5432}, {name: sql, protocol: UDP, port: 5433}]")
            + pod("n3", "test/web", "fd00::3", "app: web", "profiles: [kns.test]")
            + globalSet("bad", "threat: bad", "1.0.0.0/8, 1.2.3.4, '2001:db8::/32'")
            + globalSet("world", "world: all", "0.0.0.0/0, '::/0'")
            + document(
                "NetworkSet",
                "{name: partners, namespace: shop, labels: {app: partner}}",
                "nets: [9.9.9.9]")
            + profile(
                "kns.shop", "labelsToApply: {pcns.env: prod, pcns.projectcalico.org/name: shop}")
            + profile("kns.test", "labelsToApply: {pcns.env: test}")
            + profile("ksa.shop.w", "labelsToApply: {pcsa.team: front}"));
  }

  /** The members of the sets to which the source of a policy's first rule refers. */
  private String members(String kind, String source) {
    String spec = "ingress: [{action: Allow, source: {" + source + "}}]";
    graph.apply(kind.equals("np") ? policy("shop/p", spec) : globalPolicy("p", spec));
    ResolvedRule.Side side = onlyPolicy().ingress().getFirst().source();
    return String.join(
        " ",
        Stream.of(
                text("in", side.sets()),
                text("not in", side.notSets()),
                text("port in", side.namedPortSets()),
                text("port not in", side.notNamedPortSets()),
                text("ip and port in", side.ipPortSets()))
            .filter(Objects::nonNull)
            .filter(t -> !t.isEmpty())
            .toList());
  }

  private Policy onlyPolicy() {
    return graph.state().values().stream()
        .flatMap(v -> v instanceof Policy p ? Stream.of(p) : Stream.of())
        .findFirst()
        .orElseThrow();
  }

  private String text(String what, List<SetId> ids) {
    return String.join(
        " ",
        ids.stream()
            .map(
                id -> what + graph.members(id).stream().map(SetMembersTest::text).sorted().toList())
            .toList());
  }

  private static String text(Member member) {
    return switch (member) {
      case Member.Net net ->
          net.cidr().isHost() ? net.cidr().address().toString() : net.cidr().toString();
      case Member.IpPort m -> m.ip() + "," + m.protocol() + "," + m.port();
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      textBlock =
          """
          gnp ; selector: "app == 'web'"                      ; in[10.0.0.1, fd00::3]
          np  ; selector: "app == 'web'"                      ; in[10.0.0.1]
          np  ; selector: "all()"                             ; in[10.0.0.1, 10.0.0.2, 9.9.9.9]
          np  ; namespaceSelector: "env == 'test'"            ; in[fd00::3]
          np  ; namespaceSelector: "global()", selector: "has(threat)" ; in[1.0.0.0/8, 1.2.3.4, 2001:db8::/32]
          gnp ; namespaceSelector: "has(env)"                 ; in[10.0.0.1, 10.0.0.2, 9.9.9.9, fd00::3]
          gnp ; namespaceSelector: "env == 'fake'"            ; in[]
          gnp ; selector: "projectcalico.org/namespace == 'shop' && has(app)" ; in[10.0.0.1, 10.0.0.2, 9.9.9.9]
          gnp ; serviceAccounts: {names: [dba]}               ; in[10.0.0.2]
          np  ; serviceAccounts: {selector: "team == 'front'"} ; in[10.0.0.1]
          gnp ; selector: "has(world)"                        ; in[0.0.0.0/1, 128.0.0.0/1, 8000::/1, ::/1]
          gnp ; notSelector: "app == 'web'"                   ; not in[10.0.0.1, fd00::3]
          np  ; notSelector: "app == 'web'"                   ; in[10.0.0.2, 9.9.9.9]
          gnp ; selector: "has(app)", notSelector: "app == 'web'" ; in[10.0.0.2, 9.9.9.9]
          gnp ; nets: [1.1.1.1/32]                            ; ~~
          gnp ; ports: [sql]                                  ; port in[10.0.0.2,17,5433, 10.0.0.2,6,5432]
          gnp ; ports: [sql], selector: "app == 'web'"        ; port in[]
          gnp ; ports: [sql], selector: "app == 'db'"         ; port in[10.0.0.2,17,5433, 10.0.0.2,6,5432]
          gnp ; ports: [sql, 1], selector: "app == 'db'"      ; in[10.0.0.2] port in[10.0.0.2,17,5433, 10.0.0.2,6,5432]
          np  ; ports: [sql]                                  ; port in[10.0.0.2,17,5433, 10.0.0.2,6,5432]
          gnp ; notPorts: [sql], selector: "has(app)"         ; in[10.0.0.1, 10.0.0.2, 9.9.9.9, fd00::3] port not in[10.0.0.2,17,5433, 10.0.0.2,6,5432]
          gnp ; services: {name: s, namespace: shop}          ; in[]
          """)
  void sourceOfARule(String kind, String source, String expected) {
    assertEquals(expected, members(kind, source));
  }

  @Test
  void theProtocolOfTheRuleChoosesAmongPortsOfOneName() {
    String spec = "ingress: [{action: Allow, protocol: UDP, destination: {ports: [sql]}}]";
    graph.apply(globalPolicy("p", spec));
    assertEquals(List.of("10.0.0.2,17,5433"), onlySet());
    graph.apply(globalPolicy("p", spec.replace("UDP", "17")));
    assertEquals(List.of("10.0.0.2,17,5433"), onlySet());
    graph.apply(globalPolicy("p", spec.replace("UDP", "TCP")));
    assertEquals(List.of("10.0.0.2,6,5432"), onlySet());
  }

  private List<String> onlySet() {
    SetId id =
        graph.state().keySet().stream()
            .flatMap(k -> k instanceof SetId s ? Stream.of(s) : Stream.of())
            .findFirst()
            .orElseThrow();
    return graph.members(id).stream().map(SetMembersTest::text).sorted().toList();
  }

  @Test
  void aServiceAsDestinationIsAnEmptySetOfAddressesAndPorts() {
    graph.apply(policy("shop/p", "egress: [{action: Allow, destination: {services: {name: s}}}]"));
    assertEquals(List.of(), onlySet());
    assertEquals(
        List.of(SetSource.Service.of("shop/s", true).id()),
        onlyPolicy().egress().getFirst().destination().ipPortSets());
  }

  @Test
  void anAddressOfTwoEndpointsLeavesWithTheLast() {
    String twin = pod("n2", "shop/twin", "10.0.0.1", "app: web", "");
    assertEquals("in[10.0.0.1, fd00::3]", members("gnp", "selector: \"app == 'web'\""));
    assertEquals(List.of(), graph.apply(twin));
    assertEquals(List.of(), graph.delete(twin));
    graph.apply(twin);
    graph.apply(pod("n1", "shop/web", "10.0.0.7", "app: web", ""));
    assertEquals(List.of("10.0.0.1", "10.0.0.7", "fd00::3"), onlySet());
    graph.delete(twin);
    assertEquals(List.of("10.0.0.7", "fd00::3"), onlySet());
  }

  @Test
  void labelsOfAProfileMoveAllThatInherit() {
    members("gnp", "namespaceSelector: \"env == 'prod'\"");
    assertEquals(List.of("10.0.0.1", "10.0.0.2", "9.9.9.9"), onlySet());
    graph.apply(profile("kns.shop", ""));
    assertEquals(List.of(), onlySet());
    graph.apply(profile("kns.test", "labelsToApply: {pcns.env: prod}"));
    assertEquals(List.of("fd00::3"), onlySet());
    graph.delete(profile("kns.test", ""));
    assertEquals(List.of(), onlySet());
  }

  @ParameterizedTest
  @CsvSource({"ICMP, 4", "ICMPv6, 6", "1, 0", "58, 0", "TCP, 0"})
  void icmpByNameIsForItsFamily(String protocol, int ipVersion) {
    graph.apply(globalPolicy("p", "ingress: [{action: Allow, protocol: " + protocol + "}]"));
    assertEquals(ipVersion, requireNonNullElse(onlyPolicy().ingress().getFirst().ipVersion(), 0));
  }
}
