package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.model.key.Query;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What each mistake says, and that nothing of a file with a mistake is applied. */
class BadInputTest {
  /** A correct document before every incorrect one: it must not be applied either. */
  private static final String GOOD =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkSet
      metadata: {name: good}
      spec: {nets: [192.0.2.0/24]}
      ---
      """;

  static Stream<Arguments> mistakes() {
    return Stream.of(
        row("a: b: c", "standard input:6: ", "mapping values are not allowed"),
        row("just text", "standard input:6: ", "expected an object"),
        row(
            document("IPPool", "{name: p}", "{cidr: 10.0.0.0/16, cidr: 10.1.0.0/16}"),
            "standard input:9: ",
            "twice"),
        row(document("Widget", "{name: w}", "{}"), "standard input:7: Widget(w): kind", "no such"),
        row(
            document("IPPool", "{name: p}", "{cidr: 10.0.0.0/33}"),
            "standard input:9: IPPool(p): spec.cidr = '10.0.0.0/33': "),
        row(
            document("IPPool", "{name: p}", "{cidr: 10.0.0.0/16, colour: red}"),
            "standard input:9: IPPool(p): spec.colour = 'red': ",
            "field in document is not recognized or is in the wrong location: colour"),
        row(
            document("FelixConfiguration", "{name: default, lables: {}}", "{bpfEnable: true}"),
            "standard input:9: FelixConfiguration(default): spec.bpfEnable = 'true': field in",
            "standard input:8: FelixConfiguration(default): metadata.lables = ",
            "2 problem(s)"),
        row(
            document("IPPool", "{name: p, namespace: shop}", "{cidr: 10.0.0.0/16}"),
            "standard input:8: IPPool(p): metadata.namespace = 'shop'",
            "not a namespaced resource"),
        row(
            document("GlobalNetworkPolicy", "{name: g}", "{selector: \"a ==\"}"),
            "standard input:9: GlobalNetworkPolicy(g): spec.selector = 'a =='"),
        row(
            document("GlobalNetworkPolicy", "{name: g}", "{order: high}"),
            "standard input:9: GlobalNetworkPolicy(g): spec.order"),
        row(
            document("NetworkPolicy", "{name: n}", "\n  ingress:\n  - action: Maybe"),
            "standard input:11: NetworkPolicy(default/n): spec.ingress[0].action = 'Maybe'"),
        row(
            document("NetworkPolicy", "{}", "{}"),
            "standard input:8: NetworkPolicy(default/): metadata.name"),
        row(
            "kind: List\nitems:\n- "
                + document("IPPool", "{name: p}", "{cidr: x}").replace("\n", "\n  "),
            "standard input:11: IPPool(p): spec.cidr = 'x'"));
  }

  private static Arguments row(String text, String... parts) {
    return Arguments.of(text, parts);
  }

  private static String document(String kind, String metadata, String spec) {
    return "apiVersion: projectcalico.org/v3\nkind: %s\nmetadata: %s\nspec: %s"
        .formatted(kind, metadata, spec);
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void saysWhatIsWrongAndAppliesNothing(String text, String[] parts) {
    try (MemoryDatastore datastore = new MemoryDatastore()) {
      Console c = Console.runWithInput(datastore, GOOD + text, "apply", "-f", "-");
      for (String part : parts) {
        assertTrue(c.err().contains(part), () -> c.err() + "\ndoes not contain: " + part);
      }
      assertTrue(c.err().contains("nothing has been done"), c.err());
      assertEquals("", c.out());
      assertEquals(1, c.status());
      for (Kind<?> kind : Kinds.all()) {
        assertEquals(
            List.of(),
            datastore.list(Query.all(kind)).entries().stream()
                .map(e -> e.key().toString())
                .filter(k -> !k.equals("Profile(projectcalico-default-allow)"))
                .toList());
      }
    }
  }
}
