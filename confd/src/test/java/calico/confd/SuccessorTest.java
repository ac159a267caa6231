package calico.confd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SuccessorTest {
  private final List<String> events = new ArrayList<>();
  private final Fake before = new Fake("old");
  private final Fake next = new Fake("new");

  /** Notes what happens to it. */
  private final class Fake implements BgpDaemon {
    private final String name;
    private boolean runs;
    private boolean stays;

    Fake(String name) {
      this.name = name;
    }

    private void happened(String what) {
      events.add(name + " " + what);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Path config() {
      return Path.of(name);
    }

    @Override
    public BgpControl control() {
      return new BgpControl() {
        @Override
        public Path socket() {
          return config();
        }

        @Override
        public DaemonStatus status() throws BgpDaemonException {
          if (!runs) {
            throw new BgpDaemonException.Unavailable("no answer", null);
          }
          return new DaemonStatus("1", "10.0.0.1", "", "", false);
        }

        @Override
        public List<BgpSession> sessions() {
          return List.of();
        }

        @Override
        public List<BgpRoute> routes() {
          return List.of();
        }
      };
    }

    @Override
    public BgpConfig render(BgpState state, ConfdConfig config) {
      return BirdConfig.of(state, config);
    }

    @Override
    public void check(Path candidate) {
      happened("checks");
    }

    @Override
    public void start() {
      happened("starts");
    }

    @Override
    public void load() {
      happened("loads");
    }

    @Override
    public void stop() {
      happened("stops");
    }

    @Override
    public void retire() throws BgpDaemonException {
      if (stays) {
        throw new BgpDaemonException("it does not end", null);
      }
      happened("retires");
    }

    @Override
    public void close() {
      happened("closes");
    }
  }

  @Test
  void whatDoesNotRunIsCleanedUpAtOnce() {
    assertSame(next, Successor.of(next, before));
    assertEquals(List.of("old retires", "old closes"), events);
  }

  @Test
  void whatRunsGoesOnUntilThereIsAConfiguration() throws Exception {
    before.runs = true;
    try (BgpDaemon successor = Successor.of(next, before)) {
      successor.start();
      successor.check(Path.of("candidate"));
      assertEquals(List.of("old starts", "new checks"), events);
      events.clear();
      successor.load();
      successor.load();
      successor.start();
      assertEquals(
          List.of("old retires", "old closes", "new loads", "new loads", "new starts"), events);
      events.clear();
    }
    assertEquals(List.of("new closes"), events);
  }

  @Test
  void whatDoesNotEndIsTriedAgain() throws Exception {
    before.runs = true;
    before.stays = true;
    BgpDaemon successor = Successor.of(next, before);
    assertThrows(BgpDaemonException.class, successor::load);
    before.stays = false;
    successor.load();
    assertEquals(List.of("old starts", "old retires", "old closes", "new loads"), events);
  }
}
