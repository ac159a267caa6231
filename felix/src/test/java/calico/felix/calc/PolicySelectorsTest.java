package calico.felix.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import calico.model.json.Yaml;
import calico.model.resource.Kinds;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.Rule;
import calico.model.selector.Selector;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PolicySelectorsTest {
  private static final String NS = "projectcalico.org/namespace";
  private static final String SA = "projectcalico.org/serviceaccount";

  private static String ofPolicy(String kind, String spec) {
    String namespace = kind.equals("NetworkPolicy") ? ", namespace: shop" : "";
    Resource<PolicySpec> policy =
        ResourceCodec.decode(
            kind.equals("NetworkPolicy") ? Kinds.NETWORK_POLICY : Kinds.GLOBAL_NETWORK_POLICY,
            Yaml.parse("{metadata: {name: p" + namespace + "}, spec: {" + spec + "}}")
                .getFirst()
                .tree());
    return PolicySelectors.ofPolicy(policy).canonical();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      textBlock =
          """
          ~~                                                 ; ns == "shop"
          selector: "a == 'b'"                               ; (a == "b" && ns == "shop")
          selector: "all()"                                  ; (all() && ns == "shop")
          selector: "a == 'b' || has(c)"                     ; ((a == "b" || has(c)) && ns == "shop")
          serviceAccountSelector: "t == 'x'"                 ; (ns == "shop" && pcsa.t == "x")
          selector: "has(a)", serviceAccountSelector: "all()" ; ((has(a) && ns == "shop") && all())
          """)
  void ofANetworkPolicy(String spec, String canonical) {
    assertEquals(canonical.replace("ns ==", NS + " =="), ofPolicy("NetworkPolicy", spec));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      textBlock =
          """
          ~~                                                  ; all()
          selector: "has(a)"                                  ; has(a)
          namespaceSelector: "env in {'x', 'y'}"              ; pcns.env in {"x", "y"}
          selector: "has(a)", namespaceSelector: "env != 'x'" ; (has(a) && pcns.env != "x")
          namespaceSelector: "all()"                          ; has(NS)
          selector: "all()", namespaceSelector: "!has(x)"     ; (has(NS) && !has(pcns.x))
          serviceAccountSelector: "all()"                     ; has(SA)
          namespaceSelector: "all()", serviceAccountSelector: "n starts with 'a'" ; (has(NS) && pcsa.n starts with "a")
          """)
  void ofAGlobalNetworkPolicy(String spec, String canonical) {
    assertEquals(
        canonical.replace("has(NS)", "has(" + NS + ")").replace("has(SA)", "has(" + SA + ")"),
        ofPolicy("GlobalNetworkPolicy", spec));
  }

  private static PolicySelectors.Side ofEntity(String namespace, String yaml) {
    return PolicySelectors.ofEntity(
        ResourceCodec.decodeRecord(
            Rule.Entity.class, Yaml.parse("{" + yaml + "}").getFirst().tree()),
        namespace);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '~',
      nullValues = "-",
      textBlock =
          """
          shop ; selector: "has(a)"                   ; (NS == "shop" && has(a))             ; -
          shop ; notSelector: "has(a)"                ; (NS == "shop" && !has(a))            ; -
          shop ; nets: [10.0.0.0/8]                   ; -                                    ; -
          shop ; ports: [80]                          ; -                                    ; -
          shop ; namespaceSelector: "all()"           ; has(NS)                              ; -
          shop ; namespaceSelector: "global()"        ; !has(NS)                             ; -
          shop ; serviceAccounts: {names: [b, a]}     ; (NS == "shop" && SA in {"a", "b"})   ; -
          ~~   ; serviceAccounts: {names: [a]}        ; SA in {"a"}                          ; -
          ~~   ; serviceAccounts: {selector: "has(t)"} ; has(pcsa.t)                         ; -
          ~~   ; serviceAccounts: {selector: "has(t)", names: [a]}, selector: "has(b)" ; ((has(pcsa.t) && SA in {"a"}) && has(b)) ; -
          ~~   ; selector: "has(a)"                   ; has(a)                               ; -
          ~~   ; notSelector: "has(a)"                ; -                                    ; has(a)
          ~~   ; selector: "has(a)", notSelector: "has(b) || has(c)" ; (has(a) && !(has(b) || has(c))) ; -
          ~~   ; namespaceSelector: "x == 'y'", selector: "has(a)" ; (pcns.x == "y" && has(a)) ; -
          ~~   ; namespaceSelector: "!(x == 'y' && z != 'z')" ; !(pcns.x == "y" && pcns.z != "z") ; -
          ~~   ; namespaceSelector: "x contains 'y' || x ends with 'z' || x not in {}" ; (pcns.x contains "y" || pcns.x ends with "z" || pcns.x not in {}) ; -
          """)
  void ofOneSideOfARule(
      String namespace, String entity, @Nullable String positive, @Nullable String negative) {
    PolicySelectors.Side side = ofEntity(namespace, entity);
    assertSelector(positive, side.positive());
    assertSelector(negative, side.negative());
  }

  private static void assertSelector(@Nullable String expected, @Nullable Selector actual) {
    if (expected == null) {
      assertNull(actual);
    } else {
      assertNotNull(actual);
      assertEquals(expected.replace("NS", NS).replace("SA", SA), actual.canonical());
    }
  }

  @Test
  void emptyTextIsAsGoodAsNone() {
    PolicySelectors.Side side =
        ofEntity("", "selector: '', notSelector: '', namespaceSelector: '', serviceAccounts: {}");
    assertEquals(new PolicySelectors.Side(null, null), side);
  }
}
