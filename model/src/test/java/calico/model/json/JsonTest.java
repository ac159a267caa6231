package calico.model.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
  @Test
  void keepsOrderAndExactIntegers() {
    String text = "{\"b\":1795215422162656528,\"a\":[null,true,\"x\",18446744073709551615,1.5]}";
    assertEquals(text, Json.print(Json.parse(text)));
  }

  @Test
  void readsEveryFormOfAValue() {
    Map<String, Object> cases =
        Map.ofEntries(
            Map.entry("true", true),
            Map.entry(" \t\r\n false ", false),
            Map.entry("\"\"", ""),
            Map.entry(
                "\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\u007f\"",
                "a\"\\/\b\f\n\r\té😀\u007f"),
            Map.entry("0", 0L),
            Map.entry("-0", 0L),
            Map.entry("-12", -12L),
            Map.entry("9223372036854775807", Long.MAX_VALUE),
            Map.entry("-9223372036854775808", Long.MIN_VALUE),
            Map.entry("9223372036854775808", BigInteger.TWO.pow(63)),
            Map.entry("0.5", 0.5),
            Map.entry("-1.25e2", -125.0),
            Map.entry("1E+3", 1000.0),
            Map.entry("2e-2", 0.02),
            Map.entry("[ ]", List.of()),
            Map.entry("{ }", Map.of()),
            Map.entry("[[],{\"a\":{}} , 1]", List.of(List.of(), Map.of("a", Map.of()), 1L)),
            Map.entry("{\"a\":1,\"a\" : 2}", Map.of("a", 2L)));
    cases.forEach((text, value) -> assertEquals(value, Json.parse(text), text));
    String deep = "[".repeat(400) + "]".repeat(400);
    assertEquals(deep, Json.print(Json.parse(deep)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "tru",
        "nul",
        "trueish",
        "'a'",
        "a",
        "01",
        "-",
        "+1",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        "NaN",
        "Infinity",
        "-Infinity",
        "\"a",
        "\"a\\",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u١٢٣٤\"",
        "\"a\nb\"",
        "\"a\u0000\"",
        "[",
        "[1",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1}",
        "]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,}",
        "{a:1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\":1]",
        "{,}",
        "// no\n1",
        "1 2",
        "\u00a01",
        "1\u0000"
      })
  void refusesWhatIsNotJson(String text) {
    assertThrows(JsonException.class, () -> Json.parse(text));
  }

  @Test
  void refusesWhatWouldTakeTheStackOrTheProcessor() {
    assertThrows(JsonException.class, () -> Json.parse("[".repeat(1_000_000)));
    assertThrows(JsonException.class, () -> Json.parse("{\"a\":".repeat(100_000)));
    assertThrows(JsonException.class, () -> Json.parse("9".repeat(1_000_000)));
  }

  @Test
  void escapesAsGoDoes() {
    assertEquals(
        "\"\\u003ca href=\\\"x\\\"\\u003e \\u0026 \\u2028\\n\\u0001é\"",
        Json.print("<a href=\"x\"> & \u2028\n\u0001é"));
  }

  @Test
  void printsNumbersAsGoDoes() {
    Map<Double, String> cases =
        Map.of(
            10.0,
            "10",
            20.5,
            "20.5",
            1e6,
            "1000000",
            1e21,
            "1e+21",
            1e-7,
            "1e-7",
            1.25e-9,
            "1.25e-9",
            -0.5,
            "-0.5",
            0.000001,
            "0.000001",
            123456789012345680.0,
            "123456789012345680");
    cases.forEach((number, text) -> assertEquals(text, Json.print(number)));
  }

  @Test
  void namesLineAndColumnOfErrors() {
    JsonException e = assertThrows(JsonException.class, () -> Json.parse("{\n  \"a\": x}"));
    assertEquals(2, e.line());
    assertEquals(8, e.column());
    assertEquals("line 2, column 8: a JSON value is missing", e.getMessage());
    assertThrows(JsonException.class, () -> Json.parse(""));
    assertThrows(JsonException.class, () -> Json.parse("{} {}"));
    assertThrows(JsonException.class, () -> Json.parse("[1,"));
  }

  @Test
  void indentsByTwo() {
    assertEquals(
        "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}",
        Json.printPretty(Json.parse("{\"a\":[1],\"b\":{}}")));
    assertEquals(Arrays.asList(1L, null), Json.parse("[1,null]"));
    assertEquals(List.of(), Json.parse("[]"));
  }
}
