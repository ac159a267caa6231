package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.model.InterfaceAddress;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.node.AddressDetection.HostInterface;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A node's Node follows its addresses, whatever a look at them has come to before. */
class AddressMonitorTest {
  private static final Duration INTERVAL = Duration.ofMillis(1);
  private static final int LOOKS = 3;

  private final MemoryDatastore datastore = new MemoryDatastore();
  private volatile String address = "192.0.2.1/24";
  private volatile CountDownLatch looks = new CountDownLatch(LOOKS);
  private volatile boolean fails;

  private AddressDetection detect() {
    looks.countDown();
    if (fails) {
      throw new IllegalStateException("nobody has thought of this");
    }
    return new AddressDetection(
        List.of(new HostInterface("eth0", 2, List.of(InterfaceAddress.parse(address)))),
        _ -> Optional.empty());
  }

  private void awaitLooks() throws InterruptedException {
    looks = new CountDownLatch(LOOKS);
    assertTrue(looks.await(10, TimeUnit.SECONDS), "it looks on");
  }

  private String written() {
    NodeSpec spec = datastore.get(ResourceKey.of(Kinds.NODE, "n1")).orElseThrow().value().spec();
    return String.valueOf(Objects.requireNonNull(spec.bgp()).ipv4Address());
  }

  @Test
  void theNodeFollowsItsAddresses() throws Exception {
    NodeSettings settings = NodeSettings.from(Map.of("NODENAME", "n1", "IP", "autodetect"), "", "");
    NodeResource node = new NodeResource(datastore, settings, this::detect);
    assertTrue(node.write());
    assertEquals("192.0.2.1/24", written());
    try (AddressMonitor monitor = new AddressMonitor(node, INTERVAL)) {
      monitor.start();
      fails = true;
      awaitLooks();
      fails = false;
      address = "192.0.2.2/24";
      awaitLooks();
      assertEquals("192.0.2.2/24", written());
    }
  }
}
