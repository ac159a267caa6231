package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.StateChange;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the host answers when a workload asks who has an address, on the real kernel. */
class ArpRepliesTest {
  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  private String neighbour(String address) {
    return node.lab.ip("w1", "neigh show " + address);
  }

  /** Whether the workload hears of anybody who has the address. */
  private boolean isAnswered(String address) {
    Uplink.send(node.first, "10.65.0.9", address, 1);
    Lab.await(
        () -> "an end of the search: " + neighbour(address),
        () -> neighbour(address).contains("lladdr") || neighbour(address).contains("FAILED"));
    return neighbour(address).contains("lladdr");
  }

  /** As when its routes still lead to the node that it comes from. */
  @Test
  void aWorkloadHearsOfNobodyWithItsOwnAddress() {
    node.config = node.config.withRoutesOfOthers();
    node.lab.ip("w1", "addr del 10.65.0.1/32 dev eth0");
    node.lab.ip("w1", "addr add 10.65.0.9/32 dev eth0");
    node.lab.ip("w1", "route add 10.65.0.0/24 dev eth0");
    node.start();
    node.awaitUp(1);
    assertTrue(isAnswered("10.65.0.8"), "an address somewhere else");
    assertFalse(isAnswered("10.65.0.1"), "its own");
    node.apply(new StateChange.Removed(Node.endpoint(1)));
    assertFalse(node.lab.nft("host", "list set arp calico-arp own").contains("cali1"));
  }
}
