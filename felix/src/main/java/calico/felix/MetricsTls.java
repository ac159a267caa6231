package calico.felix;

import calico.datastore.tls.TlsFiles;
import calico.felix.monitor.ServerTls;
import calico.felix.monitor.ServerTls.Clients;
import calico.model.config.FelixConfig;
import calico.model.config.MonitoringParameters;
import java.net.Socket;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Picks from Felix's configuration how metrics are served over TLS. */
final class MetricsTls {
  private MetricsTls() {}

  /**
   * As upstream does: over TLS if there is a certificate or a key.
   *
   * @param file where a file is that a parameter names
   * @return null if they are served in the clear
   */
  static @Nullable ServerTls of(FelixConfig config, Function<String, Path> file) {
    String cert = config.get(MonitoringParameters.PROMETHEUS_METRICS_CERT_FILE);
    String key = config.get(MonitoringParameters.PROMETHEUS_METRICS_KEY_FILE);
    if (cert.isEmpty() && key.isEmpty()) {
      return null;
    }
    String clients = config.get(MonitoringParameters.PROMETHEUS_METRICS_CLIENT_AUTH);
    String ca = config.get(MonitoringParameters.PROMETHEUS_METRICS_CA_FILE);
    return new ServerTls(
        () -> {
          Path certFile = named("PrometheusMetricsCertFile", cert, file);
          Path keyFile = named("PrometheusMetricsKeyFile", key, file);
          return context(certFile, keyFile, trusted(clients, ca, file));
        },
        switch (clients) {
          case "RequireAndVerifyClientCert", "RequireAnyClientCert" -> Clients.A_CERTIFICATE;
          case "VerifyClientCertIfGiven" -> Clients.A_CERTIFICATE_IF_THEY_HAVE_ONE;
          default -> Clients.NOTHING;
        });
  }

  private static SSLContext context(
      Path certFile, Path keyFile, TrustManager @Nullable [] trusted) {
    return TlsFiles.context(TlsFiles.keyManagers(certFile, keyFile), trusted);
  }

  private static TrustManager @Nullable [] trusted(
      String clients, String ca, Function<String, Path> file) {
    return switch (clients) {
      case "RequireAndVerifyClientCert", "VerifyClientCertIfGiven" ->
          TlsFiles.trustManagers(named("PrometheusMetricsCAFile", ca, file));
      default -> new TrustManager[] {new Anybody()};
    };
  }

  private static Path named(String parameter, String value, Function<String, Path> file) {
    if (value.isEmpty()) {
      throw new IllegalArgumentException(
          parameter + " is not set: set it, or unset the others of PrometheusMetrics...File");
    }
    return file.apply(value);
  }

  /** Of clients that only have to have some certificate, and its key. */
  private static final class Anybody extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      throw new UnsupportedOperationException("only for clients");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
      throw new UnsupportedOperationException("only for clients");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
      throw new UnsupportedOperationException("only for clients");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
