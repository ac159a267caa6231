package calico.model.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** As upstream's converter makes them. */
  @Test
  void keysAreStrings() {
    assertEquals(
        Json.parse("{\"true\":1,\"1.1\":2,\"16\":3,\"yes\":4,\"n\":5,\"1.10\":6}"),
        one("{yes: 1, 1.10: 2, 0x10: 3, 'yes': 4, n: 5, '1.10': 6}"));
    assertThrows(YamlException.class, () -> Yaml.parse("~: 1"));
  }

  @Test
  void mergesWhatAMergeKeyNames() {
    assertEquals(
        Map.of("a", Map.of("x", 1L, "y", 2L), "b", Map.of("x", 1L, "y", 3L, "z", 4L)),
        one("a: &a {x: 1, y: 2}\nb: {y: 3, <<: *a, z: 4}\n"));
    assertEquals(
        List.of(Map.of("x", 1L), Map.of("x", 2L, "y", 2L), Map.of("x", 1L, "y", 2L)),
        one("- &a {x: 1}\n- &b {x: 2, y: 2}\n- {<<: [*a, *b]}\n"));
    assertEquals(Map.of("<<", 1L), one("'<<': 1"), "quoted, it is a key");
    YamlException e = assertThrows(YamlException.class, () -> Yaml.parse("a: 1\nb: {<<: 2}"));
    assertEquals("line 2, column 9: only mappings can be merged by <<", e.getMessage());
    assertThrows(YamlException.class, () -> Yaml.parse("a: &a {b: 1, <<: *a}"), "itself");
  }

  /** A small text that means very much, by anchors or merge keys, is refused soon. */
  @ParameterizedTest
  @ValueSource(strings = {"[%s]", "{<<: [%s]}"})
  void whatGrowsWithoutLimitIsRefused(String form) {
    StringBuilder text = new StringBuilder("a0: &a0 {x: 1}\n");
    for (int i = 1; i < 12; i++) {
      String four = String.join(", ", Collections.nCopies(4, "*a" + (i - 1)));
      text.append("a%d: &a%d %s%n".formatted(i, i, form.formatted(four)));
    }
    YamlException e = assertThrows(YamlException.class, () -> Yaml.parse(text.toString()));
    String why = String.valueOf(e.getMessage());
    assertTrue(why.contains("more than 1000000 values"), why);
  }

  /** The escapes of YAML, wherever in a text. */
  @Test
  void readsEveryEscape() {
    String text =
        """
        é: "😀\\L\\\\L\\"\\P\\N\\_\\x41\\u0042"
        plain: a\\Lb
        single: 'a\\Pb'
        again: "\\P"
        """;
    Map<?, ?> read = assertInstanceOf(Map.class, one(text));
    assertEquals("😀\u2028\\L\"\u2029\u0085\u00a0AB", read.get("é"));
    assertEquals("a\\Lb", read.get("plain"));
    assertEquals("a\\Pb", read.get("single"));
    assertEquals("\u2029", read.get("again"));
    YamlException e =
        assertThrows(YamlException.class, () -> Yaml.parse("a: \"\\L\"\nb: \"\\q\"\n"));
    assertEquals(2, e.line());
    assertThrows(YamlException.class, () -> Yaml.parse("a: \"\\L"));
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

  /** As any reader, of YAML 1.1 or 1.2, must take them for strings. */
  @Test
  void quotesWhatMayBeReadAsSomethingElse() {
    String words =
        """
        y Y yes Yes YES n N no No NO on On ON off Off OFF true True TRUE false False FALSE
        null Null NULL ~ = << .inf .Inf +.INF -.inf .nan .NaN .NAN
        0 1 -1 +1 010 0o10 0O10 0777 0x1F 0X1f -0xff 0b11 -0b1_0 1_000 1__0_ 99999999999999999999
        1. .5 1.5 -.5 1_0.5 1.5e3 1e3 1E+3 1e-3 1.10 08 1:30 64512:1:2 -1:2 1_0:59 1:2:3.5 1:2:3.
        2001-01-01 2001-1-1 2001-01-01T00:00:00Z 2001-1-1t1:2:3.5-05:00 2001-01-01T00:00:00""";
    String[] apart = words.split("[ \n]+");
    assertEquals(73, apart.length);
    for (String word : apart) {
      assertEquals('"' + word + "\"\n", Yaml.print(word));
      assertEquals('"' + word + "\": 1\n", Yaml.print(Map.of(word, 1L)));
    }
    for (String time : List.of("2001-12-14 21:59:43.10 -5", "2001-12-14 21:59:43 Z")) {
      assertEquals('"' + time + "\"\n", Yaml.print(time));
    }
  }

  @Test
  void leavesPlainWhatNobodyTakesForSomethingElse() {
    String words =
        """
        yEs nO tRUE nULL nil none 1.2.3.4 10.0.0.0/8 1s 91s 1m30s 0x 0b 0b2 0xg e3 . .e5 _1 1:60
        64512:120 1:2:99 a:1 fd00::1 2001:db8::1 2001-01 2001-01-01-a 2001-01-01T0 1-2-3 .info
        Infinity NaN inf <<< == 1,000 + - 1/2 v1""";
    for (String word : words.split("[ \n]+")) {
      assertEquals(word.equals("-") ? "'-'\n" : word + "\n", Yaml.print(word));
    }
  }

  @Test
  void escapesWhatYamlTakesForTheEndOfALine() {
    assertEquals(
        "\"\\u0085\\u2028\\u2029\\ufeff\\u007f\"\n", Yaml.print("\u0085\u2028\u2029\ufeff\u007f"));
    assertEquals("ünï ☃ 😀 ！\n", Yaml.print("ünï ☃ 😀 ！"));
  }

  @Test
  void readsBackEveryStringItPrints() {
    Random random = calico.model.Seed.random(YamlTest.class);
    String alphabet = "ab1 :-#'\"\\{}[],&*!|>%@`\n\t.~<=é\u0001\u0085\u2028\ufeff！+e0xy_";
    for (int i = 0; i < 50_000; i++) {
      StringBuilder s = new StringBuilder();
      for (int n = random.nextInt(7); n > 0; n--) {
        s.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      s.append(random.nextInt(20) == 0 ? "\\u003c" : "");
      List<Object> tree = List.of(s.toString(), Map.of("k" + s, s.toString()));
      String text = Yaml.print(tree);
      assertEquals(tree, one(text), text);
    }
  }
}
