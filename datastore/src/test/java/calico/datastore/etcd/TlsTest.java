package calico.datastore.etcd;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.DefaultAllowProfile;
import calico.datastore.tls.TlsFiles;
import calico.model.key.Query;
import calico.model.resource.Kinds;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The certificates in the test resources are valid until 2126 and sign nothing else. */
class TlsTest {
  static Path file(String name) {
    try {
      return Path.of(Objects.requireNonNull(TlsTest.class.getResource("/tls/" + name)).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(name, e);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "server-key.pem,EC",
    "client-key.pem,EC",
    "p521-key.pem,EC",
    "client-pkcs8-key.pem,EC",
    "rsa-key.pem,RSA",
    "rsa-pkcs8-key.pem,RSA"
  })
  void keyFormats(String name, String algorithm) throws Exception {
    assertEquals(algorithm, TlsFiles.privateKey(file(name)).getAlgorithm());
  }

  @Test
  void filesThatAreNoPemAreNamed(@TempDir Path dir) throws Exception {
    Path empty = Files.writeString(dir.resolve("empty.pem"), "nothing");
    EtcdConfig.Endpoint endpoint = EtcdConfig.Endpoint.parse("https://127.0.0.1:1");
    EtcdConfig noCa = new EtcdConfig(List.of(endpoint), empty, null, null, null, null);
    EtcdConfig noKey =
        new EtcdConfig(List.of(endpoint), null, file("client.pem"), empty, null, null);
    for (EtcdConfig config : List.of(noCa, noKey)) {
      assertMentions(
          assertThrows(IllegalArgumentException.class, () -> EtcdDatastore.forOneShot(config)),
          empty.toString());
      assertThrows(IllegalArgumentException.class, () -> EtcdDatastore.forDaemon(config));
    }
  }

  @Test
  void bothTransportsOverMutualTls(@TempDir Path dir) throws Exception {
    try (TestEtcd etcd =
        new TestEtcd(
            dir,
            "https",
            "--client-cert-auth",
            "--trusted-ca-file=" + file("ca.pem"),
            "--cert-file=" + file("server.pem"),
            "--key-file=" + file("server-key.pem"))) {
      List<EtcdConfig.Endpoint> endpoints = List.of(etcd.endpoint());
      EtcdConfig known =
          new EtcdConfig(
              endpoints, file("ca.pem"), file("client.pem"), file("client-key.pem"), null, null);
      EtcdConfig stranger = new EtcdConfig(endpoints, file("ca.pem"), null, null, null, null);
      try (Datastore daemon = EtcdDatastore.forDaemon(known);
          Datastore oneShot = EtcdDatastore.forOneShot(known)) {
        for (Datastore datastore : List.of(daemon, oneShot)) {
          awaitAnswer(datastore);
        }
      }
      for (Datastore datastore :
          List.of(EtcdDatastore.forDaemon(stranger), EtcdDatastore.forOneShot(stranger))) {
        try (datastore) {
          assertThrows(
              DatastoreException.Unavailable.class, () -> datastore.list(Query.all(Kinds.PROFILE)));
        }
      }
    }
  }

  private static void awaitAnswer(Datastore datastore) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try {
        assertEquals(
            DefaultAllowProfile.KEY,
            datastore.list(Query.all(Kinds.PROFILE)).entries().getFirst().key());
        return;
      } catch (DatastoreException.Unavailable e) {
        assertTrue(System.nanoTime() < deadline, e::getMessage);
        Thread.sleep(20);
      }
    }
  }
}
