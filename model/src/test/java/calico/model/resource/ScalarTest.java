package calico.model.resource;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.model.Seed;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScalarTest {
  @Test
  void portsHaveThreeForms() {
    assertEquals(Port.of(80), Port.of((Object) 80L));
    assertEquals(Port.of(80), Port.of("80"));
    assertEquals(Port.range(80, 90), Port.of("80:90"));
    assertEquals(Port.named("http"), Port.of("http"));
    assertEquals("80:90", Port.range(80, 90).tree());
    assertEquals(80L, Port.of(80).tree());
    for (Object bad :
        new Object[] {65536L, -1L, "65536", "90:80", "a b", "", "1:2:3", "99999999"}) {
      assertThrows(IllegalArgumentException.class, () -> Port.of(bad), bad.toString());
    }
    Random random = Seed.random(ScalarTest.class);
    for (int i = 0; i < 2_000; i++) {
      int min = random.nextInt(65536);
      Port port = Port.range(min, min + random.nextInt(65536 - min));
      assertEquals(port, Port.parse(port.toString()));
      assertEquals(port, Port.of(port.tree()));
    }
  }

  @Test
  void protocolsAreNamesOrNumbers() {
    assertEquals(Protocol.TCP, Protocol.of("TCP"));
    assertEquals(Protocol.TCP, Protocol.of("tcp"));
    assertEquals(new Protocol("ICMPv6", 58), Protocol.of("icmpv6"));
    assertEquals("132", Protocol.numbered(132).toString());
    assertEquals(132L, Protocol.numbered(132).tree());
    for (Object bad : new Object[] {0L, 256L, Long.MAX_VALUE, "", "IPIP", "999"}) {
      assertThrows(IllegalArgumentException.class, () -> Protocol.of(bad), bad.toString());
    }
  }

  @Test
  void asNumbersAreIntegersOrDotted() {
    assertEquals(new AsNumber(64512), AsNumber.of(64512L));
    assertEquals(new AsNumber(65546), AsNumber.of("1.10"));
    assertEquals(new AsNumber(0xffffffffL), AsNumber.of("65535.65535"));
    for (Object bad : new Object[] {-1L, 0x100000000L, "1.65536", "1.2.3", "x", ""}) {
      assertThrows(IllegalArgumentException.class, () -> AsNumber.of(bad), bad.toString());
    }
  }

  @Test
  void endpointNamesDoubleInnerHyphens() {
    String name = WorkloadEndpointName.compose("k8s", "node-a", "web-1", "eth0");
    assertEquals("node--a-k8s-web--1-eth0", name);
    assertEquals(
        new WorkloadEndpointName("node-a", "k8s", "web-1", "eth0"),
        WorkloadEndpointName.parse(name));
    for (String bad : new String[] {"", "a-b-c", "a-b-c-d-e", "a--b-c-d", "a-b-c-"}) {
      assertThrows(IllegalArgumentException.class, () -> WorkloadEndpointName.parse(bad), bad);
    }
    assertThrows(
        IllegalArgumentException.class, () -> WorkloadEndpointName.compose("k8s", "-a", "b", "c"));
  }
}
