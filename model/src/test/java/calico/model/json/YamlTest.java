package calico.model.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class YamlTest {
  private static @Nullable Object one(String text) {
    return Yaml.parse(text).getFirst().tree();
  }

  @Test
  void readsScalarsAsKubernetesDoes() {
    assertEquals(
        Json.parse(
            "{\"a\":1,\"b\":\"1\",\"c\":true,\"d\":null,\"e\":1.5,\"f\":\"10.0.0.0/8\",\"g\":true,"
                + "\"h\":16,\"i\":\"1m\",\"j\":\"64512:120\",\"k\":\"2026-01-01\",\"l\":1000000.0}"),
        one(
            """
            {a: 1, b: "1", c: true, d: ~, e: 1.5, f: 10.0.0.0/8, g: yes, h: 0x10, i: 1m,
             j: 64512:120, k: 2026-01-01, l: 1e6}
            """));
  }

  @Test
  void knowsTheLineOfEveryField() {
    YamlDocument document =
        Yaml.parse("kind: X\n---\nspec:\n  rules:\n  - a: 1\n  - b: 2\n    c: 3\n").get(1);
    assertEquals(3, document.lineOf("spec"));
    assertEquals(6, document.lineOf("spec.rules[1]"));
    assertEquals(7, document.lineOf("spec.rules[1].c"));
    assertEquals(7, document.lineOf("spec.rules[1].c.absent"));
  }

  @Test
  void refusesSyntaxErrorsAndDuplicates() {
    assertEquals(2, assertThrows(YamlException.class, () -> Yaml.parse("a: 1\n b: 2\n")).line());
    YamlException e = assertThrows(YamlException.class, () -> Yaml.parse("a: 1\nb: 2\na: 3\n"));
    assertEquals(3, e.line());
  }

  @Test
  void leavesOutEmptyDocuments() {
    assertEquals(List.of(), Yaml.parse(""));
    assertEquals(1, Yaml.parse("---\n---\na: 1\n---\n# nothing\n").size());
  }

  @Test
  void printsSortedBlocks() {
    assertEquals(
        """
        a:
        - b: 1
          c:
          - x
        - - "1"
          - "true"
        order: 20.5
        selector: threat == 'bad'
        t: "2026-11-20T22:56:17Z"
        z: {}
        """,
        Yaml.print(
            Json.parse(
                "{\"z\":{},\"t\":\"2026-11-20T22:56:17Z\",\"selector\":\"threat == 'bad'\","
                    + "\"order\":20.5,\"a\":[{\"c\":[\"x\"],\"b\":1},[\"1\",\"true\"]]}")));
  }

  @Test
  void readsBackEveryStringItPrints() {
    Random random = calico.model.Seed.random(YamlTest.class);
    String alphabet = "ab1 :-#'\"\\{}[],&*!|>%@`\n\t.~<=é\u0001+e0xy";
    for (int i = 0; i < 50_000; i++) {
      StringBuilder s = new StringBuilder();
      for (int n = random.nextInt(7); n > 0; n--) {
        s.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      s.append(random.nextInt(20) == 0 ? "\\u003c" : "");
      List<Object> tree = List.of(s.toString(), java.util.Map.of("k" + s, s.toString()));
      String text = Yaml.print(tree);
      assertEquals(tree, one(text), text);
    }
  }
}
