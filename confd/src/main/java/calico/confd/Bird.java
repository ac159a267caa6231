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
 * A BIRD daemon that is kept running; unless told otherwise, in the network namespace of this
 * process.
 *
 * <p>The daemon is in a session of its own and writes to files, so it goes on when this process
 * ends, however it ends; the next one finds it by its pid file and adopts it. A daemon that dies is
 * started again, sooner at first and later if it keeps dying; it then keeps the routes in the
 * kernel until its peers are back (graceful restart).
 *
 * <p>Thread-safe.
 */
public final class Bird implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Bird.class);

  private static final Backoff RESTART = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

  /** A daemon that has lived for this long was healthy: the next restart comes soon again. */
  private static final Duration HEALTHY = Duration.ofSeconds(10);

  /** How long BIRD may take to answer a command: it is busy while it loads large tables. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final BirdProcess process;
  private final RandomGenerator random;

  /** Only a clock: whatever it runs takes the lock. */
  private final EventLoop timer;

  // Guarded by this, but for the volatile one.
  private volatile @Nullable ProcessHandle daemon;
  private boolean supervising;
  private boolean restartScheduled;
  private int failures;
  private long startedNanos;

  public Bird(BirdPaths paths) {
    this(paths, NetworkNamespace.CURRENT, RandomGenerator.getDefault());
  }

  /**
   * @param namespace where it runs
   * @param random spreads the delays of restarts
   */
  public Bird(BirdPaths paths, NetworkNamespace namespace, RandomGenerator random) {
    this.process = new BirdProcess(paths, namespace, new BirdControl(paths.socket(), ANSWER));
    this.random = random;
    this.timer = new EventLoop("bird", e -> log.error("supervision of BIRD failed", e));
  }

  public BirdPaths paths() {
    return process.paths();
  }

  public BirdControl control() {
    return process.control();
  }

  /** The daemon's process id, or empty while it is not running. */
  public Optional<Long> pid() {
    ProcessHandle current = daemon;
    return current == null || !current.isAlive() ? Optional.empty() : Optional.of(current.pid());
  }

  /**
   * Adopts the daemon that is running, or starts one, and returns when it answers. From then on it
   * is kept running, also if this call fails. Needs a configuration file in place. Does nothing if
   * the daemon is running.
   *
   * @throws BgpDaemonException why it does not run
   */
  public synchronized void start() throws BgpDaemonException {
    supervising = true;
    ensureRunning();
  }

  /** Ends the daemon, whoever started it, and no longer keeps it running. */
  public synchronized void stop() throws BgpDaemonException {
    supervising = false;
    ProcessHandle running = daemon != null ? daemon : process.find().orElse(null);
    daemon = null;
    if (running != null) {
      BirdProcess.end(running);
    }
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
      log.warn("BIRD has ended pid={} log={}; starting it again", which.pid(), paths().log());
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
      log.error("BIRD does not start: {}", e.getMessage());
    }
  }
}
