package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.felix.rules.RulesConfig;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.StateChange;
import calico.felix.state.TrafficLimits;
import calico.model.Cidr;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whether a workload may send from addresses that are not its own. */
class SpoofedSourceTest {
  private final Node node = new Node();

  @BeforeEach
  void addresses() {
    for (int number = 1; number <= 2; number++) {
      node.lab.ip("w" + number, "addr add 10.99.0.5/32 dev eth0");
      node.lab.ip("w" + number, "addr add 10.99.1.5/32 dev eth0");
      node.lab.ip("w" + number, "addr add fd00:99::5/128 dev eth0 nodad");
    }
    node.lab.run("host", "sysctl -q net.ipv4.conf.default.rp_filter=1");
    node.state.put(Node.endpoint(1), spoofing(1, "10.99.0.0/24", "fd00:99::/64"));
    node.state.put(Node.endpoint(2), Node.local(2, List.of()));
  }

  @AfterEach
  void close() {
    node.close();
  }

  private static LocalEndpoint spoofing(int number, String... prefixes) {
    LocalEndpoint plain = Node.local(number, List.of());
    return new LocalEndpoint(
        plain.interfaceName(),
        plain.mac(),
        plain.networks(),
        plain.tiers(),
        plain.profiles(),
        TrafficLimits.NONE,
        TrafficLimits.NONE,
        List.of(prefixes).stream().map(Cidr::parse).toList(),
        LocalEndpoint.Migration.NONE);
  }

  private void start(boolean permitted) {
    node.config = node.config.withRules(RulesConfig.defaults().withSourceSpoofing(permitted));
    node.start();
    node.awaitUp(1);
    node.awaitUp(2);
    for (String name : List.of("w1", "w2")) {
      Uplink.count(node.lab, name, "foreign", "ip saddr 10.99.0.0/16 udp dport 9999");
      Uplink.count(node.lab, name, "foreign6", "ip6 saddr fd00:99::/64 udp dport 9999");
      Uplink.count(node.lab, name, "own", "ip saddr 10.65.0.0/16 udp dport 9999");
    }
  }

  /** From both, and waits until the last packet, which is from an address of its own, is there. */
  private void send() {
    Uplink.send(node.first, "10.99.0.5", "10.65.0.2", 1);
    Uplink.send(node.first, "10.99.1.5", "10.65.0.2", 1);
    Uplink.send(node.first, "fd00:99::5", "fd00:65::2", 1);
    Uplink.send(node.first, "10.65.0.1", "10.65.0.2", 1);
    Uplink.send(node.second, "10.99.0.5", "10.65.0.1", 1);
    Uplink.send(node.second, "10.65.0.2", "10.65.0.1", 1);
    Lab.await("own of the first", () -> seen("w2", "own") > 0);
    Lab.await("own of the second", () -> seen("w1", "own") > 0);
  }

  private int seen(String netns, String counter) {
    return Uplink.counted(node.lab, netns, counter);
  }

  private String rpFilter(int number) {
    return node.lab.run("host", "sysctl -n net.ipv4.conf.cali" + number + ".rp_filter").strip();
  }

  @Test
  void onlyThoseThatItIsAllowed() {
    start(true);
    send();
    assertEquals(1, seen("w2", "foreign"));
    assertEquals(1, seen("w2", "foreign6"));
    assertEquals(0, seen("w1", "foreign"), "the other is not");
    assertEquals("0", rpFilter(1));
    assertEquals("1", rpFilter(2));

    node.apply(new StateChange.Put<>(Node.endpoint(1), Node.local(1, List.of())));
    send();
    assertEquals(1, seen("w2", "foreign"), "no longer");
    assertEquals("1", rpFilter(1));
  }

  @Test
  void noneUnlessItIsPermittedAtAll() {
    start(false);
    send();
    assertEquals(0, seen("w2", "foreign"));
    assertEquals(0, seen("w2", "foreign6"));
  }
}
