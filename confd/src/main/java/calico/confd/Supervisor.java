package calico.confd;

import calico.reconcile.Backoff;
import calico.reconcile.EventLoop;
import java.time.Duration;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a daemon running.
 *
 * <p>The daemon is in a session of its own and writes to files, so it goes on when this process
 * ends, however it ends; the next one finds it by its pid file and adopts it. A daemon that dies is
 * started again, sooner at first and later if it keeps dying.
 *
 * <p>Thread-safe.
 */
final class Supervisor implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Supervisor.class);

  private static final Backoff RESTART = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

  /** A daemon that has lived for this long was healthy: the next restart comes soon again. */
  private static final Duration HEALTHY = Duration.ofSeconds(10);

  private final DaemonProcess process;
  private final RandomGenerator random;

  /** Only a clock: whatever it runs takes the lock. */
  private final EventLoop timer;

  // Guarded by this, but for the volatile one.
  private volatile @Nullable ProcessHandle daemon;
  private boolean supervising;
  private boolean restartScheduled;
  private int failures;
  private long startedNanos;

  /**
   * @param random spreads the delays of restarts
   */
  Supervisor(DaemonProcess process, RandomGenerator random) {
    this.process = process;
    this.random = random;
    String name = process.program().name();
    this.timer = new EventLoop(name, e -> log.error("supervision of {} failed", name, e));
  }

  /** The daemon's process id, or empty while it is not running. */
  Optional<Long> pid() {
    ProcessHandle current = daemon;
    return current == null || !current.isAlive() ? Optional.empty() : Optional.of(current.pid());
  }

  /**
   * Adopts the daemon that is running, or starts one, and returns when it answers. From then on it
   * is kept running, also if this call fails. Does nothing if the daemon is running.
   *
   * @throws BgpDaemonException why it does not run
   */
  synchronized void start() throws BgpDaemonException {
    supervising = true;
    ensureRunning();
  }

  /** Ends the daemon, whoever started it, and no longer keeps it running. */
  synchronized void stop() throws BgpDaemonException {
    supervising = false;
    ProcessHandle running = daemon != null ? daemon : process.find().orElse(null);
    daemon = null;
    if (running != null) {
      process.end(running);
    }
  }

  /** Ends the daemon as a crash would, and starts another. */
  synchronized void replace() throws BgpDaemonException {
    ProcessHandle running = daemon;
    daemon = null;
    if (running != null) {
      process.kill(running);
    }
    ensureRunning();
  }

  /** No longer keeps the daemon running; it goes on. */
  @Override
  public void close() {
    synchronized (this) {
      supervising = false;
    }
    timer.close();
  }

  private void ensureRunning() throws BgpDaemonException {
    if (!supervising || pid().isPresent()) {
      return;
    }
    try {
      ProcessHandle running = process.adoptOrLaunch();
      daemon = running;
      startedNanos = System.nanoTime();
      var _ = running.onExit().thenRun(() -> ended(running));
    } catch (BgpDaemonException e) {
      scheduleRestart();
      throw e;
    }
  }

  private synchronized void ended(ProcessHandle which) {
    if (!which.equals(daemon)) {
      return;
    }
    daemon = null;
    if (System.nanoTime() - startedNanos > HEALTHY.toNanos()) {
      failures = 0;
    }
    if (supervising) {
      log.warn(
          "{} has ended pid={} log={}; starting it again",
          process.program().name(),
          which.pid(),
          process.program().log());
      scheduleRestart();
    }
  }

  private void scheduleRestart() {
    if (!restartScheduled) {
      restartScheduled = true;
      failures++;
      timer.schedule(RESTART.wait(failures, random), this::restart);
    }
  }

  private synchronized void restart() {
    restartScheduled = false;
    try {
      ensureRunning();
    } catch (BgpDaemonException e) {
      log.error("{} does not start: {}", process.program().name(), e.getMessage());
    }
  }
}
