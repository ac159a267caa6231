package calico.node;

import calico.cni.CallObserver;
import calico.cni.EndpointReadiness;
import calico.datastore.Datastore;
import calico.felix.Felix;
import calico.felix.FelixSettings;
import calico.felix.monitor.BgpMetrics;
import calico.felix.monitor.Health;
import calico.felix.monitor.HealthEndpoint;
import calico.felix.state.StateKey;
import calico.model.config.FelixConfig;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import calico.reconcile.EventLoop;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Felix that is replaced by a new one when its configuration changes. The kernel keeps what the
 * old one programmed; the new one reads it back and changes only what differs.
 */
final class RestartableFelix implements EndpointReadiness, CallObserver, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RestartableFelix.class);
  private static final Duration RETRY = Duration.ofSeconds(1);

  private final FelixSettings settings;
  private final Datastore datastore;
  private final EventLoop loop =
      new EventLoop("felix-restart", e -> LOG.error("cannot restart Felix", e));
  private final HealthEndpoint health;
  private volatile @Nullable Felix current;
  private volatile Supplier<BgpMetrics.Reading> bgp = () -> BgpMetrics.NONE;

  RestartableFelix(FelixSettings settings, Datastore datastore) {
    this.settings = settings;
    this.datastore = datastore;
    this.health = new HealthEndpoint(settings.local());
  }

  /** What is told of the BGP daemon, with the health and the metrics of every Felix. */
  void tellOfBgp(Supplier<Health.Report> report, Supplier<BgpMetrics.Reading> metrics) {
    health.include("Confd", report);
    bgp = metrics;
  }

  /** Until it has been started: what is waited for, as an answer to who asks for its health. */
  void waitFor(String what) {
    health.waitFor(what);
  }

  /** Whether all that was there at the start is in the kernel. */
  boolean isReady() {
    return health.isReady();
  }

  void start() {
    Felix felix = new Felix(settings, datastore, health, () -> loop.execute(this::restart));
    felix.bgpMetrics().readFrom(() -> bgp.get());
    try {
      felix.start();
    } catch (RuntimeException e) {
      felix.close();
      throw e;
    }
    current = felix;
  }

  private void restart() {
    running().close();
    waitFor("a new start with another configuration");
    try {
      start();
    } catch (RuntimeException e) {
      LOG.warn("Felix does not start, trying again: {}", e.toString());
      waitFor("Felix to start: " + e.getMessage());
      loop.schedule(RETRY, this::restart);
    }
  }

  FelixConfig config() {
    return running().config();
  }

  private Felix running() {
    Felix felix = current;
    if (felix == null) {
      throw new IllegalStateException("Felix has not been started");
    }
    return felix;
  }

  @Override
  public void announce(
      ResourceKey<WorkloadEndpointSpec> key, Resource<WorkloadEndpointSpec> endpoint) {
    running().announce(key, endpoint);
  }

  @Override
  public void withdraw(ResourceKey<WorkloadEndpointSpec> key) {
    running().withdraw(key);
  }

  @Override
  public Result await(ResourceKey<WorkloadEndpointSpec> endpoint, Duration timeout)
      throws InterruptedException {
    return running().statuses().awaitUp(StateKey.Endpoint.of(endpoint), timeout)
        ? Result.READY
        : Result.TIMED_OUT;
  }

  @Override
  public void took(String command, String stage, long nanos) {
    running().cniMetrics().record(command, stage, nanos);
  }

  @Override
  public void failed(int code) {
    running().cniMetrics().failed(code);
  }

  @Override
  public void close() {
    loop.close();
    Felix felix = current;
    if (felix != null) {
      felix.close();
    }
    health.close();
  }
}
