package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.file.Path;
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
    FelixProcess felix = new FelixProcess(node.lab.name("host"), root);
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
      int sent = flow.stop();
      Lab.await(
          () -> sent + " packets, not " + Uplink.counted(node.lab, "w2", "allowed"),
          () -> Uplink.counted(node.lab, "w2", "allowed") >= sent);
      assertEquals(sent, Uplink.counted(node.lab, "w2", "allowed"));
      assertEquals(0, Uplink.counted(node.lab, "w2", "denied"));
      System.out.printf("RestartTest: 4 restarts, %d packets, none lost%n", sent);
    } finally {
      felix.close();
    }
  }
}
