package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.json.Json;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates as kubectl's documentation has them. */
class JsonPathTest {
  private static final @Nullable Object TREE =
      Json.parse(
          """
          {"kind": "IPPoolList", "items": [
            {"metadata": {"name": "a", "labels": {"projectcalico.org/x": "1"}}, "spec": {"cidr": "10.0.0.0/8", "blockSize": 26, "on": true}},
            {"metadata": {"name": "b"}, "spec": {"cidr": "fd00::/48", "blockSize": 122, "uses": ["Workload", "Tunnel"]}}
          ]}
          """);

  /** Of a list whose elements come one by one, the same is printed. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{.items[*].metadata.name}",
        "names: {.items[*]['metadata.name', 'spec'].blockSize}{\"\\n\"}",
        "{range .items[*]}{.metadata.name}{\"\\t\"}{.spec.cidr}{\"\\n\"}{end}.",
        "{.items[*].nothing}."
      })
  void elementsOneByOne(String template) {
    for (Object tree : new Object[] {TREE, Map.of("items", List.of())}) {
      List<?> all =
          tree instanceof Map<?, ?> list && list.get("items") instanceof List<?> l ? l : List.of();
      JsonPath.OfItems items = JsonPath.parse(template).ofItems();
      assertTrue(items != null, template);
      StringBuilder out = new StringBuilder();
      for (Object item : all) {
        out.append(items.item(item));
      }
      assertEquals(JsonPath.parse(template).print(tree), out.append(items.end()).toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{.items}", "{.items[0].a}", "{.kind}{.items[*].a}", "{.items[*].a}{.items[*].b}"})
  void otherTemplatesNeedTheWholeList(String template) {
    assertNull(JsonPath.parse(template).ofItems());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{.kind}                                                | IPPoolList",
        ".kind                                                  | IPPoolList",
        "kind                                                   | IPPoolList",
        "{$.items[0].metadata.name}                             | a",
        "{.items[*].metadata.name}                              | a b",
        "{.items[-1].metadata.name}                             | b",
        "{.items[-1:].metadata.name}                            | b",
        "{.items[0:1].spec.cidr}                                | 10.0.0.0/8",
        "{.items[:].spec.cidr}                                  | 10.0.0.0/8 fd00::/48",
        "{.items[::2].metadata.name}                            | a",
        "{.items[9].metadata.name}                              | ``",
        "{..name}                                               | a b",
        "{..[0].cidr}                                           | ``",
        "{.items[*]['metadata.name', 'spec'].blockSize}         | 26 122",
        "{.items[*].metadata['name']}                           | a b",
        "{.items[0].metadata.labels.projectcalico\\.org/x}      | 1",
        "{.items[?(@.spec.blockSize>26)].metadata.name}         | b",
        "{.items[?(@.spec.blockSize<=26)].metadata.name}        | a",
        "{.items[?(@.spec.uses)].metadata.name}                 | b",
        "{.items[?(@.spec.on==true)].metadata.name}             | a",
        "{.items[?(@.metadata.name!=\"a\")].spec.uses[*]}       | Workload Tunnel",
        "{.items[?(@.metadata.name=='a')].spec.blockSize}       | 26",
        "{.items[1].spec.uses}                                  | [\"Workload\",\"Tunnel\"]",
        "n={.kind}{\" \"}{'x'};                                 | n=IPPoolList x;",
        "{range .items[*]}{.metadata.name}={.spec.blockSize},{end}. | a=26,b=122,.",
        "{range .items[*]}[{range .spec.uses[*]}{@}{end}]{end}  | [][WorkloadTunnel]",
        "{.nothing.at.all}                                      | ``"
      })
  void prints(String template, String expected) {
    assertEquals(expected, JsonPath.parse(template).print(TREE));
  }

  @Test
  void escapes() {
    assertEquals(
        "a\t26\nb\t122\n",
        JsonPath.parse("{range .items[*]}{.metadata.name}{\"\\t\"}{.spec.blockSize}{\"\\n\"}{end}")
            .print(TREE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{.a",
        "{.a]",
        "{.a[}",
        "{.a[0}",
        "{.a[?(@.b==)]}",
        "{.a[?(@.b=='x']}",
        "{.a[::0]}",
        "{.a[99999999999999]}",
        "{end}",
        "{range .a}",
        "{range}{end}",
        "{'a}",
        "{.a..}",
        "{!}"
      })
  void saysWhatIsWrong(String template) {
    CommandException e =
        assertThrows(CommandException.class, () -> JsonPath.parse(template).print(TREE));
    assertTrue(String.valueOf(e.getMessage()).startsWith("jsonpath '"), e.getMessage());
  }
}
