package calico.confd;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A BGP daemon that is to take the place of another one that runs. Both want BGP's port, so one
 * goes before the other comes; that is when there is a configuration of the datastore as it is. The
 * last one of the newcomer may be old, and while the datastore is away the other's routes are the
 * better ones.
 */
final class Successor implements BgpDaemon {
  private static final Logger LOG = LoggerFactory.getLogger(Successor.class);

  private final BgpDaemon daemon;

  /** Guarded by this; null when it has gone. */
  private @Nullable BgpDaemon before;

  private Successor(BgpDaemon daemon, BgpDaemon before) {
    this.daemon = daemon;
    this.before = before;
  }

  /**
   * The daemon, after what is left of another one has been removed, or one that does so when it is
   * given its first configuration, if the other one runs. That one is kept running until then.
   */
  static BgpDaemon of(BgpDaemon daemon, BgpDaemon before) {
    if (answers(before)) {
      LOG.info("{} goes on until {} has a configuration", before.name(), daemon.name());
      try {
        before.start();
      } catch (BgpDaemonException e) {
        LOG.warn("{} goes on, but {}", before.name(), e.getMessage());
      }
      return new Successor(daemon, before);
    }
    try (before) {
      before.retire();
    } catch (BgpDaemonException e) {
      LOG.error("{} is to take its place, but {}", daemon.name(), e.getMessage());
    }
    return daemon;
  }

  private static boolean answers(BgpDaemon daemon) {
    try {
      DaemonStatus _ = daemon.control().status();
      return true;
    } catch (BgpDaemonException _) {
      return false;
    }
  }

  /** Does nothing while the other one has the place. */
  @Override
  public synchronized void start() throws BgpDaemonException {
    if (before == null) {
      daemon.start();
    }
  }

  @Override
  public synchronized void load() throws BgpDaemonException {
    if (before != null) {
      LOG.info("{} takes the place of {}", daemon.name(), before.name());
      before.retire();
      before.close();
      before = null;
    }
    daemon.load();
  }

  @Override
  public synchronized void close() {
    if (before != null) {
      before.close();
    }
    daemon.close();
  }

  @Override
  public String name() {
    return daemon.name();
  }

  @Override
  public Path config() {
    return daemon.config();
  }

  @Override
  public BgpControl control() {
    return daemon.control();
  }

  @Override
  public BgpConfig render(BgpState state, ConfdConfig config) {
    return daemon.render(state, config);
  }

  @Override
  public void check(Path candidate) throws BgpDaemonException, IOException {
    daemon.check(candidate);
  }

  @Override
  public void stop() throws BgpDaemonException {
    daemon.stop();
  }

  @Override
  public void retire() throws BgpDaemonException {
    daemon.retire();
  }
}
