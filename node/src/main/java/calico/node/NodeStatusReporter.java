package calico.node;

import calico.confd.BgpControl;
import calico.confd.BgpDaemonException;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.CalicoNodeStatusSpec;
import calico.model.resource.CalicoNodeStatusStatus;
import calico.model.resource.DecodeException;
import calico.model.resource.Kinds;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.Validator;
import calico.reconcile.EventLoop;
import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the reports that CalicoNodeStatus resources ask this node for into their status: at once,
 * when the spec changes or the status is lost, and every {@code updatePeriodSeconds}; all that is
 * asked for or nothing, and only what differs from what is there.
 */
final class NodeStatusReporter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeStatusReporter.class);
  private static final Duration RETRY = Duration.ofSeconds(10);
  private static final int CONFLICT_RETRIES = 5;

  private final Datastore datastore;
  private final String node;
  private final BgpControl daemon;
  private final Clock clock;
  private final EventLoop loop;
  private final Syncer syncer;

  // Of the loop.
  private final Map<ResourceKey<CalicoNodeStatusSpec>, Request> requests = new HashMap<>();
  private long asked;

  /**
   * What is asked of this node.
   *
   * @param number tells it from others that ask for the same
   */
  private record Request(
      ResourceKey<CalicoNodeStatusSpec> key, CalicoNodeStatusSpec spec, long number) {}

  NodeStatusReporter(Datastore datastore, String node, BgpControl daemon) {
    this(
        datastore,
        node,
        daemon,
        Clock.systemUTC(),
        new EventLoop("node-status", e -> LOG.error("a report of the node has failed", e)));
  }

  NodeStatusReporter(
      Datastore datastore, String node, BgpControl daemon, Clock clock, EventLoop loop) {
    this.datastore = datastore;
    this.node = node;
    this.daemon = daemon;
    this.clock = clock;
    this.loop = loop;
    this.syncer =
        new Syncer(datastore, List.of(Query.all(Kinds.CALICO_NODE_STATUS)), new Listener());
  }

  void start() {
    syncer.start();
  }

  private final class Listener implements SyncListener {
    @Override
    public void onStatus(Status status) {}

    @Override
    @SuppressWarnings("unchecked") // the syncer has no other kind
    public <V> void onUpdate(Key<V> key, @Nullable V value) {
      loop.execute(
          () ->
              changed(
                  (ResourceKey<CalicoNodeStatusSpec>) key,
                  (@Nullable Resource<CalicoNodeStatusSpec>) value));
    }
  }

  private void changed(
      ResourceKey<CalicoNodeStatusSpec> key, @Nullable Resource<CalicoNodeStatusSpec> value) {
    if (value == null || !node.equals(value.spec().node())) {
      requests.remove(key);
      return;
    }
    List<Problem> problems = Validator.errors(value);
    if (!problems.isEmpty()) {
      LOG.warn("{} gets no report: {}", key, problems);
      requests.remove(key);
      return;
    }
    Request known = requests.get(key);
    if (known == null || !known.spec().equals(value.spec()) || value.status() == null) {
      Request request = new Request(key, value.spec(), ++asked);
      requests.put(key, request);
      report(request);
    }
  }

  /** And again after its period, until something else is asked for. */
  private void report(Request request) {
    if (!request.equals(requests.get(request.key()))) {
      return;
    }
    Duration next = RETRY;
    try {
      write(request);
      next = Duration.ofSeconds(request.spec().updatePeriodSeconds());
    } catch (DatastoreException | BgpDaemonException e) {
      LOG.warn("{} keeps the report that it has: {}", request.key(), e.getMessage());
    } finally {
      if (next.isPositive()) {
        loop.schedule(next, () -> report(request));
      }
    }
  }

  private void write(Request request) throws BgpDaemonException {
    CalicoNodeStatusStatus current =
        read(NodeStatusReport.on(request.spec().classes(), daemon).toTree());
    for (int attempt = 1; ; attempt++) {
      Entry<Resource<CalicoNodeStatusSpec>> stored = datastore.get(request.key()).orElse(null);
      if (stored == null || !stored.value().spec().equals(request.spec())) {
        return; // a change of the spec is on its way here
      }
      CalicoNodeStatusStatus former = former(stored.value().status());
      CalicoNodeStatusStatus report = former == null ? current : SteadyTimes.of(current, former);
      if (report.equals(former)) {
        return;
      }
      String now = clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
      try {
        datastore.update(
            request.key(), stored.value().withStatus(report.at(now).toTree()), stored.revision());
        return;
      } catch (DatastoreException.DoesNotExist _) {
        return;
      } catch (DatastoreException.Conflict e) {
        if (attempt == CONFLICT_RETRIES) {
          throw e;
        }
      }
    }
  }

  /** The report that is there, without its time; null if none is, or it makes no sense. */
  private static @Nullable CalicoNodeStatusStatus former(@Nullable Object status) {
    try {
      return status == null ? null : read(status).at(null);
    } catch (DecodeException _) {
      return null;
    }
  }

  private static CalicoNodeStatusStatus read(Object tree) {
    return ResourceCodec.decodeRecord(CalicoNodeStatusStatus.class, tree);
  }

  @Override
  public void close() {
    syncer.close();
    loop.close();
  }
}
