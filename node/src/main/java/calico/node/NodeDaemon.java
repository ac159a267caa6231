package calico.node;

import calico.cni.CniService;
import calico.cni.CniSettings;
import calico.confd.BgpDaemon;
import calico.confd.BgpDaemonException;
import calico.confd.BgpDaemons;
import calico.confd.Confd;
import calico.confd.ConfdConfig;
import calico.confd.ProblemsFile;
import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.felix.FelixSettings;
import calico.ipam.Ipam;
import calico.model.config.FelixParameters;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node daemon's parts and the order in which they start: what a node writes about itself, then
 * Felix, confd with a BGP daemon, and last the CNI service, which attaches workloads once the rest
 * is there. Tunnel addresses are assigned before Felix starts, and follow the pools from then on.
 */
public final class NodeDaemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeDaemon.class);
  private static final long RETRY_SECONDS = 1;

  /** How long a BGP daemon that is not ours may take to answer. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private final NodeSettings settings;
  private final NodePaths paths;
  private final Datastore datastore;
  private final RestartableFelix felix;
  private final Ipam ipam;
  private final TunnelAddresses tunnelAddresses;
  private final NodeResource node;
  private final AddressMonitor addressMonitor;
  private final CniInstallation cniFiles;
  private final ConfdConfig confdConfig;
  private @Nullable BgpDaemon bgp;
  private @Nullable Confd confd;
  private @Nullable NodeStatusReporter statusReporter;
  private @Nullable CniService cni;

  public NodeDaemon(NodeSettings settings, NodePaths paths, Datastore datastore)
      throws IOException {
    this.settings = settings;
    this.paths = paths;
    this.datastore = datastore;
    FelixSettings felixSettings =
        new FelixSettings(settings.nodeName(), paths.root(), settings.environment());
    this.felix = new RestartableFelix(felixSettings, datastore);
    this.ipam = Ipam.ofNode(settings.nodeName(), datastore, Clock.systemUTC(), new SecureRandom());
    this.tunnelAddresses =
        new TunnelAddresses(datastore, ipam, settings.nodeName(), settings.encryptsHosts());
    this.node = new NodeResource(datastore, settings, AddressDetection::ofThisHost);
    this.cniFiles = CniInstallation.of(settings, paths);
    this.confdConfig =
        ConfdConfig.from(
            settings.nodeName(), settings.environment(), paths.etc(), this::statusesOfFelix);
    this.addressMonitor = new AddressMonitor(node, settings.addressInterval());
  }

  /**
   * Starts everything; waits as long as the datastore is away or not ready.
   *
   * @throws NodeStartup.StartupException if this node cannot take part
   */
  public void start() throws IOException, InterruptedException {
    for (Path directory : paths.directories()) {
      Files.createDirectories(directory);
    }
    BgpDaemon daemon = settings.backend().equals("bird") ? bgpDaemon() : null;
    startUp();
    felix.start();
    if (hasTunnelAddresses()) {
      tunnelAddresses.start();
    }
    if (hasRoutes()) {
      addressMonitor.start();
    }
    if (daemon != null) {
      Confd started =
          new Confd(confdConfig, datastore, daemon, new ProblemsFile(paths.confdProblems())::write);
      confd = started;
      BgpReports reports = new BgpReports(started::status, daemon.control());
      felix.tellOfBgp(reports::health, reports::metrics);
      started.start();
    }
    statusReporter =
        new NodeStatusReporter(
            datastore,
            settings.nodeName(),
            bgp == null ? BgpDaemons.running(paths.run(), ANSWER) : bgp.control());
    statusReporter.start();
    cni =
        CniService.start(
            paths.cniSocket(),
            new CniSettings(
                settings.nodeName(),
                paths.mtuFile(),
                felix.config().get(FelixParameters.INTERFACE_PREFIX).getFirst(),
                Duration.ofSeconds(10)),
            datastore,
            ipam,
            felix,
            felix,
            Clock.systemUTC());
    if (settings.flag("CALICO_CNI_PRACTICE", true)) {
      cni.practise(felix::isReady);
    }
    if (CniInstallation.isWanted(settings)) {
      cniFiles.start();
    }
    LOG.info("node daemon up: node={} backend={}", settings.nodeName(), settings.backend());
  }

  /** Of the Felix that runs now. */
  private Optional<Path> statusesOfFelix() {
    String prefix = felix.config().get(FelixParameters.ENDPOINT_STATUS_PATH_PREFIX);
    return prefix.isEmpty() ? Optional.empty() : Optional.of(paths.configured(prefix));
  }

  /** Whether workloads are reached from other nodes by what runs here. */
  private boolean hasRoutes() {
    return !settings.backend().equals("none");
  }

  /** Where addresses are Kubernetes' to give, one of a pool could be a pod's, too. */
  private boolean hasTunnelAddresses() {
    return hasRoutes() && !confdConfig.usesPodCidrs();
  }

  /** Goes on with its last configuration while the datastore is away. */
  private BgpDaemon bgpDaemon() {
    BgpDaemon daemon = paths.bgp().chosen(settings.environment());
    bgp = daemon;
    if (Files.exists(daemon.config())) {
      try {
        daemon.start();
      } catch (BgpDaemonException e) {
        LOG.warn(
            "{} does not start with its last configuration: {}", daemon.name(), e.getMessage());
      }
    }
    return daemon;
  }

  private void startUp() throws IOException, InterruptedException {
    while (true) {
      try {
        new NodeStartup(datastore, settings, node, paths).run(felix::waitFor);
        if (hasTunnelAddresses()) {
          tunnelAddresses.ensure();
        }
        return;
      } catch (DatastoreException.Unavailable e) {
        LOG.warn("waiting for the datastore: {}", e.getMessage());
        felix.waitFor("the datastore: " + e.getMessage());
        TimeUnit.SECONDS.sleep(RETRY_SECONDS);
      }
    }
  }

  /** Ends. Routes, policy and the BGP daemon stay: the next daemon takes them over. */
  @Override
  public void close() throws IOException {
    if (cni != null) {
      cni.close();
    }
    if (statusReporter != null) {
      statusReporter.close();
    }
    if (confd != null) {
      confd.close();
    }
    if (bgp != null) {
      bgp.close();
    }
    cniFiles.close();
    addressMonitor.close();
    tunnelAddresses.close();
    ipam.close();
    felix.close();
    datastore.close();
  }
}
