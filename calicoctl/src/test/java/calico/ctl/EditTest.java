package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.MemoryDatastore;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A resource in an editor, which is a script here: it does one thing at each opening. */
class EditTest {
  private static final String SET =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkSet
      metadata: {name: a}
      spec: {nets: [192.0.2.0/24]}
      """;

  private static final String CHANGE = "sed -i s/192.0.2.0/198.51.100.0/";

  @TempDir Path directory;
  private final MemoryDatastore datastore = new MemoryDatastore();

  @BeforeEach
  void store() {
    ClusterInit.ensure(datastore, ClusterInit.Options.MISSING_ONLY);
    assertEquals(0, Console.runWithInput(datastore, SET, "apply", "-f", "-").status());
  }

  @Test
  void whatIsSavedIsWritten() throws IOException {
    Console c = edit(CHANGE);
    assertEquals("Successfully edited 1 'GlobalNetworkSet' resource\n", c.out(), c.err());
    assertEquals(List.of("198.51.100.0/24"), nets());
    assertFalse(Files.exists(file()));
    assertTrue(opened(1).contains("resourceVersion: "), opened(1));
  }

  @Test
  void nothingForNoChange() throws IOException {
    assertEquals("Edit cancelled, no changes made\n", edit("true").out());
    assertEquals("Edit cancelled, no changes made\n", edit("sed -i 's/^spec:/spec:   /'").out());
    assertEquals("Edit cancelled, the saved file was empty\n", edit("truncate -s 0").out());
    assertFalse(Files.exists(file()));
    assertEquals(List.of("192.0.2.0/24"), nets());
  }

  @Test
  void aMistakeOpensTheTextAgain() throws IOException {
    Console c = edit("sed -i s/192.0.2.0/wrong/", "sed -i s/wrong/198.51.100.0/");
    assertEquals(0, c.status(), c.err());
    assertEquals(List.of("198.51.100.0/24"), nets());
    String second = opened(2);
    List<String> lines = second.lines().toList();
    int at = Integer.parseInt(second.replaceAll("(?s).*# line (\\d+): .*", "$1"));
    assertTrue(second.contains(": GlobalNetworkSet(a): spec.nets[0] = 'wrong/24'"), second);
    assertEquals("  - wrong/24", lines.get(at - 1), second);
    assertEquals(1, lines.stream().filter(l -> l.startsWith("# Change")).count());
  }

  @Test
  void whatNoYamlIsOrAnotherResourceIsAMistakeToo() throws IOException {
    Console c =
        edit(
            "sed -i 's/^spec:/spec: [/'",
            "sed -i 's/^spec: .*/spec:/; s/name: a/name: b/'",
            "sed -i 's/^  name: b/  name: a/; s/nets:/netz:/'",
            "sed -i 's/netz:/nets:/; s/192/193/'");
    assertEquals(0, c.status(), c.err());
    assertTrue(opened(3).contains("# the text must stay GlobalNetworkSet(a)"), opened(3));
    assertTrue(opened(4).contains("did you mean 'nets'?"), opened(4));
    assertEquals(List.of("193.0.2.0/24"), nets());
  }

  @Test
  void aMistakeThatIsLeftEndsTheEditingAndTheTextStays() throws IOException {
    Console c = edit("sed -i s/192.0.2.0/wrong/", "true");
    assertTrue(c.err().contains("still has 1 problem(s); it is in " + file()), c.err());
    assertEquals(1, c.status());
    assertTrue(Files.readString(file()).contains("wrong"));
    assertEquals(List.of("192.0.2.0/24"), nets());
  }

  @Test
  void anotherWriteMeanwhileWinsAndTheTextStays() throws IOException {
    Console c =
        edit(
            Intercepted.before(
                "update",
                datastore,
                () -> Console.run(datastore, "label", "gnetsets", "a", "x=" + System.nanoTime())),
            CHANGE);
    assertTrue(c.err().contains("The edited text is in " + file()), c.err());
    assertTrue(c.err().contains("update conflict"), c.err());
    assertEquals(1, c.status());
    assertTrue(Files.readString(file()).contains("198.51.100.0"));
    assertEquals(List.of("192.0.2.0/24"), nets());
  }

  @Test
  void anEditorThatFailsChangesNothing() throws IOException {
    Console c = edit(CHANGE + " \"$1\"; exit 3; true");
    assertTrue(c.err().contains("ended with status 3; nothing has been done"), c.err());
    assertTrue(Files.readString(file()).contains("198.51.100.0"));
    c =
        Console.runWithEnv(
            datastore, Map.of("VISUAL", "/nonexistent/editor"), "", "edit", "gnetsets", "a");
    assertTrue(c.err().contains("/nonexistent/editor"), c.err());
    assertEquals(List.of("192.0.2.0/24"), nets());
  }

  @Test
  void whatCannotBeEditedIsNotOpened() throws IOException {
    for (String line : List.of("clusterinfo default", "gnetsets b", "gnetwork a")) {
      Console c =
          Console.runWithEnv(
              datastore,
              Map.of("EDITOR", "touch " + directory.resolve("opened")),
              "",
              ("edit " + line).split(" "));
      assertEquals(1, c.status());
    }
    assertFalse(Files.exists(directory.resolve("opened")));
  }

  private Console edit(String... steps) throws IOException {
    return edit(Intercepted.neverClosed(datastore), steps);
  }

  /** Each step is a command that gets the file's name; what it finds is kept. */
  private Console edit(Datastore on, String... steps) throws IOException {
    StringBuilder script = new StringBuilder("#!/bin/sh\n");
    script.append("cd ").append(directory).append("\necho \"$1\" > name\n");
    script.append("n=$(cat count 2>/dev/null || echo 0); n=$((n + 1)); echo $n > count\n");
    script.append("cp \"$1\" opened-$n\ncase $n in\n");
    for (int i = 0; i < steps.length; i++) {
      script.append(i + 1).append(") ").append(steps[i]).append(" \"$1\";;\n");
    }
    script.append("*) exit 9;;\nesac\n");
    Path editor = Files.writeString(directory.resolve("editor"), script);
    Files.setPosixFilePermissions(editor, PosixFilePermissions.fromString("rwx------"));
    Files.deleteIfExists(directory.resolve("count"));
    return Console.runWithEnv(
        on, Map.of("CALICO_EDITOR", editor.toString()), "", "edit", "gnetsets", "a");
  }

  private Path file() throws IOException {
    return Path.of(Files.readString(directory.resolve("name")).strip());
  }

  private String opened(int time) throws IOException {
    return Files.readString(directory.resolve("opened-" + time));
  }

  private List<String> nets() {
    List<String> nets =
        datastore
            .get(ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, "a"))
            .orElseThrow()
            .value()
            .spec()
            .nets();
    return nets == null ? List.of() : nets;
  }
}
