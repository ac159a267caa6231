package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A whole Felix that is killed, and that ends in good order, while a thousand packets a second
 * pass.
 */
class RestartTest {
  private static final String READINESS = "http://127.0.0.1:9099/readiness";

  /** Of traffic without anybody there. */
  private static final int ALONE = 300;

  private static final int DEATHS = 8;
  private static final int MAX_LIFE_MILLIS = 3_000;

  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  private boolean ready() {
    return node.host.call(
        () -> {
          try {
            var connection = (HttpURLConnection) URI.create(READINESS).toURL().openConnection();
            return connection.getResponseCode() == 200;
          } catch (IOException _) {
            return false;
          }
        });
  }

  private FelixProcess start(Path root) throws IOException {
    FelixProcess felix = new FelixProcess(node.lab.name("host"), root, false);
    Lab.await("Felix is ready", () -> ready() || !felix.isAlive());
    assertTrue(felix.isAlive(), "see " + root.resolve("felix.log"));
    return felix;
  }

  @Test
  void noPacketIsLostAndNoneIsLetThrough(@TempDir Path root) throws Exception {
    Uplink.count(node.lab, "w2", "allowed", "udp dport 8080");
    Uplink.count(node.lab, "w2", "denied", "udp dport 8081");
    FelixProcess felix = start(root);
    try (PacketFlow flow = new PacketFlow(node.first, "10.65.0.2", 8080, 8081)) {
      flow.await(ALONE);
      for (int i = 0; i < 4; i++) {
        if (i % 2 == 0) {
          felix.kill();
        } else {
          felix.end();
        }
        flow.await(ALONE);
        felix = start(root);
        flow.await(ALONE);
      }
      assertNoneLost(flow.stop(), "4 restarts");
    } finally {
      felix.close();
    }
  }

  private void assertNoneLost(int sent, String what) {
    Lab.await(
        () -> sent + " packets, not " + Uplink.counted(node.lab, "w2", "allowed"),
        () -> Uplink.counted(node.lab, "w2", "allowed") >= sent);
    assertEquals(sent, Uplink.counted(node.lab, "w2", "allowed"));
    assertEquals(0, Uplink.counted(node.lab, "w2", "denied"));
    System.out.printf("RestartTest: %s, %d packets, none lost%n", what, sent);
  }

  /** Most of its deaths come while it writes, at its start or later. */
  @Test
  void neitherWhenItDiesInTheMiddleOfAChange(@TempDir Path root) throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    System.out.println("RestartTest: seed=" + seed);
    Uplink.count(node.lab, "w2", "allowed", "udp dport 8080");
    Uplink.count(node.lab, "w2", "denied", "udp dport 8081");
    start(root).kill();
    try (PacketFlow flow = new PacketFlow(node.first, "10.65.0.2", 8080, 8081)) {
      flow.await(ALONE);
      for (int i = 0; i < DEATHS; i++) {
        try (FelixProcess felix = new FelixProcess(node.lab.name("host"), root, true)) {
          TimeUnit.MILLISECONDS.sleep(random.nextInt(MAX_LIFE_MILLIS));
          assertTrue(felix.isAlive(), "see " + root.resolve("felix.log"));
        }
      }
      try (FelixProcess _ = start(root)) {
        flow.await(ALONE);
        assertNoneLost(flow.stop(), DEATHS + " deaths");
      }
    }
  }
}
