package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where calicoctl learns which datastore to use. */
class DatastoreSettingsTest {
  @TempDir Path directory;

  @Test
  void withoutAFileTheEnvironmentCounts() {
    Map<String, String> env = Map.of("CALICO_ETCD_ENDPOINTS", "http://b:1");
    assertEquals(env, DatastoreSettings.load(DatastoreSettings.DEFAULT_FILE, env));
  }

  @Test
  void aFileWinsOverTheEnvironment() throws IOException {
    String file =
        file(
            """
            apiVersion: projectcalico.org/v3
            kind: CalicoAPIConfig
            metadata:
            spec:
              etcdEndpoints: http://a:1
              etcdUsername: ""
            """);
    assertEquals(
        Map.of("ETCD_ENDPOINTS", "http://a:1"),
        DatastoreSettings.load(file, Map.of("ETCD_USERNAME", "u")));
  }

  @Test
  void mistakesAreNamed() throws IOException {
    refused("/nowhere", "there is no configuration file /nowhere");
    refused(file("apiVersion: projectcalico.org/v3\nkind: Node\n"), ":2: kind is 'Node'");
    refused(
        file("apiVersion: projectcalico.org/v3\nkind: CalicoAPIConfig\nspec:\n  etcd: x\n"),
        ":4: unknown field spec.etcd");
    refused(file("a: b: c"), "mapping values");
    refused(file(""), "one document");
  }

  private String file(String text) throws IOException {
    Path file = Files.createTempFile(directory, "calicoctl", ".cfg");
    return Files.writeString(file, text).toString();
  }

  private static void refused(String file, String reason) {
    CommandException e =
        assertThrows(CommandException.class, () -> DatastoreSettings.load(file, Map.of()));
    assertTrue(String.valueOf(e.getMessage()).contains(reason), e.getMessage());
  }
}
