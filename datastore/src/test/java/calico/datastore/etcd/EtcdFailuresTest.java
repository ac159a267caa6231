package calico.datastore.etcd;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each way in which etcd can fail, by both transports: what breaks, and what is said. */
class EtcdFailuresTest {
  private static final ResourceKey<NetworkSetSpec> KEY =
      ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, "a");

  private static final Executor THREADS = call -> Thread.ofVirtual().start(call);

  @TempDir private Path dir;

  /** A call fails, by each transport, with a message that has all these parts. */
  private static void assertSays(
      EtcdConfig config, Class<? extends DatastoreException> type, String... parts) {
    assertSays(config, type, datastore -> datastore.get(KEY), parts);
  }

  private static void assertSays(
      EtcdConfig config,
      Class<? extends DatastoreException> type,
      Consumer<Datastore> call,
      String... parts) {
    // At the same time, because some failures are a matter of waiting.
    List<CompletableFuture<DatastoreException>> failures =
        List.of(EtcdDatastore.forDaemon(config), EtcdDatastore.forOneShot(config)).stream()
            .map(
                datastore -> CompletableFuture.supplyAsync(() -> failure(datastore, call), THREADS))
            .toList();
    assertAll(
        failures.stream()
            .map(CompletableFuture::join)
            .map(
                e ->
                    () -> {
                      assertMentions(e, parts);
                      assertEquals(type, e.getClass(), e.getMessage());
                    }));
  }

  private static DatastoreException failure(Datastore datastore, Consumer<Datastore> call) {
    try (datastore) {
      return assertThrows(DatastoreException.class, () -> call.accept(datastore));
    }
  }

  private static EtcdConfig tls(
      EtcdConfig.Endpoint endpoint, @Nullable String ca, @Nullable String client) {
    return new EtcdConfig(
        List.of(endpoint),
        ca == null ? null : TlsTest.file(ca),
        client == null ? null : TlsTest.file(client + ".pem"),
        client == null ? null : TlsTest.file(client + "-key.pem"),
        null,
        null);
  }

  @Test
  void nothingListens() {
    assertSays(
        EtcdConfig.of("http://127.0.0.1:1"),
        DatastoreException.Unavailable.class,
        "etcd [http://127.0.0.1:1]: read /calico/resources/",
        "onnection refused",
        "check that etcd runs there and that ETCD_ENDPOINTS is right");
  }

  @Test
  void hostIsNotKnown() {
    assertSays(
        EtcdConfig.of("http://etcd.invalid:2379"),
        DatastoreException.Unavailable.class,
        "cannot be resolved",
        "correct the host in ETCD_ENDPOINTS");
  }

  @Test
  void somethingElseAnswers() throws Exception {
    HttpServer other =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    other.start();
    try {
      assertSays(
          EtcdConfig.of("http://127.0.0.1:" + other.getAddress().getPort()),
          DatastoreException.Unavailable.class,
          "something else than etcd answers there");
    } finally {
      other.stop(0);
    }
  }

  @Test
  void connectionIsClosedAtOnce() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                while (!server.isClosed()) {
                  try {
                    server.accept().close();
                  } catch (java.io.IOException _) {
                    return;
                  }
                }
              });
      assertSays(
          EtcdConfig.of("http://127.0.0.1:" + server.getLocalPort()),
          DatastoreException.Unavailable.class,
          "check that etcd runs there");
    }
  }

  @Test
  void etcdIsFrozen() throws Exception {
    try (TestEtcd etcd = new TestEtcd(dir, "http")) {
      Await.answer(etcd.config());
      etcd.signal("STOP");
      assertSays(
          etcd.config(),
          DatastoreException.Unavailable.class,
          "no answer within ",
          "check that etcd has a leader");
    }
  }

  /** A command says so within five seconds, whatever the endpoint does after connecting. */
  @ParameterizedTest
  @CsvSource({"http, no answer within 5 s", "https, no answer to the TLS handshake"})
  void connectionIsNeverAnswered(String scheme, String said) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String endpoint = scheme + "://127.0.0.1:" + server.getLocalPort();
      Datastore datastore = EtcdDatastore.forOneShot(EtcdConfig.of(endpoint));
      long start = System.nanoTime();
      DatastoreException e = failure(datastore, d -> d.get(KEY));
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      assertMentions(e, endpoint, said, "check that etcd");
      assertTrue(took.compareTo(Duration.ofSeconds(6)) < 0, took.toString());
    }
  }

  @Test
  void halfOfTheClusterIsNotThere() throws Exception {
    // A cluster of two of which one is started: it has no leader.
    String peer = "http://127.0.0.1:" + TestEtcd.freePort();
    try (TestEtcd etcd =
        new TestEtcd(
            dir,
            "http",
            "--listen-peer-urls=" + peer,
            "--initial-advertise-peer-urls=" + peer,
            "--initial-cluster=default=" + peer + ",other=http://127.0.0.1:1")) {
      etcd.awaitListening();
      assertSays(etcd.config(), DatastoreException.Unavailable.class, "leader", "check that");
    }
  }

  @Test
  void spaceIsExhausted() throws Exception {
    try (TestEtcd etcd = new TestEtcd(dir, "http", "--quota-backend-bytes=" + (1 << 20))) {
      Await.answer(etcd.config());
      try (Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
        assertThrows(
            DatastoreException.Unavailable.class,
            () -> {
              for (int i = 0; i < 100; i++) {
                datastore.put(KEY, large(10_000), null);
              }
            });
      }
      assertSays(
          etcd.config(),
          DatastoreException.Unavailable.class,
          datastore -> datastore.put(KEY, large(1000), null),
          "database space exceeded",
          "write /calico/",
          "compact and defragment",
          "disarm the alarm NOSPACE");
    }
  }

  @Test
  void objectIsTooLarge() throws Exception {
    try (TestEtcd etcd = new TestEtcd(dir, "http")) {
      Await.answer(etcd.config());
      for (int nets : new int[] {140_000, 400_000}) {
        assertSays(
            etcd.config(),
            DatastoreException.class,
            datastore -> datastore.put(KEY, large(nets), null),
            "write /calico/",
            "larger than etcd accepts");
      }
    }
  }

  private static Resource<NetworkSetSpec> large(int nets) {
    return Resource.of(
        KEY.kind(),
        Metadata.named("a"),
        new NetworkSetSpec(Collections.nCopies(nets, "10.0.0.0/8"), Unknown.NONE));
  }

  @ParameterizedTest
  @CsvSource({
    "root, wrong, invalid user ID or password, 'check ETCD_USERNAME, ETCD_PASSWORD'",
    "nobody, secret, invalid user ID or password, 'check ETCD_USERNAME, ETCD_PASSWORD'",
    ", , user name is empty, 'check ETCD_USERNAME, ETCD_PASSWORD'",
  })
  void loginIsRefused(@Nullable String user, @Nullable String password, String said, String advice)
      throws Exception {
    try (TestEtcd etcd = new TestEtcd(dir, "http")) {
      Await.answer(etcd.config());
      etcd.enableAuth();
      EtcdConfig config =
          user == null ? etcd.config() : etcd.as(user, Objects.requireNonNull(password));
      assertSays(config, DatastoreException.class, said, advice);
    }
  }

  @Test
  void userMayNotWrite() throws Exception {
    try (TestEtcd etcd = new TestEtcd(dir, "http")) {
      Await.answer(etcd.config());
      etcd.enableAuth();
      assertSays(
          etcd.as("reader", "secret"),
          DatastoreException.class,
          datastore -> datastore.put(KEY, large(1), null),
          "permission denied",
          "a role that may read and write /calico/");
    }
  }

  @Test
  void tlsDoesNotFit() throws Exception {
    String ca = "ca.pem";
    try (TestEtcd etcd =
            new TestEtcd(
                dir,
                "https",
                "--client-cert-auth",
                "--trusted-ca-file=" + TlsTest.file(ca),
                "--cert-file=" + TlsTest.file("server.pem"),
                "--key-file=" + TlsTest.file("server-key.pem"));
        TestEtcd plain = new TestEtcd(dir.resolve("plain"), "http");
        Relay misnamed = new Relay(InetAddress.ofLiteral("127.1.1.1"), etcd.endpoint().port())) {
      EtcdConfig.Endpoint at = etcd.endpoint();
      Await.answer(tls(at, ca, "client"));
      Await.answer(plain.config());
      Class<DatastoreException.Unavailable> unavailable = DatastoreException.Unavailable.class;
      assertAll(
          () ->
              assertSays(
                  tls(at, null, "client"),
                  unavailable,
                  "certificate is not trusted: check ETCD_CA_CERT_FILE"),
          () ->
              assertSays(
                  tls(new EtcdConfig.Endpoint(true, "127.1.1.1", misnamed.port()), ca, "client"),
                  unavailable,
                  "127.1.1.1",
                  "names the host that ETCD_ENDPOINTS has"),
          () -> assertSays(tls(at, ca, null), unavailable, "ETCD_CERT_FILE and ETCD_KEY_FILE"),
          () ->
              assertSays(
                  EtcdConfig.of("http://" + at.authority()), unavailable, "http or https included"),
          () ->
              assertSays(
                  tls(
                      new EtcdConfig.Endpoint(true, "127.0.0.1", plain.endpoint().port()),
                      ca,
                      null),
                  unavailable,
                  "if it does not speak TLS, use http://"));
    }
  }

  @Test
  void filesAreMissing() {
    EtcdConfig.Endpoint at = EtcdConfig.Endpoint.parse("https://127.0.0.1:1");
    Path missing = Path.of("/nowhere/file.pem");
    List<EtcdConfig> configs =
        List.of(
            new EtcdConfig(List.of(at), missing, null, null, null, null),
            new EtcdConfig(List.of(at), null, missing, missing, null, null));
    for (EtcdConfig config : configs) {
      assertMentions(
          assertThrows(IllegalArgumentException.class, () -> EtcdDatastore.forOneShot(config)),
          "there is no file /nowhere/file.pem");
    }
  }
}
