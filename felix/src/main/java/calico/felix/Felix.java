package calico.felix;

import calico.datastore.Datastore;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.felix.calc.CalcConfig;
import calico.felix.calc.CalcGraph;
import calico.felix.dataplane.Dataplane;
import calico.felix.dataplane.DataplaneConfig;
import calico.felix.monitor.BgpMetrics;
import calico.felix.monitor.CalcMetrics.ResyncState;
import calico.felix.monitor.CniMetrics;
import calico.felix.monitor.Faults;
import calico.felix.monitor.Health;
import calico.felix.monitor.HealthEndpoint;
import calico.felix.monitor.Monitoring;
import calico.felix.policysync.PolicySync;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.config.ConfigProblem;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import calico.netlink.NetlinkException;
import calico.reconcile.EventLoop;
import calico.reconcile.Mailbox;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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

  /** Within which the datastore usually brings what was written to it. */
  private static final Duration WRITE_SEEN = Duration.ofSeconds(5);

  private final FelixSettings settings;
  private final String clusterType;
  private final Runnable onConfigChanged;
  private final Monitoring monitoring;
  private final Health.Reporter syncerHealth;
  private final StatusReporter reporter;
  private final @Nullable StatusFiles statusFiles;
  private final EndpointStatuses statuses;
  private final EventLoop calcLoop = new EventLoop("calc", e -> LOG.error("calculation failed", e));
  private final CalcGraph graph;
  private final AcceptedObjects accepted = new AcceptedObjects(this::config);
  private final Announcements announcements;

  /** Endpoints whose announcements the graph has, but not yet the dataplane. Of the loop. */
  private final List<StateKey.Endpoint> announced = new ArrayList<>();

  private final Syncer syncer;
  private @Nullable PolicySync policySync;

  /** When the first change arrived that has not been calculated with; 0 if there is none. */
  private final AtomicLong arrivedNanos = new AtomicLong();

  private volatile FelixConfig config;

  // Of the calculation loop, once that has started.
  private DataplaneConfig dataplaneConfig;
  private DataplaneConfig wantedDataplane;
  private volatile Dataplane dataplane;
  private Health.Pulse pulse = Health.Pulse.NONE;
  private final Faults faults = new Faults(calcLoop, "calculation", () -> pulse.report());
  private final Map<String, Resource<FelixConfigurationSpec>> configurations = new HashMap<>();
  private Map<String, String> labels = Map.of();
  private boolean configurationsChanged;
  private boolean batchUnderWay;
  private boolean inSync;
  private boolean memoryGivenBack;

  /**
   * Reads the configuration; nothing runs yet.
   *
   * @param health of the node, which answers for this Felix from its start on
   * @param onConfigChanged called when a setting has changed that needs a new Felix: close this one
   *     and make another, which takes over what is in the kernel
   */
  public Felix(
      FelixSettings settings,
      Datastore datastore,
      HealthEndpoint health,
      Runnable onConfigChanged) {
    this.settings = settings;
    this.onConfigChanged = onConfigChanged;
    this.config = settings.load(datastore);
    this.clusterType = clusterType(datastore);
    warn(config);
    this.monitoring =
        new Monitoring(settings.nodeName(), config, health, MetricsTls.of(config, settings::path));
    this.syncerHealth = monitoring.health().register("DatastoreSyncer");
    this.reporter = new StatusReporter(datastore, settings.nodeName(), config, Clock.systemUTC());
    String filesPrefix = config.get(FelixParameters.ENDPOINT_STATUS_PATH_PREFIX);
    this.statusFiles = filesPrefix.isEmpty() ? null : new StatusFiles(settings.path(filesPrefix));
    this.statuses =
        new EndpointStatuses(
            statusFiles == null ? List.of(reporter) : List.of(reporter, statusFiles));
    // What is not valid does not get that far.
    this.graph =
        new CalcGraph(
            new CalcConfig(settings.nodeName(), _ -> true, DataplaneSettings.routing(config)));
    this.dataplaneConfig = dataplaneConfig(config);
    this.wantedDataplane = dataplaneConfig;
    this.dataplane = new Dataplane(dataplaneConfig, statuses, monitoring.dataplane());
    Mailbox<Key<?>, Optional<Object>> inbox =
        new Mailbox<>((_, later) -> later, calcLoop, this::onChanges);
    this.announcements = new Announcements(datastore, accepted, inbox::put, this::afterDatastore);
    this.syncer = Syncer.whileReady(datastore, queries(), new Listener());
  }

  private void afterDatastore(Runnable task) {
    calcLoop.schedule(WRITE_SEEN, () -> Thread.ofVirtual().name("announced").start(task));
  }

  private static void warn(FelixConfig config) {
    for (ConfigProblem problem : config.problems()) {
      LOG.warn("setting ignored: {}", problem);
    }
    String notEncrypted = WireguardSettings.problem(config);
    if (notEncrypted != null) {
      LOG.warn("WireGuard: {}", notEncrypted);
    }
  }

  private DataplaneConfig dataplaneConfig(FelixConfig from) {
    DataplaneConfig made = DataplaneSettings.from(from, clusterType);
    return made.withOverlay(made.overlay().withMtuFile(settings.mtuFile()));
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
        Query.all(Kinds.BGP_PEER),
        Query.all(Kinds.LIVE_MIGRATION),
        new Query.Blocks(null));
  }

  /** Starts. */
  public void start() {
    monitoring.start();
    pulse =
        monitoring
            .health()
            .watch(
                "CalculationGraph",
                LOOP_TIMEOUT,
                calcLoop,
                () ->
                    new Health.Report(
                        true, inSync, inSync ? faults.summary() : "the datastore is not in sync"));
    dataplane.watch(monitoring.health());
    String policySyncPrefix = config.get(FelixParameters.POLICY_SYNC_PATH_PREFIX);
    if (!policySyncPrefix.isEmpty()) {
      policySync = new PolicySync(settings.path(policySyncPrefix));
    }
    dataplane.start();
    syncer.start();
    monitoring.started();
  }

  /** Where the CNI service counts, which shares this Felix's metrics. */
  public CniMetrics cniMetrics() {
    return monitoring.cni();
  }

  /** Where the BGP daemon beside this Felix is told of. */
  public BgpMetrics bgpMetrics() {
    return monitoring.bgp();
  }

  /** What is known of each endpoint. */
  public EndpointStatuses statuses() {
    return statuses;
  }

  /**
   * An endpoint is about to be written to the datastore: the kernel is programmed meanwhile. Who
   * waits for the endpoint from now on waits for this one, not for what it was before.
   */
  public void announce(
      ResourceKey<WorkloadEndpointSpec> key, Resource<WorkloadEndpointSpec> endpoint) {
    StateKey.Endpoint id = StateKey.Endpoint.of(key);
    statuses.changes(id);
    announcements.announce(key, endpoint);
    calcLoop.execute(
        () -> {
          announced.add(id);
          flush();
        });
  }

  /** What was announced could not be written. */
  public void withdraw(ResourceKey<WorkloadEndpointSpec> key) {
    announcements.withdraw(key);
  }

  public FelixConfig config() {
    return config;
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

    @Override
    public <V> boolean accepts(Key<V> key, V value) {
      return !(value instanceof Resource<?> resource) || accepted.test(resource);
    }

    @Override
    public <V> void onRefused(Key<V> key) {
      monitoring.calc().told(key, false);
      announcements.onUpdate(key, null);
    }

    @Override
    public <V> void onUpdate(Key<V> key, @Nullable V value) {
      monitoring.calc().told(key, true);
      if (arrivedNanos.get() == 0) {
        arrivedNanos.set(System.nanoTime());
      }
      announcements.onUpdate(key, value);
    }
  }

  private void onChanges(Map<Key<?>, Optional<Object>> changes) {
    long began = System.nanoTime();
    changes.forEach(
        (key, value) -> {
          faults.guard(key, () -> update(key, value.orElse(null)));
          pulse.goesOn();
        });
    takeConfigurations();
    flush();
    monitoring.calc().updateTime().recordSince(began);
  }

  @SuppressWarnings("unchecked") // the syncer pairs each key with a value of its type
  private <V> void update(Key<V> key, @Nullable Object value) {
    monitoring.calc().updated(key);
    if (key instanceof ResourceKey<?> r && r.kind().equals(Kinds.FELIX_CONFIGURATION)) {
      if (value == null) {
        configurations.remove(r.name());
      } else {
        configurations.put(r.name(), (Resource<FelixConfigurationSpec>) value);
      }
      configurationsChanged = true;
    } else {
      graph.onUpdate(key, (V) value);
    }
    if (key.equals(ResourceKey.of(Kinds.NODE, settings.nodeName()))) {
      labels = value instanceof Resource<?> node ? node.metadata().labels() : Map.of();
      configurationsChanged = true;
    }
    if (policySync != null) {
      policySync.onUpdate(key, value);
    }
  }

  /** What is in the kernel stays as it is until the datastore is declared ready again. */
  private void onHeldBack() {
    inSync = false;
    pulse.report();
    reporter.setReady(false);
  }

  private void onInSync() {
    inSync = true;
    pulse.report();
    arrivedNanos.set(0); // reading everything is no change's latency
    reporter.setReady(true);
    configurationsChanged = true;
    takeConfigurations();
    graph.onInSync();
    flush();
  }

  /** Applies a new configuration, or has somebody start again with it. */
  private void takeConfigurations() {
    if (!inSync || !configurationsChanged) {
      return;
    }
    configurationsChanged = false;
    FelixConfig now = settings.resolve(configurations.values(), labels);
    if (now.values().equals(config.values())) {
      return;
    }
    warn(now);
    FelixConfig before = config;
    if (FelixSettings.READ_AT_START.stream().anyMatch(p -> !now.get(p).equals(before.get(p)))) {
      LOG.info("configuration changed: starting again");
      onConfigChanged.run();
      return;
    }
    try {
      wantedDataplane = dataplaneConfig(now);
    } catch (IllegalArgumentException e) {
      LOG.error("configuration cannot be used, the one before stays: {}", e.getMessage());
      return;
    }
    LOG.info("configuration changed: it takes effect now");
    config = now;
    reporter.configure(now);
    monitoring.configure(now);
  }

  /**
   * Replaces the dataplane if its configuration is another now. The kernel keeps what the old one
   * programmed, and the new one changes only what differs.
   *
   * @return whether it did, so that the new one has to be told everything
   */
  private boolean replaceDataplane() {
    if (wantedDataplane.equals(dataplaneConfig)) {
      return false;
    }
    dataplaneConfig = wantedDataplane;
    dataplane.close();
    dataplane = new Dataplane(dataplaneConfig, statuses, monitoring.dataplane());
    dataplane.watch(monitoring.health());
    try {
      dataplane.start();
      return true;
    } catch (NetlinkException e) {
      LOG.error("the dataplane cannot be started again: {}", e.getMessage());
      onConfigChanged.run();
      return false;
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
    Consumer<StateChange> out =
        change -> {
          batch.add(change);
          pulse.goesOn();
        };
    faults.guard("what has changed", () -> graph.flush(out));
    monitoring.calc().emitted(batch.size(), graph.size());
    long arrived = arrivedNanos.getAndSet(0);
    List<StateKey.Endpoint> tried = List.copyOf(announced);
    announced.clear();
    if (!batch.isEmpty() && policySync != null) {
      policySync.apply(batch);
    }
    if (batch.isEmpty() && replaceDataplane()) {
      graph.emitAgain();
      graph.flush(batch::add);
    }
    if (!batch.isEmpty()) {
      batchUnderWay = true;
      dataplane.apply(
          batch,
          () -> {
            tried.forEach(statuses::tried);
            calcLoop.execute(() -> onApplied(batch, arrived));
          });
    } else {
      tried.forEach(statuses::tried);
    }
  }

  private void onApplied(List<StateChange> batch, long arrived) {
    batchUnderWay = false;
    if (statusFiles != null) {
      statusFiles.applied(batch);
    }
    if (arrived != 0) {
      monitoring.calc().toKernel().recordSince(arrived);
    }
    flush();
    giveBackMemory();
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
    if (statusFiles != null) {
      statusFiles.close();
    }
    reporter.close();
    monitoring.close();
  }
}
