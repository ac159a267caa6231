package calico.confd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import calico.model.Ip;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PeerAddressTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1, 0",
    "10.0.0.1:1790, 10.0.0.1, 1790",
    "[10.0.0.1]:1790, 10.0.0.1, 1790",
    "fd00::1, fd00::1, 0",
    "fd00::1:1790, fd00::1:1790, 0",
    "[fd00::1]:65535, fd00::1, 65535",
  })
  void parses(String text, String ip, int port) {
    assertEquals(new PeerAddress(Ip.parse(ip), port), PeerAddress.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "router", "10.0.0.1:", "10.0.0.1:0", "10.0.0.1:65536", "[fd00::1]", "[]:1"})
  void refuses(String text) {
    assertNull(PeerAddress.parse(text));
  }

  @Test
  void absentIsNothing() {
    assertNull(PeerAddress.parse(null));
  }
}
