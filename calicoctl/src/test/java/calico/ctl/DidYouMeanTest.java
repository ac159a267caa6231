package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a slip of the finger was most likely meant to be. */
class DidYouMeanTest {
  @ParameterizedTest
  @CsvSource({
    "NetworkPolicy, spec.selecter, selector",
    "NetworkPolicy, spec.ingres, ingress",
    "NetworkPolicy, spec.ingress[0].source.selctor, selector",
    "NetworkPolicy, spec.egress[12].destination.prots, ports",
    "StagedNetworkPolicy, spec.stagedActon, stagedAction",
    "NetworkPolicy, spec.ingress[0].http.methos, methods",
    "Node, spec.bgp.asnumber, asNumber",
    "Node, spec.orchRefs[0].nodename, nodeName",
    "BGPPeer, spec.nexthopMode, nextHopMode",
    "BGPFilter, spec.importV4[0].matchOperater, matchOperator",
    "FelixConfiguration, spec.bpfEnable, bpfEnabled",
    "IPPool, metadata.lables, labels",
    "IPPool, spce, spec",
  })
  void fieldsAtEveryDepth(String kind, String wrong, String right) {
    Kind<?> of = Kinds.find(kind);
    assertTrue(of != null);
    assertEquals("; did you mean '" + right + "'?", DidYouMean.field(of, wrong));
  }

  @Test
  void nothingForWhatIsAnotherWord() {
    assertEquals("", DidYouMean.field(Kinds.IP_POOL, "spec.colour"));
    assertEquals("", DidYouMean.field(Kinds.IP_POOL, "spec.x"));
    assertEquals("", DidYouMean.field(Kinds.IP_POOL, "metadata.labels.cidr"));
    assertEquals("", DidYouMean.kind("Widget"));
    assertEquals("", DidYouMean.kind(null));
    assertEquals(null, DidYouMean.nearest("ab", List.of("ac")));
    assertEquals("abc", DidYouMean.nearest("abx", List.of("abcd", "abc", "bax")));
  }

  @Test
  void kindsOnTheCommandLine() {
    try (MemoryDatastore datastore = new MemoryDatastore()) {
      Console c = Console.run(datastore, "get", "netwokpolicy");
      assertTrue(
          c.err()
              .startsWith(
                  "Error: resource type 'netwokpolicy' is not supported; did you mean"
                      + " 'networkpolicy'? Or choose from nodes"),
          c.err());
      assertTrue(
          Console.run(datastore, "delete", "ippols", "x").err().contains("did you mean 'ippools'"));
    }
  }

  @Test
  void kindsAndFieldsInDocuments() {
    assertTrue(validate("networkPolicy", "{}").contains("no such kind; did you mean 'Netw"));
    assertTrue(validate("GlobalNetworkPolicy", "{selecter: all()}").contains("'selector'?"));
    assertTrue(
        validate("IPPool", "{cdir: 10.0.0.0/8}")
            .contains("spec.cidr = null: the field is required; 'cdir' stands there instead"));
  }

  private static String validate(String kind, String spec) {
    try (MemoryDatastore datastore = new MemoryDatastore()) {
      String text =
          "apiVersion: projectcalico.org/v3\nkind: %s\nmetadata: {name: a}\nspec: %s\n"
              .formatted(kind, spec);
      return Console.runWithInput(datastore, text, "validate", "-f", "-").err();
    }
  }
}
