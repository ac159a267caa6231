package calico.datastore;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.datastore.etcd.EtcdConfig;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DatastoresTest {
  @Test
  void managedEtcdIfNothingIsConfigured() {
    assertEquals(EtcdConfig.of("http://127.0.0.1:2379"), Datastores.etcd(Map.of()));
    assertEquals(
        EtcdConfig.of("http://127.0.0.1:2379"), Datastores.etcd(Map.of("ETCD_ENDPOINTS", "")));
  }

  @Test
  void bareNameBeatsPrefixedOne() {
    Map<String, String> env =
        Map.of(
            "CALICO_ETCD_ENDPOINTS", "http://a:1",
            "ETCD_ENDPOINTS", "http://b:2",
            "CALICO_DATASTORE_TYPE", "etcdv3");
    assertEquals(EtcdConfig.of("http://b:2"), Datastores.etcd(env));
    assertEquals(
        EtcdConfig.of("http://a:1"),
        Datastores.etcd(Map.of("CALICO_ETCD_ENDPOINTS", "http://a:1", "ETCD_ENDPOINTS", "")));
  }

  @Test
  void otherTypesAreRefusedWithAdvice() {
    for (String type : new String[] {"kubernetes", "consul"}) {
      assertMentions(
          assertThrows(
              IllegalArgumentException.class,
              () -> Datastores.forDaemon(Map.of("DATASTORE_TYPE", type))),
          "DATASTORE_TYPE=" + type,
          "set DATASTORE_TYPE=etcdv3");
    }
  }
}
