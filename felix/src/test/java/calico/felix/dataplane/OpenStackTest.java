package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.RulesConfig;
import calico.model.Ip;
import calico.netlink.Netns;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a virtual machine may ask of its host, and a container may not. */
class OpenStackTest {
  private static final String HOST = "198.51.100.1";
  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  private boolean reaches(Netns from, String address, int port) {
    return node.traffic.tcp(from, address, port);
  }

  @Test
  void dnsAndMetadataAreReachedWhateverPolicySays() {
    node.config =
        node.config.withRules(
            RulesConfig.defaults().withOpenStack(new RulesConfig.OpenStack(Ip.parse(HOST), 8775)));
    node.start();
    node.awaitUp(1);
    serve();
    assertTrue(reaches(node.first, "169.254.169.254", 80), "metadata, where machines look for it");
    assertTrue(reaches(node.first, HOST, 8775), "metadata, where it is");
    assertTrue(node.traffic.udp(node.first, HOST, 53), "DNS");
    assertFalse(reaches(node.first, HOST, 53), "DNS over TCP");
    assertFalse(reaches(node.first, HOST, 8080), "anything else");
  }

  private void serve() {
    for (int port : new int[] {8775, 53, 8080}) {
      node.traffic.serve(node.host, port);
    }
  }

  @Test
  void elsewhereNothingOfThatIsOpen() {
    node.start();
    node.awaitUp(1);
    serve();
    assertFalse(reaches(node.first, "169.254.169.254", 80), "metadata");
    assertFalse(reaches(node.first, HOST, 8775), "metadata");
    assertFalse(node.traffic.udp(node.first, HOST, 53), "DNS");
  }
}
