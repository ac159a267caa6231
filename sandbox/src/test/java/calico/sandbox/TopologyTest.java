package calico.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopologyTest {
  @TempDir Path directory;

  @Test
  void standardTopologySpreadsRolesOverNodes() {
    Topology topology = Topology.standard(3, 7);
    assertEquals(
        List.of("web-1", "web-2", "api-1", "api-2", "db-1", "guest-1", "web-3"),
        topology.workloads().stream().map(Topology.WorkloadSpec::name).toList());
    assertEquals(
        List.of(1, 2, 3, 1, 2, 3, 1),
        topology.workloads().stream().map(Topology.WorkloadSpec::node).toList());
    assertEquals(Map.of("app", "web"), topology.workloads().getFirst().labels());
  }

  @Test
  void readsAFile() throws IOException {
    Path file =
        file(
            """
            workloads:
              - {name: shop, namespace: front, labels: {app: web}, node: 2}
              - name: store
            """);
    assertEquals(
        List.of(
            new Topology.WorkloadSpec("shop", "front", Map.of("app", "web"), 2),
            new Topology.WorkloadSpec("store", "default", Map.of(), 2)),
        Topology.read(file, 2).workloads());
  }

  @Test
  void namesFileLineAndFieldOfAnError() throws IOException {
    refuses("workloads:\n- {name: a}\n- {name: a}\n", ":3: workloads[1].name: 'a' is used twice");
    refuses("workloads:\n- {name: a, node: 9}\n", ":2: workloads[0].node: 9 is not 1 to 3");
    refuses("workloads:\n- {name: A_b}\n", ":2: workloads[0].name: 'A_b' is not a name");
    refuses("workloads:\n- {name: a, lables: {}}\n", ":2: workloads[0].lables: unknown field");
    refuses("workloads: []\n", "a sandbox needs at least one workload");
  }

  private void refuses(String yaml, String message) throws IOException {
    Path file = file(yaml);
    String actual =
        assertThrows(IllegalArgumentException.class, () -> Topology.read(file, 3)).toString();
    assertTrue(actual.contains(file.toString()) && actual.contains(message), actual);
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(directory.resolve("topology.yaml"), yaml);
  }
}
