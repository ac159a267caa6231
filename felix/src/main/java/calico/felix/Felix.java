package calico.felix;

import static java.util.Objects.requireNonNullElse;

import calico.datastore.Datastore;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.felix.calc.CalcConfig;
import calico.felix.calc.CalcGraph;
import calico.felix.dataplane.Dataplane;
import calico.felix.dataplane.DataplaneConfig;
import calico.felix.monitor.CalcMetrics.ResyncState;
import calico.felix.monitor.Health;
import calico.felix.monitor.Monitoring;
import calico.felix.policysync.PolicySync;
import calico.felix.state.StateChange;
import calico.model.config.ConfigProblem;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Severity;
import calico.model.resource.Validator;
import calico.model.resource.WorkloadEndpointSpec;
import calico.reconcile.EventLoop;
import calico.reconcile.Mailbox;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The wiring of the agent: datastore to calculation, calculation to dataplane, dataplane to status.
 *
 * <p>Three loops, each with its own state: the calculation, the dataplane, the status reporter.
 * Changes of the datastore coalesce in a mailbox before the calculation; changes of the desired
 * state coalesce in the graph while the dataplane works on the batch before.
 */
public final class Felix implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Felix.class);
  private static final Duration LOOP_TIMEOUT = Duration.ofSeconds(30);

  private final FelixSettings settings;
  private final FelixConfig config;
  private final Runnable onConfigChanged;
  private final Monitoring monitoring;
  private final Health.Reporter syncerHealth;
  private final StatusReporter reporter;
  private final EndpointStatuses statuses;
  private final EventLoop calcLoop = new EventLoop("calc", e -> LOG.error("calculation failed", e));
  private final CalcGraph graph;
  private final Dataplane dataplane;
  private final Mailbox<Key<?>, Optional<Object>> inbox;
  private final Syncer syncer;
  private @Nullable PolicySync policySync;

  /** When the first change arrived that has not been calculated with; 0 if there is none. */
  private final AtomicLong arrivedNanos = new AtomicLong();

  // Of the calculation loop.
  private Runnable reportHealth = () -> {};
  private final Map<String, FelixConfigurationSpec> configurations = new HashMap<>();
  private boolean configurationsChanged;
  private boolean batchUnderWay;
  private boolean inSync;
  private boolean memoryGivenBack;

  /**
   * Reads the configuration; nothing runs yet.
   *
   * @param onConfigChanged called when a setting has changed that needs a new Felix: close this one
   *     and make another, which takes over what is in the kernel
   */
  public Felix(FelixSettings settings, Datastore datastore, Runnable onConfigChanged) {
    this.settings = settings;
    this.onConfigChanged = onConfigChanged;
    this.config = settings.load(datastore);
    for (ConfigProblem problem : config.problems()) {
      LOG.warn("setting ignored: {}", problem);
    }
    this.monitoring = new Monitoring(settings.nodeName(), config);
    this.syncerHealth = monitoring.health().register("DatastoreSyncer");
    this.reporter = new StatusReporter(datastore, settings.nodeName(), config, Clock.systemUTC());
    this.statuses = new EndpointStatuses(reporter);
    // What is not valid does not get that far.
    this.graph =
        new CalcGraph(
            new CalcConfig(settings.nodeName(), _ -> true, DataplaneSettings.routing(config)));
    DataplaneConfig dataplaneConfig = DataplaneSettings.from(config, clusterType(datastore));
    this.dataplane =
        new Dataplane(
            dataplaneConfig.withOverlay(dataplaneConfig.overlay().withMtuFile(settings.mtuFile())),
            statuses,
            monitoring.dataplane());
    this.inbox = new Mailbox<>((_, later) -> later, calcLoop, this::onChanges);
    this.syncer = Syncer.whileReady(datastore, queries(), new Listener());
  }

  private static String clusterType(Datastore datastore) {
    return datastore
        .get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default"))
        .map(entry -> entry.value().spec().clusterType())
        .orElse("");
  }

  private static List<Query<?>> queries() {
    return List.of(
        Query.all(Kinds.FELIX_CONFIGURATION),
        Query.all(Kinds.TIER),
        Query.all(Kinds.GLOBAL_NETWORK_POLICY),
        Query.all(Kinds.NETWORK_POLICY),
        Query.all(Kinds.PROFILE),
        Query.all(Kinds.GLOBAL_NETWORK_SET),
        Query.all(Kinds.NETWORK_SET),
        Query.all(Kinds.WORKLOAD_ENDPOINT),
        Query.all(Kinds.HOST_ENDPOINT),
        Query.all(Kinds.IP_POOL),
        Query.all(Kinds.NODE),
        Query.all(Kinds.BGP_CONFIGURATION),
        new Query.Blocks(null));
  }

  /** Starts. */
  public void start() {
    monitoring.start();
    reportHealth =
        monitoring
            .health()
            .watch(
                "CalculationGraph",
                LOOP_TIMEOUT,
                calcLoop,
                () ->
                    new Health.Report(true, inSync, inSync ? "" : "the datastore is not in sync"));
    dataplane.watch(monitoring.health());
    String policySyncPrefix = config.get(FelixParameters.POLICY_SYNC_PATH_PREFIX);
    if (!policySyncPrefix.isEmpty()) {
      policySync = new PolicySync(Path.of(policySyncPrefix));
    }
    dataplane.start();
    syncer.start();
    monitoring.started();
  }

  /** What is known of each endpoint. */
  public EndpointStatuses statuses() {
    return statuses;
  }

  public FelixConfig config() {
    return config;
  }

  /** An invalid object counts as absent: it must not take others down with it. */
  private boolean isValid(Resource<?> resource) {
    if (resource.kind().equals(Kinds.FELIX_CONFIGURATION)) {
      return true; // each of its settings is checked by itself
    }
    if (resource.spec() instanceof WorkloadEndpointSpec spec
        && !requireNonNullElse(spec.allowSpoofedSourcePrefixes(), List.of()).isEmpty()
        && !DataplaneSettings.sourceSpoofing(config)) {
      LOG.warn(
          "object ignored: WorkloadEndpoint({}/{}) allowSpoofedSourcePrefixes: not permitted; set"
              + " workloadSourceSpoofing of the FelixConfiguration to Any, or remove the field",
          resource.metadata().namespace(),
          resource.metadata().name());
      return false;
    }
    Optional<Problem> error =
        Validator.validate(resource).stream()
            .filter(p -> p.severity() == Severity.ERROR)
            .findFirst();
    error.ifPresent(
        p -> LOG.warn("object ignored: {}({}) {}", resource.kind(), resource.metadata().name(), p));
    return error.isEmpty();
  }

  /** Brings the stream of changes to the calculation loop. */
  private final class Listener implements SyncListener {
    @Override
    public void onStatus(Status status) {
      LOG.info("datastore: status={}", status);
      monitoring.calc().state(ResyncState.valueOf(status.name()));
      boolean current = status == Status.IN_SYNC;
      syncerHealth.report(new Health.Report(true, current, current ? "" : status.name()));
      // Runs after the batch of every change before it, which has been queued already.
      calcLoop.execute(
          () -> {
            switch (status) {
              case WAIT_FOR_DATASTORE -> onHeldBack();
              case RESYNC_IN_PROGRESS -> {}
              case IN_SYNC -> onInSync();
            }
          });
    }

    /** Checks the value here, as the calculation has more to do than the thread that reads. */
    @Override
    public <V> void onUpdate(Key<V> key, @Nullable V value) {
      boolean usable = !(value instanceof Resource<?> resource) || isValid(resource);
      monitoring.calc().told(key, usable);
      if (arrivedNanos.get() == 0) {
        arrivedNanos.set(System.nanoTime());
      }
      inbox.put(key, usable ? Optional.ofNullable(value) : Optional.empty());
    }
  }

  private void onChanges(Map<Key<?>, Optional<Object>> changes) {
    long began = System.nanoTime();
    changes.forEach((key, value) -> update(key, value.orElse(null)));
    restartIfConfigChanged();
    flush();
    monitoring.calc().updateTime().recordSince(began);
  }

  @SuppressWarnings("unchecked") // the syncer pairs each key with a value of its type
  private <V> void update(Key<V> key, @Nullable Object value) {
    monitoring.calc().updated(key);
    if (key instanceof ResourceKey<?> r && r.kind().equals(Kinds.FELIX_CONFIGURATION)) {
      if (value instanceof Resource<?> resource
          && resource.spec() instanceof FelixConfigurationSpec spec) {
        configurations.put(r.name(), spec);
      } else {
        configurations.remove(r.name());
      }
      configurationsChanged = true;
    } else {
      graph.onUpdate(key, (V) value);
    }
    if (policySync != null) {
      policySync.onUpdate(key, value);
    }
  }

  /** What is in the kernel stays as it is until the datastore is declared ready again. */
  private void onHeldBack() {
    inSync = false;
    reportHealth.run();
    reporter.setReady(false);
  }

  private void onInSync() {
    inSync = true;
    reportHealth.run();
    arrivedNanos.set(0); // reading everything is no change's latency
    reporter.setReady(true);
    configurationsChanged = true;
    restartIfConfigChanged();
    graph.onInSync();
    flush();
  }

  private void restartIfConfigChanged() {
    if (!inSync || !configurationsChanged) {
      return;
    }
    configurationsChanged = false;
    if (!settings.resolve(configurations).values().equals(config.values())) {
      LOG.info("configuration changed: starting again");
      onConfigChanged.run();
    }
  }

  /**
   * Hands the dataplane one batch at a time; until it is done, changes wait in the graph, and so do
   * they while only a part of what changed during a hold has arrived.
   */
  private void flush() {
    if (batchUnderWay || !inSync) {
      return;
    }
    List<StateChange> batch = new ArrayList<>();
    graph.flush(batch::add);
    monitoring.calc().emitted(batch.size(), graph.size());
    long arrived = arrivedNanos.getAndSet(0);
    if (!batch.isEmpty()) {
      batchUnderWay = true;
      if (policySync != null) {
        policySync.apply(batch);
      }
      dataplane.apply(
          batch,
          () ->
              calcLoop.execute(
                  () -> {
                    batchUnderWay = false;
                    if (arrived != 0) {
                      monitoring.calc().toKernel().recordSince(arrived);
                    }
                    flush();
                    giveBackMemory();
                  }));
    }
  }

  /** Once: the first batch leaves behind much that is never needed again. */
  private void giveBackMemory() {
    if (!memoryGivenBack) {
      memoryGivenBack = true;
      System.gc();
    }
  }

  /** Ends; routes and policy stay in the kernel. */
  @Override
  public void close() {
    syncer.close();
    calcLoop.close();
    if (policySync != null) {
      policySync.close();
    }
    dataplane.close();
    reporter.close();
    monitoring.close();
  }
}
