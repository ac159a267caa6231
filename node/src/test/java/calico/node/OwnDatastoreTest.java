package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OwnDatastoreTest {
  @TempDir Path root;

  /** No etcd is begun for what is refused. */
  @Test
  void anotherDatastoreIsRefused() {
    NodePaths paths = new NodePaths(root);
    Map<String, String> environment = Map.of("DATASTORE_TYPE", "kubernetes");
    assertEquals(
        "DATASTORE_TYPE=kubernetes: this version keeps its data in etcd only; set"
            + " DATASTORE_TYPE=etcdv3 and ETCD_ENDPOINTS",
        assertThrows(IllegalArgumentException.class, () -> OwnDatastore.open(environment, paths))
            .getMessage());
    assertFalse(Files.exists(paths.etcd()));
  }

  @Test
  void aClusterThatIsNamedIsUsed() {
    Map<String, String> environment = Map.of("ETCD_ENDPOINTS", "http://192.0.2.1:2379");
    OwnDatastore own = OwnDatastore.open(environment, new NodePaths(root));
    own.datastore().close();
    assertNull(own.etcd());
  }
}
