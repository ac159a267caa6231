package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.Pool;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey.CodePointId;
import calico.felix.state.StateKey.PoolId;
import calico.model.Cidr;
import calico.model.Ip;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** With which code point packets of a workload and of the host arrive. */
class CodePointTest {
  private final Node node = new Node();
  private final Uplink uplink = new Uplink(node);

  @AfterEach
  void close() {
    node.close();
  }

  private static CodePointId of(String source) {
    return new CodePointId(Ip.parse(source));
  }

  private int seen(String name) {
    return Uplink.counted(node.lab, "peer", name);
  }

  @Test
  void whatLeavesTheClusterCarriesIt() {
    node.state.put(new PoolId(Cidr.parse("10.65.0.0/16")), new Pool(true));
    node.state.put(new PoolId(Cidr.parse("fd00:65::/64")), new Pool(true));
    node.state.put(of("10.65.0.1"), 10);
    node.state.put(of("fd00:65::1"), 46);
    node.state.put(of(Uplink.HOST), 10);
    node.start();
    node.awaitUp(1);
    node.awaitUp(2);
    node.traffic.serve(uplink.peer, 8080);
    node.traffic.serve(node.second, 8080);
    Uplink.count(node.lab, "peer", "tcp4", "ip dscp af11 tcp dport 8080");
    Uplink.count(node.lab, "peer", "udp6", "ip6 dscp ef udp dport 8080");
    Uplink.count(node.lab, "peer", "host", "ip dscp af11 udp dport 8080");
    Uplink.count(node.lab, "w2", "inside", "ip dscp != cs0");
    Uplink.count(node.lab, "host", "local", "ip dscp af11");

    assertTrue(node.traffic.tcp(node.first, Uplink.PEER, 8080), "the checksum is right");
    assertTrue(seen("tcp4") > 0, "IPv4");
    assertTrue(node.traffic.udp(node.first, Uplink.PEER6, 8080));
    assertEquals(1, seen("udp6"), "IPv6");
    assertTrue(node.traffic.udp(node.host, Uplink.PEER, 8080));
    assertEquals(1, seen("host"), "the host's own");
    assertTrue(node.traffic.tcp(node.first, "10.65.0.2", 8080));
    assertEquals(0, Uplink.counted(node.lab, "w2", "inside"), "to a pool");
    Uplink.send(node.host, Uplink.HOST, "198.51.100.1", 1);
    assertEquals(0, Uplink.counted(node.lab, "host", "local"), "to the host itself");

    for (String source : new String[] {"10.65.0.1", "fd00:65::1", Uplink.HOST}) {
      node.apply(new StateChange.Removed(of(source)));
    }
    assertTrue(node.traffic.udp(node.host, Uplink.PEER, 8080));
    assertEquals(1, seen("host"), "no longer");
    assertFalse(node.lab.nft("host", "list ruleset").contains("dscp-"), "nothing is left");
  }
}
