package calico.datastore.etcd;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EtcdConfigTest {
  @Test
  void endpoints() {
    assertEquals(
        new EtcdConfig.Endpoint(false, "127.0.0.1", 2379),
        EtcdConfig.Endpoint.parse("http://127.0.0.1"));
    assertEquals(
        new EtcdConfig.Endpoint(true, "etcd-1", 12379),
        EtcdConfig.Endpoint.parse("https://etcd-1:12379/"));
    assertEquals(
        new EtcdConfig.Endpoint(false, "fd00::1", 2380),
        EtcdConfig.Endpoint.parse("http://[fd00::1]:2380"));
    assertEquals("http://[fd00::1]:2379", EtcdConfig.Endpoint.parse("http://[fd00::1]").toString());
  }

  @Test
  void badEndpoints() {
    for (String bad :
        List.of(
            "127.0.0.1:2379", "ftp://a:1", "http://", "http://a:0", "http://a:x", "http://a/b")) {
      assertMentions(
          assertThrows(IllegalArgumentException.class, () -> EtcdConfig.Endpoint.parse(bad)),
          "'" + bad + "'");
    }
  }

  @Test
  void fromEnvironment() {
    assertTrue(EtcdConfig.fromEnvironment(Map.of("ETCD_CA_CERT_FILE", "/ca")).isEmpty());
    EtcdConfig config =
        EtcdConfig.fromEnvironment(
                Map.of(
                    "ETCD_ENDPOINTS", "https://a:1, https://b:2",
                    "ETCD_CA_CERT_FILE", "/ca",
                    "ETCD_CERT_FILE", "/cert",
                    "ETCD_KEY_FILE", "/key",
                    "ETCD_USERNAME", "u",
                    "ETCD_PASSWORD", "secret"))
            .orElseThrow();
    assertEquals(2, config.endpoints().size());
    assertEquals(Path.of("/cert"), config.certFile());
    assertTrue(config.tls());
    assertFalse(config.toString().contains("secret"), config::toString);
  }

  @Test
  void halfSettingsAreRefused() {
    Map<String, String> base = Map.of("ETCD_ENDPOINTS", "http://a:1", "ETCD_KEY_FILE", "/key");
    String message =
        assertThrows(IllegalArgumentException.class, () -> EtcdConfig.fromEnvironment(base))
            .getMessage();
    assertEquals(
        "etcd: ETCD_KEY_FILE is set but ETCD_CERT_FILE is not; set both or neither", message);
    assertThrows(IllegalArgumentException.class, () -> EtcdConfig.of("http://a:1", "https://b:1"));
  }
}
