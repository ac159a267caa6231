package calico.felix;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.felix.dataplane.StatusListener;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.key.StatusKey;
import calico.model.resource.EndpointStatus;
import calico.model.resource.FelixStatus;
import calico.reconcile.Alarm;
import calico.reconcile.Backoff;
import calico.reconcile.EventLoop;
import calico.reconcile.Mailbox;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the datastore how this node is: that Felix is alive (a key with a lease, renewed each
 * reporting interval), the status of each endpoint, and the public keys of the WireGuard devices
 * that run, without which no other node encrypts anything for this one. Writes from a loop of its
 * own, so that a slow datastore holds up nothing; of several changes of one endpoint only the last
 * is written.
 */
final class StatusReporter implements StatusListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusReporter.class);
  private static final int RESYNC_DELAYS = 180;

  private final Datastore datastore;
  private final String host;
  private final String region;
  private final Clock clock;
  private final Instant started;
  private final EventLoop loop = new EventLoop("status", e -> LOG.error("status report failed", e));
  private final Mailbox<StateKey.EndpointKey<?>, Optional<Condition>> inbox;
  private final Reconciler<StateKey.EndpointKey<?>, EndpointStatus> endpoints;
  private final Reconciler<Family, String> keys;
  private final Alarm alarm = new Alarm(loop, this::write);
  private final Alarm aliveAlarm = new Alarm(loop, this::reportAlive);

  // Of the loop.
  private Duration interval;
  private Duration ttl;
  private boolean endpointsEnabled;
  private Duration delay;

  /** When endpoints were last written; at first long ago. */
  private long endpointsWrittenNanos = System.nanoTime() - Long.MAX_VALUE / 2;

  private boolean first = true;
  private boolean ready;

  StatusReporter(Datastore datastore, String host, FelixConfig config, Clock clock) {
    this.datastore = datastore;
    this.host = host;
    String configured = config.get(FelixParameters.OPENSTACK_REGION);
    this.region = configured.isEmpty() ? StatusKey.NO_REGION : "region-" + configured;
    this.interval = config.get(FelixParameters.REPORTING_INTERVAL);
    this.ttl = config.get(FelixParameters.REPORTING_TTL);
    this.endpointsEnabled = config.get(FelixParameters.ENDPOINT_REPORTING_ENABLED);
    this.clock = clock;
    this.started = clock.instant();
    this.inbox = new Mailbox<>((_, later) -> later, loop, this::take);
    this.delay = config.get(FelixParameters.ENDPOINT_REPORTING_DELAY);
    Duration resync = delay.multipliedBy(RESYNC_DELAYS);
    this.endpoints = reconciler(new StatusTarget(datastore, region, host), resync);
    this.keys = reconciler(new PublicKeyTarget(datastore, host), resync);
  }

  private static <K, V> Reconciler<K, V> reconciler(Target<K, V> target, Duration resync) {
    return new Reconciler<>(
        target,
        resync,
        new Backoff(Duration.ofMillis(500), Duration.ofSeconds(10)),
        System::nanoTime,
        RandomGenerator.getDefault());
  }

  /** Takes what of a new configuration concerns how often, and what, it reports. */
  void configure(FelixConfig config) {
    loop.execute(
        () -> {
          interval = config.get(FelixParameters.REPORTING_INTERVAL);
          ttl = config.get(FelixParameters.REPORTING_TTL);
          endpointsEnabled = config.get(FelixParameters.ENDPOINT_REPORTING_ENABLED);
          delay = config.get(FelixParameters.ENDPOINT_REPORTING_DELAY);
          reportAlive();
          write();
        });
  }

  /** Whether the datastore may be written to; not so at first. */
  void setReady(boolean now) {
    loop.execute(
        () -> {
          boolean before = ready;
          ready = now;
          if (ready && !before) {
            reportAlive();
            write();
          }
        });
  }

  @Override
  public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {
    LOG.info(
        "endpoint: id={} status={} reason={}", endpoint, condition.state(), condition.reason());
    inbox.put(endpoint, Optional.of(condition));
  }

  @Override
  public void removed(StateKey.EndpointKey<?> endpoint) {
    LOG.info("endpoint: id={} status=removed", endpoint);
    inbox.put(endpoint, Optional.empty());
  }

  @Override
  public void wireguardKeys(Map<Family, String> publicKeys) {
    if (!publicKeys.isEmpty()) {
      LOG.info("WireGuard: publicKeys={}", publicKeys);
    }
    loop.execute(
        () -> {
          for (Family family : Family.values()) {
            String key = publicKeys.get(family);
            if (key == null) {
              keys.undesire(family);
            } else {
              keys.desire(family, key);
            }
          }
          write();
        });
  }

  /** Everything has been reported: what else is in the datastore is stale. */
  @Override
  public void inSync() {
    loop.execute(
        () -> {
          endpoints.inputInSync();
          keys.inputInSync();
          write();
        });
  }

  private void reportAlive() {
    if (!ready || !interval.isPositive()) {
      aliveAlarm.set(Optional.empty());
      return;
    }
    Instant now = clock.instant();
    FelixStatus status =
        new FelixStatus(
            now.truncatedTo(ChronoUnit.SECONDS).toString(),
            Duration.between(started, now).toMillis() / 1000.0,
            first);
    try {
      datastore.put(new StatusKey.Felix(region, host), status, ttl);
      datastore.put(new StatusKey.LastReported(region, host), status, null);
      first = false;
    } catch (DatastoreException e) {
      LOG.warn("cannot report that Felix is alive: {}", e.getMessage());
    }
    aliveAlarm.set(Optional.of(interval));
  }

  private void take(Map<StateKey.EndpointKey<?>, Optional<Condition>> changes) {
    changes.forEach(
        (endpoint, status) -> {
          if (status.isPresent()) {
            String text = status.get().state().name().toLowerCase(Locale.ROOT);
            String reason = status.get().reason();
            endpoints.desire(endpoint, new EndpointStatus(text, reason.isEmpty() ? null : reason));
          } else {
            endpoints.undesire(endpoint);
          }
        });
    write();
  }

  private void write() {
    if (!ready) {
      return;
    }
    List<Optional<Duration>> wakes = new ArrayList<>();
    write("the WireGuard keys", keys, wakes);
    long now = System.nanoTime();
    long wait = delay.toNanos() - (now - endpointsWrittenNanos);
    if (endpointsEnabled && wait > 0) {
      wakes.add(Optional.of(Duration.ofNanos(wait)));
    } else if (endpointsEnabled && write("endpoint statuses", endpoints, wakes)) {
      endpointsWrittenNanos = now;
    }
    alarm.set(wakes.stream().flatMap(Optional::stream).min(Duration::compareTo));
  }

  /** Returns whether there was anything to write. */
  private static <K> boolean write(
      String what, Reconciler<K, ?> reconciler, List<Optional<Duration>> wakes) {
    Reconciler.Outcome<K> outcome = reconciler.apply();
    outcome.failed().forEach((k, why) -> LOG.warn("cannot report {}: {}", k, why.getMessage()));
    if (outcome.broken() != null) {
      LOG.warn("cannot read {}: {}", what, outcome.broken().getMessage());
    }
    wakes.add(reconciler.nextWake());
    return !outcome.changed().isEmpty();
  }

  @Override
  public void close() {
    loop.close();
  }
}
