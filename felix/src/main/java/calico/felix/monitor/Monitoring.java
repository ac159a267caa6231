package calico.felix.monitor;

import calico.felix.monitor.HttpEndpoint.Answer;
import calico.felix.monitor.HttpEndpoint.Place;
import calico.model.config.FelixConfig;
import calico.model.config.MonitoringParameters;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What one Felix tells of itself, and the endpoints where it does, as far as they are wanted. */
public final class Monitoring implements AutoCloseable {
  /** The row of what cannot be had as it is written. */
  private static final String OBJECTS = "Objects";

  private final CalcMetrics calc = new CalcMetrics();
  private final DataplaneMetrics dataplane = new DataplaneMetrics();
  private final CniMetrics cni = new CniMetrics();
  private final BgpMetrics bgp = new BgpMetrics();
  private final Health health;
  private final Health.Reporter startup;
  private final FelixConfig config;
  private final HealthEndpoint healthEndpoint;
  private @Nullable HttpEndpoint metrics;

  /**
   * Serves nothing yet.
   *
   * @param healthEndpoint of the node, which answers for this Felix from its start on
   * @param tls of the metrics; null if they are served in the clear
   */
  public Monitoring(
      String nodeName, FelixConfig config, HealthEndpoint healthEndpoint, @Nullable ServerTls tls) {
    this.config = config;
    this.healthEndpoint = healthEndpoint;
    health =
        new Health(config.get(MonitoringParameters.HEALTH_TIMEOUT_OVERRIDES), System::nanoTime);
    startup = health.register(Health.STARTUP);
    health.ask(OBJECTS, this::objects);
    if (config.get(MonitoringParameters.PROMETHEUS_METRICS_ENABLED)) {
      Place place =
          new Place(
              "metrics",
              "PrometheusMetricsHost and PrometheusMetricsPort",
              config.get(MonitoringParameters.PROMETHEUS_METRICS_HOST),
              config.get(MonitoringParameters.PROMETHEUS_METRICS_PORT));
      Exposition.Parts parts =
          new Exposition.Parts(
              nodeName,
              calc,
              dataplane,
              cni,
              bgp,
              config.get(MonitoringParameters.PROMETHEUS_WIREGUARD_METRICS_ENABLED),
              config.get(MonitoringParameters.PROMETHEUS_PROCESS_METRICS_ENABLED),
              config.get(MonitoringParameters.PROMETHEUS_GO_METRICS_ENABLED));
      metrics = new HttpEndpoint(place, tls, Map.of("/metrics", new Scrape(parts)));
    }
  }

  /** Ready whatever is wrong with single objects: other nodes would be as unready. */
  private Health.Report objects() {
    return new Health.Report(
        true, true, ObjectProblems.told(calc.invalid(), dataplane.unprogrammed()));
  }

  /** Loads what writes the metrics only when they are asked for. */
  private static final class Scrape implements Supplier<Answer> {
    private final Exposition.Parts parts;
    private @Nullable Exposition exposition;

    Scrape(Exposition.Parts parts) {
      this.parts = parts;
    }

    @Override
    public Answer get() {
      return new Answer(200, Exposition.CONTENT_TYPE, exposition().text());
    }

    private synchronized Exposition exposition() {
      Exposition made = exposition;
      if (made == null) {
        made = new Exposition(parts);
        exposition = made;
      }
      return made;
    }
  }

  public CalcMetrics calc() {
    return calc;
  }

  public DataplaneMetrics dataplane() {
    return dataplane;
  }

  public CniMetrics cni() {
    return cni;
  }

  public BgpMetrics bgp() {
    return bgp;
  }

  public Health health() {
    return health;
  }

  /** Takes what of a new configuration needs no other endpoints. */
  public void configure(FelixConfig config) {
    health.override(config.get(MonitoringParameters.HEALTH_TIMEOUT_OVERRIDES));
  }

  /** Opens the endpoints, in the background. */
  public void start() {
    healthEndpoint.answerFor(health, config);
    if (metrics != null) {
      metrics.start();
    }
  }

  /** Everything that Felix consists of has been started. */
  public void started() {
    startup.report(Health.Report.WELL);
  }

  @Override
  public void close() {
    if (metrics != null) {
      metrics.close();
    }
  }
}
