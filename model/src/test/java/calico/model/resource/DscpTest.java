package calico.model.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.Map;
import org.junit.jupiter.api.Test;

class DscpTest {
  @Test
  void namesAndNumbers() {
    Map<String, Integer> points =
        Map.of(
            "DF", 0, "EF", 46, "AF11", 10, "af23", 22, "AF41", 34, "CS0", 0, "CS6", 48, " 17 ", 17,
            "63", 63);
    points.forEach((text, number) -> assertEquals(number, Dscp.parse(text), text));
    assertEquals(20, Dscp.parse(20L));
    assertEquals(20, Dscp.parse(20.0));
  }

  @Test
  void nothingElse() {
    for (Object other : new Object[] {"64", "AF14", "AF51", "CS7", "-1", "", 64L, -1L, 1.5, true}) {
      assertNull(Dscp.parse(other), other.toString());
    }
    assertNull(Dscp.parse(null));
  }
}
