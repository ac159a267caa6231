package calico.felix.policysync;

import static java.util.Objects.requireNonNullElse;

import calico.felix.state.StateChange;
import calico.felix.state.StateKey.Endpoint;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.reconcile.EventLoop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Serves the PolicySync API. Its methods may be called by any thread and do not wait. */
public final class PolicySync implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PolicySync.class);

  /** How soon after a pod's directory its socket is there. */
  private static final Duration SCAN_INTERVAL = Duration.ofMillis(100);

  private final EventLoop loop =
      new EventLoop("policysync", e -> LOG.error("PolicySync failed", e));
  private final WorkloadSockets sockets;

  // Of the loop.
  private final NodeState state = new NodeState();
  private final Identities identities = new Identities();
  private final Map<Endpoint, Subscription> subscriptions = new HashMap<>();

  /**
   * Starts to serve.
   *
   * @param prefix setting PolicySyncPathPrefix: the directory with {@code creds} and {@code mount}
   */
  public PolicySync(Path prefix) {
    this.sockets =
        new WorkloadSockets(
            prefix, loop, credentials -> new PolicySyncService(credentials.endpoint(), this));
    LOG.info("PolicySync: serving workloads that have a directory in {}", prefix);
    loop.execute(this::scan);
  }

  private void scan() {
    try {
      sockets.scan();
    } finally {
      loop.schedule(SCAN_INTERVAL, this::scan);
    }
  }

  /** Takes changes of the desired state: what a flush of the calculation gave, as a whole. */
  public void apply(List<StateChange> changes) {
    loop.execute(
        () -> {
          for (StateChange change : changes) {
            state.accept(change);
            subscriptions.values().forEach(s -> s.onChange(change));
          }
          send();
        });
  }

  /**
   * Takes the latest value of a key of the datastore. Only profiles that stand for namespaces and
   * service accounts matter.
   *
   * @param value null if it is gone
   */
  public void onUpdate(Key<?> key, @Nullable Object value) {
    Identity identity =
        key instanceof ResourceKey<?> resource && resource.kind().equals(Kinds.PROFILE)
            ? Identity.ofProfile(resource.name())
            : null;
    if (identity != null) {
      Map<String, String> labels = labels(value);
      loop.execute(
          () -> {
            if (!Objects.equals(labels, identities.labels(identity))) {
              boolean known = identities.put(identity, labels);
              subscriptions.values().forEach(s -> s.onChange(identity, known));
              send();
            }
          });
    }
  }

  private static @Nullable Map<String, String> labels(@Nullable Object value) {
    return value instanceof Resource<?> resource && resource.spec() instanceof ProfileSpec profile
        ? requireNonNullElse(profile.labelsToApply(), Map.of())
        : null;
  }

  private void send() {
    subscriptions.values().forEach(Subscription::send);
    subscriptions.values().removeIf(Subscription::ended);
  }

  /** A client has come; one that was there before has to go. Of the loop. */
  Subscription join(Endpoint endpoint, Subscription.Client client) {
    Subscription subscription = new Subscription(endpoint, state, identities, client);
    Subscription before = subscriptions.put(endpoint, subscription);
    if (before != null) {
      before.end();
    }
    LOG.info("PolicySync: client of {} has come", endpoint.workload());
    return subscription;
  }

  /** A client has gone. Of the loop. */
  void leave(Endpoint endpoint, Subscription subscription) {
    subscriptions.remove(endpoint, subscription);
    LOG.info("PolicySync: client of {} has gone", endpoint.workload());
  }

  /** Ends all streams and removes the sockets. */
  @Override
  public void close() {
    loop.close();
    sockets.close();
  }
}
