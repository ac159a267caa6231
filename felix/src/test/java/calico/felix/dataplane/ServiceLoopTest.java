package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.DenyAction;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey.ServiceRangeId;
import calico.model.Cidr;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of packets to services that are not there: the node's way to them is the peer's. */
class ServiceLoopTest {
  private static final ServiceRangeId IPV4 = new ServiceRangeId(Cidr.parse("10.96.0.0/12"));
  private static final ServiceRangeId IPV6 = new ServiceRangeId(Cidr.parse("fd00:96::/112"));

  private final Node node = new Node();
  private final Uplink uplink = new Uplink(node);

  @AfterEach
  void close() {
    node.close();
  }

  private void start(@Nullable DenyAction action) {
    for (String conf : List.of("all", "eth0")) { // redirects use up what errors may be sent
      node.lab.run("host", "sysctl -q net.ipv4.conf." + conf + ".send_redirects=0");
    }
    node.lab.ip("host", "route add 10.96.0.0/12 via " + Uplink.PEER);
    node.lab.ip("host", "route add fd00:96::/112 via " + Uplink.PEER6);
    node.config = node.config.withRules(RulesConfig.defaults().withServiceLoops(action));
    node.state.put(Node.endpoint(2), Node.local(2, List.of()));
    node.state.put(IPV4, true);
    node.state.put(IPV6, true);
    node.start();
    node.awaitUp(2);
    Uplink.count(node.lab, "peer", "back", "udp dport 9999");
    Uplink.count(node.lab, "peer", "refused", "icmp type 3 icmp code 3");
    Uplink.count(node.lab, "peer", "refused6", "icmpv6 type 1 icmpv6 code 4");
  }

  private int seen(String counter) {
    return Uplink.counted(node.lab, "peer", counter);
  }

  private void send() {
    Uplink.send(uplink.peer, Uplink.PEER, "10.96.0.1", 3);
    Uplink.send(uplink.peer, Uplink.PEER6, "fd00:96::1", 3);
  }

  @Test
  void theyComeBackIfNobodyPreventsIt() {
    start(null);
    send();
    Lab.await("all came back", () -> seen("back") == 6);
  }

  @Test
  void theyAreDropped() {
    start(DenyAction.DROP);
    send();
    Uplink.send(uplink.peer, Uplink.PEER, "10.80.0.1", 1); // another way back, none of services
    node.lab.ip("host", "route add 10.80.0.0/16 via " + Uplink.PEER);
    Uplink.send(uplink.peer, Uplink.PEER, "10.80.0.1", 1);
    Lab.await("only the other came back", () -> seen("back") == 1);
    assertEquals(0, seen("refused") + seen("refused6"));

    node.apply(new StateChange.Removed(IPV4), new StateChange.Removed(IPV6));
    send();
    Lab.await("no longer", () -> seen("back") == 7);
  }

  @Test
  void theyAreRefused() {
    start(DenyAction.REJECT);
    send();
    Lab.await("IPv4", () -> seen("refused") > 0);
    Lab.await("IPv6", () -> seen("refused6") > 0);
    assertEquals(0, seen("back"));
  }

  @Test
  void aServiceThatIsThereIsReached() {
    start(DenyAction.DROP);
    node.traffic.serve(node.second, 8080);
    node.lab.nft("host", "add table ip proxy");
    node.lab.nft("host", "add chain ip proxy pre { type nat hook prerouting priority -100 ; }");
    node.lab.nft("host", "add rule ip proxy pre ip daddr 10.96.0.10 dnat to 10.65.0.2");
    assertTrue(node.traffic.tcp(uplink.peer, "10.96.0.10", 8080));
    assertTrue(node.traffic.tcp(node.first, "10.96.0.10", 8080));
  }
}
