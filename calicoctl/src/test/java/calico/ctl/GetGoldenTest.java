package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.model.resource.Kinds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Tables and YAML are what upstream prints of the same resources. */
class GetGoldenTest {
  private final MemoryDatastore datastore = new MemoryDatastore();

  @BeforeEach
  void apply() {
    List<String> resources = Golden.resources();
    Console c =
        Console.runWithInput(
            datastore, "[" + String.join(",\n", resources) + "]", "apply", "-f", "-");
    assertEquals("", Golden.withoutWarnings(c.err()));
    assertEquals("Successfully applied " + resources.size() + " resource(s)\n", c.out());
    assertEquals(0, c.status());
  }

  @AfterEach
  void close() {
    datastore.close();
  }

  @TestFactory
  List<DynamicTest> printsWhatUpstreamPrints() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Map.Entry<String, String> e : Golden.outputs().entrySet()) {
      String[] args = e.getKey().split(" ");
      boolean supported = args[0].equals("get") && Kinds.find(args[1]) != null;
      boolean crashed = e.getValue().startsWith("(upstream panics");
      if (supported && !crashed && !e.getKey().contains("nosuch")) {
        tests.add(
            DynamicTest.dynamicTest(
                e.getKey(),
                () -> {
                  Console c = Console.run(datastore, args);
                  assertEquals(Golden.stable(e.getValue()), Golden.stable(c.out()));
                  assertEquals("", c.err());
                  assertEquals(0, c.status());
                }));
      }
    }
    assertTrue(tests.size() >= 40, "only " + tests.size() + " outputs of supported kinds");
    return tests;
  }

  /** Upstream crashes here. */
  @Test
  void filtersAreCounted() {
    assertEquals(
        """
        NAME   NUMEXPORTV4   NUMIMPORTV4   NUMEXPORTV6   NUMIMPORTV6
        f1     2             1             0             0
        """,
        Console.run(datastore, "get", "bgpfilters").out().strip().replaceAll(" +\n", "\n") + "\n");
  }

  @Test
  void podSelectorsAreWrittenAsKubectlWritesThem() {
    Console.runWithInput(
        datastore,
        """
        apiVersion: projectcalico.org/v3
        kind: StagedKubernetesNetworkPolicy
        metadata: {name: k, namespace: shop}
        spec:
          podSelector:
            matchLabels: {app: web}
            matchExpressions: [{key: a, operator: In, values: [x, y]}, {key: b, operator: Exists}]
        """,
        "apply",
        "-f",
        "-");
    String table = Console.run(datastore, "get", "sknp", "-A", "-o", "wide").out();
    assertTrue(table.contains(" app=web,a in (x,y),b "), table);
  }
}
