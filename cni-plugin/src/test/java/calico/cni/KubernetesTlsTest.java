package calico.cni;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An API server with a certificate of an authority of its own, which knows its clients by theirs.
 */
class KubernetesTlsTest {
  private static final String PASSWORD = "changeit";
  private static final int LINE = 64;

  /** Two authorities, {@code ca} and {@code other}; of the first are a server and two clients. */
  private static KeyStore made;

  @TempDir static Path keys;
  @TempDir Path directory;
  private HttpsServer server;

  @BeforeAll
  static void makeKeys() throws Exception {
    keytool("ca", "-ext", "bc:c");
    keytool("other", "-ext", "bc:c");
    keytool("server", "-signer", "ca", "-ext", "san=ip:127.0.0.1");
    keytool("client", "-signer", "ca");
    keytool("curve", "-signer", "ca", "-keyalg", "EC");
    made = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys.resolve("all.p12"))) {
      made.load(in, PASSWORD.toCharArray());
    }
  }

  private static void keytool(String alias, String... more) throws Exception {
    List<String> line =
        new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/keytool", "-genkeypair"));
    line.addAll(List.of("-keystore", keys.resolve("all.p12").toString(), "-storetype", "PKCS12"));
    line.addAll(List.of("-storepass", PASSWORD, "-alias", alias, "-dname", "CN=" + alias));
    if (!List.of(more).contains("-keyalg")) {
      line.addAll(List.of("-keyalg", "RSA"));
    }
    line.addAll(List.of(more));
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), out);
  }

  private static Key key(String alias) throws Exception {
    return made.getKey(alias, PASSWORD.toCharArray());
  }

  @BeforeEach
  void start() throws Exception {
    KeyStore own = empty();
    own.setKeyEntry(
        "server", key("server"), PASSWORD.toCharArray(), made.getCertificateChain("server"));
    KeyManagerFactory keyManagers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keyManagers.init(own, PASSWORD.toCharArray());
    KeyStore clients = empty();
    clients.setCertificateEntry("ca", made.getCertificate("ca"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(clients);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keyManagers.getKeyManagers(), trust.getTrustManagers(), null);
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters wanted = context.getDefaultSSLParameters();
            wanted.setWantClientAuth(true);
            parameters.setSSLParameters(wanted);
          }
        });
    server.createContext("/version", exchange -> answer((HttpsExchange) exchange));
    server.start();
  }

  private static KeyStore empty() throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /** Who asks, by certificate or token. */
  private static void answer(HttpsExchange exchange) throws IOException {
    String who;
    try {
      who = exchange.getSSLSession().getPeerPrincipal().getName();
    } catch (SSLPeerUnverifiedException _) {
      String header = exchange.getRequestHeaders().getFirst("Authorization");
      who = header == null ? "" : header;
    }
    byte[] body = "{\"who\":\"%s\"}".formatted(who).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(who.isEmpty() ? 401 : 200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String url() {
    return "https://127.0.0.1:" + server.getAddress().getPort();
  }

  private static String pem(String type, byte[] der) {
    String text =
        Base64.getMimeEncoder(LINE, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(der);
    return "-----BEGIN " + type + "-----\n" + text + "\n-----END " + type + "-----\n";
  }

  private static String certificates(String alias) throws Exception {
    StringBuilder all = new StringBuilder();
    for (Certificate certificate : made.getCertificateChain(alias)) {
      all.append(pem("CERTIFICATE", certificate.getEncoded()));
    }
    return all.toString();
  }

  /**
   * A key as tools write it: PKCS #8 is a sequence of zero, the algorithm, and an octet string that
   * holds the key as the older forms have it.
   */
  private static String keyPem(String alias, String form) throws Exception {
    byte[] pkcs8 = key(alias).getEncoded();
    if (form.equals("PRIVATE KEY")) {
      return pem(form, pkcs8);
    }
    int at = header(pkcs8, 0);
    at += length(pkcs8, at);
    at += length(pkcs8, at);
    return pem(form, Arrays.copyOfRange(pkcs8, at + header(pkcs8, at), at + length(pkcs8, at)));
  }

  private static int header(byte[] der, int at) {
    return der[at + 1] >= 0 ? 2 : 2 + (der[at + 1] & 0x7f);
  }

  /** Of an element with its header. */
  private static int length(byte[] der, int at) {
    int header = header(der, at);
    int content = header == 2 ? der[at + 1] : 0;
    for (int i = 2; i < header; i++) {
      content = (content << 8) | (der[at + i] & 0xff);
    }
    return header + content;
  }

  private String kubeconfig(String cluster, String user) throws IOException {
    Path file = directory.resolve("kubeconfig");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Config
        clusters:
        - {name: c, cluster: {server: "%s", %s}}
        users:
        - {name: u, user: {%s}}
        contexts:
        - {name: x, context: {cluster: c, user: u}}
        current-context: x
        """
            .formatted(url(), cluster, user));
    return file.toString();
  }

  private static String data(String field, String pem) {
    return field
        + "-data: "
        + Base64.getEncoder().encodeToString(pem.getBytes(StandardCharsets.US_ASCII));
  }

  /** What the server says to a configuration, in which quotes are single. */
  private static String who(String conf) {
    Fields fields = Fields.parse(conf.replace('\'', '"'), "it");
    NetConf parsed = NetConf.parse(fields, Duration.ofSeconds(1));
    return KubernetesApi.of(parsed.kubernetes()).orElseThrow().get("/version").text("who", "");
  }

  private static String withKubeconfig(String path) {
    return "{'cniVersion':'1.0.0','name':'net1','kubernetes':{'kubeconfig':'" + path + "'}}";
  }

  private static CniException failure(String conf) {
    return assertThrows(CniException.class, () -> who(conf));
  }

  @Test
  void aTokenGoesOverAConnectionThatTheAuthorityVouchesFor() throws Exception {
    Files.writeString(directory.resolve("ca.crt"), certificates("ca"));
    Files.writeString(directory.resolve("token"), "s3\n");
    // Paths are relative to the kubeconfig.
    String relative = kubeconfig("certificate-authority: ca.crt", "tokenFile: token");
    assertEquals("Bearer s3", who(withKubeconfig(relative)));
    String inline = kubeconfig(data("certificate-authority", certificates("ca")), "token: s4");
    assertEquals("Bearer s4", who(withKubeconfig(inline)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "client PRIVATE KEY",
        "client RSA PRIVATE KEY",
        "curve PRIVATE KEY",
        "curve EC PRIVATE KEY"
      })
  void aClientIsKnownByItsCertificate(String aliasAndForm) throws Exception {
    String alias = aliasAndForm.substring(0, aliasAndForm.indexOf(' '));
    String form = aliasAndForm.substring(alias.length() + 1);
    String file =
        kubeconfig(
            data("certificate-authority", certificates("ca")),
            data("client-certificate", certificates(alias))
                + ", "
                + data("client-key", keyPem(alias, form)));
    assertEquals("CN=" + alias, who(withKubeconfig(file)));
  }

  @Test
  void theNetworkConfigurationNamesFilesToo() throws Exception {
    Files.writeString(directory.resolve("ca"), certificates("ca"));
    Files.writeString(directory.resolve("crt"), certificates("client"));
    Files.writeString(directory.resolve("key"), keyPem("client", "PRIVATE KEY"));
    String conf =
        ("{'cniVersion':'1.0.0','name':'net1','policy':{'k8s_api_root':'%1$s',"
                + "'k8s_certificate_authority':'%2$s/ca','k8s_client_certificate':'%2$s/crt',"
                + "'k8s_client_key':'%2$s/key'}}")
            .formatted(url(), directory);
    assertEquals("CN=client", who(conf));
  }

  @Test
  void theServerOfAnotherAuthorityIsNotTrusted() throws Exception {
    String file = kubeconfig(data("certificate-authority", certificates("other")), "token: s3");
    CniException e = failure(withKubeconfig(file));
    assertEquals("no secure connection to the Kubernetes API server", e.text());
    assertTrue(e.details().startsWith(url() + "/version: "), e.details());
    assertTrue(e.details().contains("certificate-authority of the kubeconfig"), e.details());
  }

  @Test
  void aClientOfAnotherAuthorityIsTold() throws Exception {
    String file =
        kubeconfig(
            data("certificate-authority", certificates("ca")),
            data("client-certificate", certificates("other"))
                + ", "
                + data("client-key", keyPem("other", "PRIVATE KEY")));
    CniException e = failure(withKubeconfig(file));
    assertTrue(e.details().contains("401") || e.text().contains("no secure"), e::toString);
  }

  @Test
  void filesThatCannotBeUsedAreNamed() throws Exception {
    String ca = data("certificate-authority", certificates("ca"));
    String client = data("client-certificate", certificates("client"));
    for (String[] wrong :
        new String[][] {
          {"certificate-authority: none.crt", "token: s3", "none.crt"},
          {data("certificate-authority", "nothing"), "token: s3", "certificate"},
          {ca, client, "no private key"},
          {ca, client + ", " + data("client-key", "nothing"), "no private key"}
        }) {
      CniException e = failure(withKubeconfig(kubeconfig(wrong[0], wrong[1])));
      assertTrue(e.text().contains(directory + "/kubeconfig"), e::toString);
      assertTrue(e.details().contains(wrong[2]), e::toString);
    }
  }
}
