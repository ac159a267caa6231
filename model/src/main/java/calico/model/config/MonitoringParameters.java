package calico.model.config;

import static calico.model.config.ParameterTypes.FLAG;
import static calico.model.config.ParameterTypes.HOST;
import static calico.model.config.ParameterTypes.STRING;
import static calico.model.config.ParameterTypes.enumeration;
import static calico.model.config.ParameterTypes.integer;

import java.time.Duration;
import java.util.Map;

/** The parameters of Felix that say where it tells how it is; see {@link FelixParameters}. */
public final class MonitoringParameters {
  public static final Parameter<Boolean> HEALTH_ENABLED =
      Parameter.of(
          "HealthEnabled",
          "healthEnabled",
          FLAG,
          false,
          "Whether the health endpoints are served.");
  public static final Parameter<String> HEALTH_HOST =
      Parameter.of(
          "HealthHost", "healthHost", HOST, "localhost", "Address on which they are served.");
  public static final Parameter<Integer> HEALTH_PORT =
      Parameter.of(
          "HealthPort", "healthPort", integer(0, 65535), 9099, "Port on which they are served.");
  public static final Parameter<Map<String, Duration>> HEALTH_TIMEOUT_OVERRIDES =
      Parameter.of(
          "HealthTimeoutOverrides",
          "healthTimeoutOverrides",
          FieldTypes.TIMEOUT_BY_NAME,
          Map.of(),
          "When a silent part of the process is ill, by its name.");
  public static final Parameter<Boolean> PROMETHEUS_METRICS_ENABLED =
      Parameter.of(
          "PrometheusMetricsEnabled",
          "prometheusMetricsEnabled",
          FLAG,
          false,
          "Whether metrics are served.");
  public static final Parameter<String> PROMETHEUS_METRICS_HOST =
      Parameter.of(
          "PrometheusMetricsHost",
          "prometheusMetricsHost",
          HOST,
          "",
          "Address on which they are served; empty is all.");
  public static final Parameter<Integer> PROMETHEUS_METRICS_PORT =
      Parameter.of(
          "PrometheusMetricsPort",
          "prometheusMetricsPort",
          integer(0, 65535),
          9091,
          "Port on which they are served.");
  public static final Parameter<String> PROMETHEUS_METRICS_CERT_FILE =
      Parameter.of(
          "PrometheusMetricsCertFile",
          "prometheusMetricsCertFile",
          STRING,
          "",
          "Certificate of the metrics endpoint, PEM; with it metrics are served over TLS.");
  public static final Parameter<String> PROMETHEUS_METRICS_KEY_FILE =
      Parameter.of(
          "PrometheusMetricsKeyFile",
          "prometheusMetricsKeyFile",
          STRING,
          "",
          "Private key of the metrics endpoint, PEM.");
  public static final Parameter<String> PROMETHEUS_METRICS_CA_FILE =
      Parameter.of(
          "PrometheusMetricsCAFile",
          "prometheusMetricsCAFile",
          STRING,
          "",
          "Authorities, PEM, of clients of the metrics.");
  public static final Parameter<String> PROMETHEUS_METRICS_CLIENT_AUTH =
      Parameter.of(
          "PrometheusMetricsClientAuth",
          "prometheusMetricsClientAuth",
          enumeration(
              "RequireAndVerifyClientCert",
              "RequireAnyClientCert",
              "VerifyClientCertIfGiven",
              "NoClientCert"),
          "NoClientCert",
          "Which certificates clients of the metrics need.");
  public static final Parameter<Boolean> PROMETHEUS_GO_METRICS_ENABLED =
      Parameter.of(
          "PrometheusGoMetricsEnabled",
          "prometheusGoMetricsEnabled",
          FLAG,
          true,
          "Whether metrics of the runtime are served.");
  public static final Parameter<Boolean> PROMETHEUS_PROCESS_METRICS_ENABLED =
      Parameter.of(
          "PrometheusProcessMetricsEnabled",
          "prometheusProcessMetricsEnabled",
          FLAG,
          true,
          "Whether metrics of the process are served.");
  public static final Parameter<Boolean> PROMETHEUS_WIREGUARD_METRICS_ENABLED =
      Parameter.of(
          "PrometheusWireGuardMetricsEnabled",
          "prometheusWireGuardMetricsEnabled",
          FLAG,
          true,
          "Whether metrics of WireGuard are served.");

  private MonitoringParameters() {}
}
