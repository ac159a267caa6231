package calico.confd;

import calico.datastore.Datastore;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.resource.Kinds;
import calico.model.resource.Problem;
import calico.reconcile.Backoff;
import calico.reconcile.EventLoop;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a BGP daemon's configuration equal to what the datastore asks of this node.
 *
 * <p>A change is applied like a transaction: the new text is checked by the daemon, put in place,
 * loaded, and confirmed by its answer. A text that it refuses never gets there: the peers and
 * filters that are at fault are found and left out ({@link Refusals}), and if there are none, the
 * old text stays; {@link #status} says why. Changes that arrive while one is being applied make one
 * text together. While the datastore is away or declared not ready, at the start too, the last good
 * configuration counts.
 */
public final class Confd implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Confd.class);
  private static final Duration FILES_INTERVAL = Duration.ofSeconds(5);
  private static final Backoff RETRY = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(5));

  private final ConfdConfig config;
  private final BgpDaemon daemon;
  private final Consumer<ConfdStatus> onStatus;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final ConfigFile file;
  private final Secrets secrets;
  private final WorkloadPeerFiles workloads;
  private final UserFiles userFiles;
  private final EventLoop loop;
  private final Syncer syncer;

  // Of the loop, but for the volatile one.
  private final BgpState.Builder state;
  private final Refusals refusals;
  private boolean scheduled;
  private boolean watchesFiles;
  private int failures;

  /** What the user's own files were last made from. */
  private String facts = "";

  /** The text that the daemon is known to run, or null if that is not known. */
  private @Nullable String confirmed;

  /** The text that the daemon refused last: it would refuse it again. */
  private @Nullable String refused;

  private volatile ConfdStatus status =
      new ConfdStatus(false, Optional.empty(), 0, Optional.empty(), Set.of(), List.of());

  /**
   * @param daemon closed by whoever made it
   * @param onStatus told how this is, at the start and whenever that changes
   */
  public Confd(
      ConfdConfig config, Datastore datastore, BgpDaemon daemon, Consumer<ConfdStatus> onStatus) {
    this(config, datastore, daemon, onStatus, InstantSource.system(), RandomGenerator.getDefault());
  }

  /**
   * @param random spreads retries
   */
  Confd(
      ConfdConfig config,
      Datastore datastore,
      BgpDaemon daemon,
      Consumer<ConfdStatus> onStatus,
      InstantSource clock,
      RandomGenerator random) {
    this.config = config;
    this.daemon = daemon;
    this.onStatus = onStatus;
    this.clock = clock;
    this.random = random;
    this.file = new ConfigFile(daemon);
    this.secrets = new Secrets(config.secrets());
    this.workloads = new WorkloadPeerFiles(config.statuses());
    this.loop = new EventLoop("confd", e -> log.error("confd failed", e));
    this.userFiles =
        new UserFiles(
            config.userFiles(), problems -> loop.execute(() -> tell(status.withFiles(problems))));
    this.refusals = new Refusals(state -> daemon.render(state, config).text(), file::stage);
    this.state = new BgpState.Builder(config.nodeName());
    this.syncer =
        Syncer.whileReady(
            datastore,
            List.of(
                Query.all(Kinds.NODE),
                Query.all(Kinds.IP_POOL),
                Query.all(Kinds.BGP_PEER),
                Query.all(Kinds.BGP_CONFIGURATION),
                Query.all(Kinds.BGP_FILTER),
                Query.Affinities.ofHost(config.nodeName())),
            new Listener());
  }

  /**
   * Starts the daemon with the last good configuration, if there is one, and follows the datastore.
   */
  public void start() {
    onStatus.accept(status);
    loop.execute(this::startWithLastGood);
    syncer.start();
  }

  public ConfdStatus status() {
    return status;
  }

  /** Stops following the datastore. The daemon goes on. */
  @Override
  public void close() {
    syncer.close();
    userFiles.close();
    loop.close();
  }

  /** Brings the stream of changes onto the loop. */
  private final class Listener implements SyncListener {
    @Override
    public void onStatus(Status reached) {
      loop.execute(
          () -> {
            tell(status.withInSync(reached == Status.IN_SYNC));
            schedule();
          });
    }

    @Override
    public <V> void onUndecodable(Key<V> key, Problem problem) {
      loop.execute(
          () -> {
            state.undecodable(key, problem);
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
        daemon.start();
      }
    } catch (BgpDaemonException | IOException e) {
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
    BgpState now = state.build();
    Set<Secrets.Entry> wanted = Secrets.wanted(now);
    boolean wantsWorkloads = WorkloadPeerFiles.areWanted(now);
    BgpState known =
        refusals.applied(
            now.with(secrets.read(wanted), wantsWorkloads ? workloads.read() : List.of()));
    if (!wanted.isEmpty() || wantsWorkloads) {
      watchFiles();
    }
    makeUserFiles(known);
    BgpConfig desired = daemon.render(known, config);
    if (desired.text().equals(confirmed)) {
      refused = null;
      tell(status.withError(Optional.empty()));
      tell(desired.faults());
      return;
    }
    if (desired.text().equals(refused)) {
      return;
    }
    try {
      BgpConfig applied = replace(desired, known);
      confirmed = applied.text();
      refused = null;
      failures = 0;
      tell(status.reloaded(clock.instant()));
      tell(applied.faults());
      log.info("{} runs the new configuration file={}", daemon.name(), daemon.config());
    } catch (BgpDaemonException.Refused e) {
      refused = desired.text();
      tell(desired.faults());
      failed(e);
    } catch (BgpDaemonException | IOException e) {
      confirmed = null;
      failed(e);
      failures++;
      loop.schedule(RETRY.wait(failures, random), this::schedule);
    }
  }

  private void makeUserFiles(BgpState known) {
    String now = new BgpFacts(NodeBgp.of(known, config)).json();
    if (!now.equals(facts)) {
      facts = now;
      userFiles.make(now);
    }
  }

  /** Passwords and endpoint statuses are read again from time to time, where they matter. */
  private void watchFiles() {
    if (!watchesFiles) {
      watchesFiles = true;
      loop.schedule(
          FILES_INTERVAL,
          () -> {
            watchesFiles = false;
            schedule();
          });
    }
  }

  /** Reports the faults, and logs those that are new. */
  private void tell(Set<Fault> faults) {
    for (Fault fault : faults) {
      if (!status.faults().contains(fault)) {
        log.warn("{}", fault);
      }
    }
    tell(status.withFaults(faults));
  }

  /**
   * Puts a configuration in place and has it loaded; without the resources that the daemon refuses.
   */
  private BgpConfig replace(BgpConfig desired, BgpState from)
      throws BgpDaemonException, IOException {
    try {
      replace(desired.text());
      return desired;
    } catch (BgpDaemonException.Refused e) {
      BgpConfig rest = daemon.render(refusals.search(from, e), config);
      replace(rest.text());
      return rest;
    }
  }

  private void replace(String text) throws BgpDaemonException, IOException {
    Optional<String> old = file.read();
    boolean changed = old.isEmpty() || !old.get().equals(text);
    if (changed) {
      file.stage(text);
      file.commit();
    }
    try {
      daemon.load();
    } catch (BgpDaemonException.Refused e) {
      if (changed && old.isPresent()) {
        file.stage(old.get());
        file.commit();
      }
      throw e;
    }
  }

  private void tell(ConfdStatus now) {
    if (!now.equals(status)) {
      status = now;
      onStatus.accept(now);
    }
  }

  private void failed(Exception e) {
    String reason = e.getMessage() == null ? e.toString() : e.getMessage();
    log.error("{} keeps its configuration: {}", daemon.name(), reason);
    tell(status.withError(Optional.of(reason)));
  }
}
