package calico.felix.drops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PacketHeadersTest {
  private static final String V4 = "4500 0028 0000 FRAG 40 PP 0000 0a000001 0a000002";
  private static final String V6 =
      "60000000 0014 PP 40 fd000000000000000000000000000001 fd000000000000000000000000000002";

  @ParameterizedTest
  @CsvSource({
    "0000, 06, 10c00050, TCP 10.0.0.1:4288 -> 10.0.0.2:80",
    "0000, 11, 10c00035, UDP 10.0.0.1:4288 -> 10.0.0.2:53",
    "2000, 84, 10c00035, SCTP 10.0.0.1:4288 -> 10.0.0.2:53",
    "0001, 06, 10c00050, TCP 10.0.0.1 -> 10.0.0.2",
    "0000, 01, 0800,     ICMP 10.0.0.1 -> 10.0.0.2 type 8 code 0",
    "0000, 2f, 0800,     47 10.0.0.1 -> 10.0.0.2",
  })
  void readsIpv4(String fragment, String protocol, String transport, String expected) {
    byte[] packet = hex(V4.replace("FRAG", fragment).replace("PP", protocol) + transport);
    assertEquals(expected, PacketHeaders.read(packet).orElseThrow().toString());
  }

  @ParameterizedTest
  @CsvSource({
    "06, 10c00050,                 TCP [fd00::1]:4288 -> [fd00::2]:80",
    "3a, 8700,                     ICMPv6 fd00::1 -> fd00::2 type 135 code 0",
    "00, 0600000000000000 10c00050, TCP [fd00::1]:4288 -> [fd00::2]:80",
    "3c, 1101000000000000 0000000000000000 00010002, UDP [fd00::1]:1 -> [fd00::2]:2",
    "2c, 0600000000000000 10c00050, TCP [fd00::1]:4288 -> [fd00::2]:80",
    "2c, 0600000800000000 10c00050, TCP fd00::1 -> fd00::2",
  })
  void readsIpv6(String next, String rest, String expected) {
    byte[] packet = hex(V6.replace("PP", next) + rest);
    assertEquals(expected, PacketHeaders.read(packet).orElseThrow().toString());
  }

  @Test
  void aCutPacketOrAnotherProtocolIsNoMistake() {
    assertEquals(Optional.empty(), PacketHeaders.read(new byte[0]));
    assertEquals(Optional.empty(), PacketHeaders.read(new byte[] {0x17, 0, 0}));
    byte[] whole = hex(V6.replace("PP", "00") + "0600000000000000 10c00050");
    for (int length = 0; length < 40; length++) {
      assertEquals(Optional.empty(), PacketHeaders.read(Arrays.copyOf(whole, length)));
    }
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      byte[] packet = new byte[random.nextInt(80)];
      random.nextBytes(packet);
      var _ = PacketHeaders.read(packet);
    }
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }
}
