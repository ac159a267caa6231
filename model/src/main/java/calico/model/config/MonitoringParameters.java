package calico.model.config;

import static calico.model.config.Parameter.of;
import static calico.model.config.ParameterTypes.FLAG;
import static calico.model.config.ParameterTypes.HOST;
import static calico.model.config.ParameterTypes.integer;

import java.time.Duration;
import java.util.Map;

/** The parameters of Felix that say where it tells how it is; see {@link FelixParameters}. */
public final class MonitoringParameters {
  public static final Parameter<Boolean> HEALTH_ENABLED =
      of("HealthEnabled", "healthEnabled", FLAG, false, "Whether the health endpoints are served.");
  public static final Parameter<String> HEALTH_HOST =
      of("HealthHost", "healthHost", HOST, "localhost", "Address on which they are served.");
  public static final Parameter<Integer> HEALTH_PORT =
      of("HealthPort", "healthPort", integer(0, 65535), 9099, "Port on which they are served.");
  public static final Parameter<Map<String, Duration>> HEALTH_TIMEOUT_OVERRIDES =
      of(
          "HealthTimeoutOverrides",
          "healthTimeoutOverrides",
          FieldTypes.TIMEOUT_BY_NAME,
          Map.of(),
          "When a silent part of the process is ill, by its name.");
  public static final Parameter<Boolean> PROMETHEUS_METRICS_ENABLED =
      of(
          "PrometheusMetricsEnabled",
          "prometheusMetricsEnabled",
          FLAG,
          false,
          "Whether metrics are served.");
  public static final Parameter<String> PROMETHEUS_METRICS_HOST =
      of(
          "PrometheusMetricsHost",
          "prometheusMetricsHost",
          HOST,
          "",
          "Address on which they are served; empty is all.");
  public static final Parameter<Integer> PROMETHEUS_METRICS_PORT =
      of(
          "PrometheusMetricsPort",
          "prometheusMetricsPort",
          integer(0, 65535),
          9091,
          "Port on which they are served.");
  public static final Parameter<Boolean> PROMETHEUS_GO_METRICS_ENABLED =
      of(
          "PrometheusGoMetricsEnabled",
          "prometheusGoMetricsEnabled",
          FLAG,
          true,
          "Whether metrics of the runtime are served.");
  public static final Parameter<Boolean> PROMETHEUS_PROCESS_METRICS_ENABLED =
      of(
          "PrometheusProcessMetricsEnabled",
          "prometheusProcessMetricsEnabled",
          FLAG,
          true,
          "Whether metrics of the process are served.");

  private MonitoringParameters() {}
}
