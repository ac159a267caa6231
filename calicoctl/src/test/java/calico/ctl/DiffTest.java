package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.MemoryDatastore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What apply would change. */
class DiffTest {
  private static final String SET =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkSet
      metadata: {name: a, labels: {x: "1"}}
      spec: {nets: [192.0.2.0/24]}
      """;

  @TempDir Path directory;
  private final MemoryDatastore stored = new MemoryDatastore();
  private final Datastore datastore = Writes.refused(stored);

  @Test
  void whatDoesNotExistIsAllNew() {
    Console c = diff(SET);
    assertEquals(
        """
        --- GlobalNetworkSet(a) stored
        +++ GlobalNetworkSet(a) applied
        @@ -0,0 +1,9 @@
        +apiVersion: projectcalico.org/v3
        +kind: GlobalNetworkSet
        +metadata:
        +  labels:
        +    x: "1"
        +  name: a
        +spec:
        +  nets:
        +  - 192.0.2.0/24
        """,
        c.out(),
        c.err());
    assertEquals(1, c.status());
  }

  @Test
  void nothingForWhatIsTheSame() {
    apply(SET);
    Console c = diff(SET);
    assertEquals("", c.out() + c.err());
    assertEquals(0, c.status());
  }

  @Test
  void changesInTheirContext() {
    apply(SET);
    Console c = diff(SET.replace("x: \"1\"", "x: \"2\""));
    assertEquals(
        """
        --- GlobalNetworkSet(a) stored
        +++ GlobalNetworkSet(a) applied
        @@ -2,7 +2,7 @@
         kind: GlobalNetworkSet
         metadata:
           labels:
        -    x: "1"
        +    x: "2"
           name: a
         spec:
           nets:
        """,
        c.out(),
        c.err());
    assertEquals(1, c.status());
  }

  @Test
  void defaultsCount() {
    String pool =
        """
        apiVersion: projectcalico.org/v3
        kind: IPPool
        metadata: {name: p}
        spec: {cidr: 10.0.0.0/16}
        """;
    assertTrue(diff(pool).out().contains("+  blockSize: 26\n"));
    apply(pool);
    assertEquals(0, diff(pool.replace("/16}", "/16, blockSize: 26, ipipMode: Never}")).status());
  }

  @Test
  void mistakesAreNoDifference() {
    assertEquals(2, diff(SET.replace("192.0.2.0/24", "x")).status());
    assertEquals(2, diff("").status());
    assertEquals(2, Console.run(datastore, "diff", "--nonsense").status());
    assertEquals(2, Console.run(datastore, "diff").status());
    String policy =
        SET.replace("NetworkSet", "NetworkPolicy").replace("nets: [192.0.2.0/24]", "tier: red");
    Console c = diff(policy);
    assertTrue(c.err().contains("no such tier"), c.err());
    assertEquals(2, c.status());
    apply(SET);
    c = diff(SET.replace("name: a", "name: a, resourceVersion: \"1\""));
    assertTrue(c.err().contains("out of date"), c.err());
    assertEquals(2, c.status());
  }

  @Test
  void patchMakesTheNewTextOfTheOldOne() throws IOException, InterruptedException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 30; round++) {
      String old = text(random);
      String changed = text(random);
      Path file = Files.writeString(directory.resolve("file"), old);
      Path patch =
          Files.writeString(
              directory.resolve("patch"), LineDiff.unified("file", "file", old, changed));
      Process process =
          new ProcessBuilder("patch", "--fuzz=0", file.toString(), patch.toString())
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertEquals(0, process.waitFor(), said + " seed " + seed);
      assertEquals(changed, Files.readString(file), "seed " + seed);
    }
  }

  private static String text(Random random) {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      if (random.nextInt(5) > 0) {
        lines.add("line " + (random.nextInt(8) == 0 ? random.nextInt(5) : i) + "\n");
      }
    }
    return String.join("", lines);
  }

  private Console diff(String text) {
    return Console.runWithInput(datastore, text, "diff", "-f", "-");
  }

  private void apply(String text) {
    Console c = Console.runWithInput(stored, text, "apply", "-f", "-");
    assertEquals(0, c.status(), c.err());
  }
}
