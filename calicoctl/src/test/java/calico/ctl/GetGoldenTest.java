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
      if (args[0].equals("get") && Kinds.find(args[1]) != null && !e.getKey().contains("nosuch")) {
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
    assertTrue(tests.size() >= 30, "only " + tests.size() + " outputs of supported kinds");
    return tests;
  }
}
