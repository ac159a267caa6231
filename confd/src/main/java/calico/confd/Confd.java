package calico.confd;

import calico.datastore.Datastore;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.resource.Kinds;
import calico.reconcile.Backoff;
import calico.reconcile.EventLoop;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a BIRD daemon's configuration equal to what the datastore asks of this node.
 *
 * <p>A change is applied like a transaction: the new text is checked by BIRD, put in place, loaded,
 * and confirmed by BIRD's answer. A text that BIRD refuses never gets there; the old one stays, and
 * {@link #status} says why. Changes that arrive while one is being applied make one text together.
 * While the datastore is away or declared not ready, at the start too, the last good configuration
 * counts.
 */
public final class Confd implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Confd.class);
  private static final Backoff RETRY = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

  private final String nodeName;
  private final Bird bird;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final ConfigFile file;
  private final EventLoop loop;
  private final Syncer syncer;

  // Of the loop, but for the volatile one.
  private final BgpState.Builder state;
  private boolean scheduled;
  private int failures;

  /** The text that the daemon is known to run, or null if that is not known. */
  private @Nullable String confirmed;

  /** The text that BIRD refused last: it would refuse it again. */
  private @Nullable String refused;

  private volatile ConfdStatus status =
      new ConfdStatus(false, Optional.empty(), 0, Optional.empty());

  public Confd(ConfdConfig config, Datastore datastore, Bird bird) {
    this(config, datastore, bird, InstantSource.system(), RandomGenerator.getDefault());
  }

  /**
   * @param bird closed by whoever made it
   * @param random spreads retries
   */
  public Confd(
      ConfdConfig config,
      Datastore datastore,
      Bird bird,
      InstantSource clock,
      RandomGenerator random) {
    this.nodeName = config.nodeName();
    this.bird = bird;
    this.clock = clock;
    this.random = random;
    this.file = new ConfigFile(bird.paths().config());
    this.state = new BgpState.Builder(nodeName);
    this.loop = new EventLoop("confd", e -> log.error("confd failed", e));
    this.syncer =
        Syncer.whileReady(
            datastore,
            List.of(
                Query.all(Kinds.NODE),
                Query.all(Kinds.IP_POOL),
                Query.all(Kinds.BGP_PEER),
                Query.all(Kinds.BGP_CONFIGURATION),
                new Query.Affinities(nodeName, null)),
            new Listener());
  }

  /** Starts BIRD with the last good configuration, if there is one, and follows the datastore. */
  public void start() {
    loop.execute(this::startWithLastGood);
    syncer.start();
  }

  public ConfdStatus status() {
    return status;
  }

  /** Stops following the datastore. BIRD goes on. */
  @Override
  public void close() {
    syncer.close();
    loop.close();
  }

  /** Brings the stream of changes onto the loop. */
  private final class Listener implements SyncListener {
    @Override
    public void onStatus(Status reached) {
      loop.execute(
          () -> {
            boolean inSync = reached == Status.IN_SYNC;
            status = new ConfdStatus(inSync, status.applied(), status.reloads(), status.error());
            schedule();
          });
    }

    @Override
    public <V> void onUpdate(Key<V> key, @Nullable V value) {
      loop.execute(
          () -> {
            state.update(key, value);
            schedule();
          });
    }
  }

  private void startWithLastGood() {
    try {
      if (file.read().isPresent()) {
        bird.start();
      }
    } catch (BirdException | IOException e) {
      failed(e);
    }
  }

  /** Applies after the changes that are already waiting. */
  private void schedule() {
    if (status.inSync() && !scheduled) {
      scheduled = true;
      loop.execute(
          () -> {
            scheduled = false;
            if (status.inSync()) {
              apply();
            }
          });
    }
  }

  private void apply() {
    String text = BirdConfig.render(state.build(), nodeName);
    if (text.equals(confirmed)) {
      refused = null;
      status = new ConfdStatus(true, status.applied(), status.reloads(), Optional.empty());
      return;
    }
    if (text.equals(refused)) {
      return;
    }
    try {
      replace(text);
      confirmed = text;
      refused = null;
      failures = 0;
      status =
          new ConfdStatus(
              true, Optional.of(clock.instant()), status.reloads() + 1, Optional.empty());
      log.info("BIRD runs the new configuration file={}", bird.paths().config());
    } catch (BirdException.Refused e) {
      refused = text;
      failed(e);
    } catch (BirdException | IOException e) {
      confirmed = null;
      failed(e);
      failures++;
      loop.schedule(RETRY.wait(failures, random), this::schedule);
    }
  }

  private void replace(String text) throws BirdException, IOException {
    Optional<String> old = file.read();
    boolean changed = old.isEmpty() || !old.get().equals(text);
    if (changed) {
      file.stage(text);
      file.commit();
    }
    try {
      load();
    } catch (BirdException.Refused e) {
      if (changed && old.isPresent()) {
        file.stage(old.get());
        file.commit();
      }
      throw e;
    }
  }

  /** A daemon that has to be started reads the file by itself. */
  private void load() throws BirdException {
    if (bird.pid().isEmpty()) {
      bird.start();
    } else {
      bird.control().configure();
    }
  }

  private void failed(Exception e) {
    String reason = e.getMessage() == null ? e.toString() : e.getMessage();
    log.error("BIRD keeps its configuration: {}", reason);
    status =
        new ConfdStatus(status.inSync(), status.applied(), status.reloads(), Optional.of(reason));
  }
}
