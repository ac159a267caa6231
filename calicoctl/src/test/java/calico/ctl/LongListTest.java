package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.MemoryDatastore;
import calico.model.json.Json;
import calico.model.json.Yaml;
import java.io.ByteArrayInputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A list that is read in pages prints as one that is not. */
class LongListTest {
  private static final int COUNT = 50;

  private final MemoryDatastore datastore = new MemoryDatastore();

  @BeforeEach
  void fill() {
    StringBuilder sets = new StringBuilder();
    for (int i = 0; i < COUNT; i++) {
      sets.append(
          """
          ---
          apiVersion: projectcalico.org/v3
          kind: GlobalNetworkSet
          metadata: {name: set%02d, annotations: {note: "two\\nlines, 'quoted' <\\"x\\">"}}
          spec: {nets: [192.0.2.%d/32]}
          """
              .formatted(i, i));
    }
    Console c = Console.runWithInput(datastore, sets.toString(), "apply", "-f", "-");
    assertEquals(0, c.status(), c.err());
  }

  @AfterEach
  void close() {
    datastore.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"yaml", "json"})
  void isWhatPrintsTheWholeTree(String format) {
    String text = get("globalnetworksets", format);
    Object tree = format.equals("json") ? Json.parse(text) : Yaml.parse(text).getFirst().tree();
    String again = format.equals("json") ? Json.printPretty(tree) + "\n" : Yaml.print(tree);
    assertEquals(again, text);
    Map<?, ?> list = assertInstanceOf(Map.class, tree);
    assertEquals("GlobalNetworkSetList", list.get("kind"));
    assertEquals(COUNT, assertInstanceOf(List.class, list.get("items")).size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"yaml", "json"})
  void emptyListsAreLists(String format) {
    String text = get("bgppeers", format);
    Object tree = format.equals("json") ? Json.parse(text) : Yaml.parse(text).getFirst().tree();
    assertEquals(format.equals("json") ? Json.printPretty(tree) + "\n" : Yaml.print(tree), text);
    assertEquals(List.of(), assertInstanceOf(Map.class, tree).get("items"));
  }

  @Test
  void tablesHaveOneHeader() {
    List<String> lines = get("globalnetworksets", "wide").lines().toList();
    assertEquals(COUNT + 2, lines.size(), lines::toString);
    assertEquals(1, lines.stream().filter(l -> l.startsWith("NAME")).count());
    // Widths are those of the first page; what is wider later moves the rest of its line.
    assertEquals("set00   192.0.2.0/32   ", lines.get(1));
    assertEquals("set49   192.0.2.49/32   ", lines.get(COUNT));
  }

  @Test
  void templatesSeeTheWholeList() {
    assertEquals(
        "set00 set49",
        get("globalnetworksets", "jsonpath={.items[0].metadata.name} {.items[-1].metadata.name}"));
  }

  /** As "| head" does. */
  @Test
  void readsNoMoreThanIsTaken() {
    AtomicInteger pages = new AtomicInteger();
    Datastore counting = Intercepted.pages(datastore, pages);
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws java.io.IOException {
            throw new java.io.IOException("broken pipe");
          }
        };
    Session session =
        new Session(
            Map.of(),
            new ByteArrayInputStream(new byte[0]),
            new PrintStream(closed, true),
            System.err,
            _ -> counting,
            UUID::randomUUID);
    CalicoctlCommand.run(new String[] {"get", "globalnetworksets"}, session);
    assertEquals(1, pages.get());
    assertTrue(COUNT > 10);
  }

  private String get(String kind, String format) {
    Console c = Console.run(datastore, "get", kind, "-o", format);
    assertEquals("", c.err());
    return c.out();
  }
}
