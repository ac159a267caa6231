package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.tls.TlsFiles;
import calico.felix.monitor.HealthEndpoint;
import calico.felix.monitor.Monitoring;
import calico.model.config.FelixConfig;
import calico.model.config.Source;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Metrics over TLS, as real clients see them. */
class MetricsTlsTest {
  private static final String NOBODY = "";

  @TempDir Path directory;
  private int port;

  @BeforeEach
  void makeCertificates() throws Exception {
    authority("ca");
    authority("strangers"); // of the same name, so that clients think that theirs will do
    certificate("server", "ca");
    certificate("renewed", "ca");
    certificate("known", "ca");
    certificate("stranger", "strangers");
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
  }

  private void authority(String name) throws Exception {
    openssl(
        ("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Authority"
                + " -keyout %1$s-key.pem -out %1$s.pem")
            .formatted(name));
  }

  private void certificate(String name, String authority) throws Exception {
    openssl(
        ("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=%1$s"
                + " -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE"
                + " -CA %2$s.pem -CAkey %2$s-key.pem -keyout %1$s-key.pem -out %1$s.pem")
            .formatted(name, authority));
  }

  private void openssl(String arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments.split(" ")));
    Path log = directory.resolve("openssl.log");
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertEquals(0, process.waitFor(), () -> arguments + ": " + read(log));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Path pem(String name) {
    return directory.resolve(name + ".pem");
  }

  private Monitoring serve(Map<String, String> more) {
    Map<String, Object> values = new TreeMap<>(more);
    values.put("PrometheusMetricsEnabled", "true");
    values.put("PrometheusMetricsHost", "localhost");
    values.put("PrometheusMetricsPort", Integer.toString(port));
    values.putIfAbsent("PrometheusMetricsCertFile", "server.pem");
    values.putIfAbsent("PrometheusMetricsKeyFile", "server-key.pem");
    FelixConfig config =
        FelixConfig.resolve(List.of(new Source("test", false, Map.copyOf(values))));
    assertEquals(List.of(), config.problems());
    Monitoring monitoring =
        new Monitoring(
            "n1", config, new HealthEndpoint(config), MetricsTls.of(config, directory::resolve));
    monitoring.start();
    return monitoring;
  }

  private HttpClient client(String name) {
    var keys = name.equals(NOBODY) ? null : TlsFiles.keyManagers(pem(name), pem(name + "-key"));
    return HttpClient.newBuilder()
        .sslContext(TlsFiles.context(keys, TlsFiles.trustManagers(pem("ca"))))
        .connectTimeout(Duration.ofSeconds(10))
        .build();
  }

  /** Asks once the port is open. */
  private HttpResponse<String> get(String name) throws Exception {
    TestFelix.await(() -> "port " + port + " is open", this::isOpen);
    try (HttpClient client = client(name)) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("https://localhost:" + port + "/metrics")).build();
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }

  private boolean isOpen() {
    try (var socket = new java.net.Socket("localhost", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RequireAndVerifyClientCert, false, true, false",
    "RequireAnyClientCert, false, true, true",
    "VerifyClientCertIfGiven, true, true, false",
    "NoClientCert, true, true, true"
  })
  void clientsShowWhatIsAskedFor(String asked, boolean nobody, boolean known, boolean stranger)
      throws Exception {
    Map<String, String> more =
        Map.of("PrometheusMetricsClientAuth", asked, "PrometheusMetricsCAFile", "ca.pem");
    try (Monitoring _ = serve(more)) {
      assertServed(nobody, NOBODY);
      assertServed(known, "known");
      assertServed(stranger, "stranger");
      assertServed(nobody, NOBODY);
    }
  }

  private void assertServed(boolean served, String client) throws Exception {
    if (served) {
      HttpResponse<String> answer = get(client);
      assertEquals(200, answer.statusCode());
      assertTrue(answer.body().contains("felix_host{host=\"n1\"} 1"), answer.body());
    } else {
      IOException refused = assertThrows(IOException.class, () -> get(client), client);
      assertFalse(refused instanceof ConnectException, refused::toString);
    }
  }

  @Test
  void nothingIsServedInTheClear() throws Exception {
    try (Monitoring _ = serve(Map.of());
        HttpClient client = HttpClient.newHttpClient()) {
      assertServed(true, NOBODY);
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/metrics")).build();
      assertThrows(
          IOException.class, () -> client.send(request, HttpResponse.BodyHandlers.ofString()));
    }
  }

  @Test
  void aRenewedCertificateIsShownToTheNextClient() throws Exception {
    try (Monitoring _ = serve(Map.of())) {
      assertEquals("CN=server", shown());
      Files.writeString(pem("server"), "half a fi");
      assertEquals("CN=server", shown(), "as long as the new one cannot be used");
      copy("renewed", "server");
      copy("renewed-key", "server-key");
      assertEquals("CN=renewed", shown());
    }
  }

  private void copy(String from, String to) throws IOException {
    Files.copy(pem(from), pem(to), StandardCopyOption.REPLACE_EXISTING);
  }

  private String shown() throws Exception {
    SSLSession session = get(NOBODY).sslSession().orElseThrow();
    var certificate = (X509Certificate) session.getPeerCertificates()[0];
    return certificate.getSubjectX500Principal().getName();
  }

  @Test
  void withoutItsFilesItIsNotServedUntilTheyAreThere() throws Exception {
    Map<String, String> more =
        Map.of(
            "PrometheusMetricsClientAuth", "RequireAndVerifyClientCert",
            "PrometheusMetricsCAFile", "later.pem");
    try (Monitoring _ = serve(more)) {
      assertEquals(false, isOpen());
      copy("ca", "later");
      assertServed(true, "known");
      assertServed(false, NOBODY);
    }
  }
}
