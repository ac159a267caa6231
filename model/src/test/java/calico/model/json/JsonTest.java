package calico.model.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {
  @Test
  void keepsOrderAndExactIntegers() {
    String text = "{\"b\":1795215422162656528,\"a\":[null,true,\"x\",18446744073709551615,1.5]}";
    assertEquals(text, Json.print(Json.parse(text)));
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
