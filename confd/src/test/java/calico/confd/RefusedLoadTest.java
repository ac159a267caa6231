package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.Resources.peerTo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A daemon whose check accepts a configuration that it then does not take. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RefusedLoadTest {
  private static final String REFUSED = "10.99.0.77";

  @TempDir Path directory;

  /** Takes what does not name a certain address. */
  private record Fake(Path config) implements BgpDaemon {
    @Override
    public String name() {
      return "fake";
    }

    @Override
    public BgpControl control() {
      throw new UnsupportedOperationException();
    }

    @Override
    public BgpConfig render(BgpState state, ConfdConfig config) {
      return BirdConfig.of(state, config);
    }

    @Override
    public void check(Path candidate) {}

    @Override
    public void start() {}

    @Override
    public void load() throws BgpDaemonException {
      if (text().contains(REFUSED)) {
        throw new BgpDaemonException.Refused("not that");
      }
    }

    String text() {
      try {
        return Files.readString(config);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void stop() {}

    @Override
    public void retire() {}

    @Override
    public void close() {}
  }

  @Test
  void theFileThatItRunsOnWithIsPutBack() throws Exception {
    Fake daemon = new Fake(directory.resolve("fake.conf"));
    try (BirdCluster cluster = new BirdCluster(0, directory)) {
      cluster.addNodes(2);
      Confd confd = cluster.confd(1, daemon);
      Await.until("in sync", SOON, () -> confd.status().healthy());
      String good = daemon.text();
      assertTrue(good.contains("neighbor 10.99.0.2 "), good);

      cluster.put(peerTo("bad", null, REFUSED, 64999L));
      Await.until("an error", SOON, () -> confd.status().error().isPresent());
      assertEquals("not that", confd.status().error().orElseThrow());
      assertEquals(good, daemon.text());

      cluster.datastore.delete(ResourceKey.of(Kinds.BGP_PEER, "bad"), null);
      Await.until("no error", SOON, () -> confd.status().error().isEmpty());
      assertEquals(good, daemon.text());
    }
  }
}
