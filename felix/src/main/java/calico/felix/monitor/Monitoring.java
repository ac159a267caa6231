package calico.felix.monitor;

import calico.felix.monitor.HttpEndpoint.Answer;
import calico.felix.monitor.HttpEndpoint.Place;
import calico.model.config.FelixConfig;
import calico.model.config.MonitoringParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What one Felix tells of itself, and the endpoints where it does, as far as they are wanted. */
public final class Monitoring implements AutoCloseable {
  private final CalcMetrics calc = new CalcMetrics();
  private final DataplaneMetrics dataplane = new DataplaneMetrics();
  private final CniMetrics cni = new CniMetrics();
  private final Health health;
  private final Health.Reporter startup;
  private final List<HttpEndpoint> endpoints = new ArrayList<>();

  public Monitoring(String nodeName, FelixConfig config) {
    health =
        new Health(config.get(MonitoringParameters.HEALTH_TIMEOUT_OVERRIDES), System::nanoTime);
    startup = health.register("FelixStartup");
    if (config.get(MonitoringParameters.HEALTH_ENABLED)) {
      Place place =
          new Place(
              "health",
              "HealthHost and HealthPort",
              config.get(MonitoringParameters.HEALTH_HOST),
              config.get(MonitoringParameters.HEALTH_PORT));
      endpoints.add(
          new HttpEndpoint(
              place, Map.of("/liveness", this::liveness, "/readiness", this::readiness)));
    }
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
              config.get(MonitoringParameters.PROMETHEUS_PROCESS_METRICS_ENABLED),
              config.get(MonitoringParameters.PROMETHEUS_GO_METRICS_ENABLED));
      endpoints.add(new HttpEndpoint(place, Map.of("/metrics", new Scrape(parts))));
    }
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

  public Health health() {
    return health;
  }

  /** Takes what of a new configuration needs no other endpoints. */
  public void configure(FelixConfig config) {
    health.override(config.get(MonitoringParameters.HEALTH_TIMEOUT_OVERRIDES));
  }

  /** Opens the endpoints, in the background. */
  public void start() {
    endpoints.forEach(HttpEndpoint::start);
  }

  /** Everything that Felix consists of has been started. */
  public void started() {
    startup.report(Health.Report.WELL);
  }

  private Answer liveness() {
    Health.Summary now = health.summary();
    return answer(now.live(), now);
  }

  private Answer readiness() {
    Health.Summary now = health.summary();
    return answer(now.ready(), now);
  }

  private static Answer answer(boolean good, Health.Summary now) {
    return HttpEndpoint.text(good ? 200 : 503, now.table());
  }

  @Override
  public void close() {
    endpoints.forEach(HttpEndpoint::close);
  }
}
