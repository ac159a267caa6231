package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an upstream Felix has left in iptables does not outlive the first state of this one. */
class IptablesTargetTest {
  private static final List<String> ITS =
      List.of(
          "-N cali-FORWARD",
          "-N cali-from-wl-dispatch",
          "-A cali-FORWARD -g cali-from-wl-dispatch",
          "-A cali-from-wl-dispatch -m comment --comment cali:unknown -j DROP",
          "-I FORWARD -m comment --comment cali:wUHhoiAYhphO9Mso -j cali-FORWARD",
          "-A FORWARD -m comment --comment cali:S93hcgKJrXEqnTfs -m mark --mark 0x10000/0x10000 -j ACCEPT",
          "-t nat -N cali-POSTROUTING",
          "-t nat -A POSTROUTING -m comment --comment cali:O3lYWMrLQYEMJtB5 -j cali-POSTROUTING");

  private static final List<String> OTHERS =
      List.of(
          "-N KUBE-FORWARD",
          "-A FORWARD -m comment --comment others -j KUBE-FORWARD",
          "-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT",
          "-t nat -A POSTROUTING -m comment --comment others -j MASQUERADE");

  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  private String rules(String command) {
    return node.lab.run("host", command + " -S") + node.lab.run("host", command + " -t nat -S");
  }

  @ParameterizedTest
  @ValueSource(strings = {"iptables-nft", "ip6tables-nft"})
  void itsChainsGoAndThoseOfOthersStay(String command) {
    OTHERS.forEach(rule -> node.lab.run("host", command + " " + rule));
    String before = rules(command);
    ITS.forEach(rule -> node.lab.run("host", command + " " + rule));
    assertTrue(rules(command).contains("cali-FORWARD"), rules(command));
    node.start();
    node.awaitUp(1);
    Lab.await(() -> rules(command), () -> rules(command).equals(before));
    assertEquals(before, rules(command));
  }
}
