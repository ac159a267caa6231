package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code calico sandbox} as a new user runs it. */
class SandboxTest {
  private static final String NAME = "t" + ProcessHandle.current().pid();
  static final String THREE_TIER =
      """
      FROM     web-1  web-2  api-1  api-2  db-1  guest-1
      web-1    .      no     yes    yes    no    no
      web-2    no     .      yes    yes    no    no
      api-1    no     no     .      no     yes   no
      api-2    no     no     no     .      yes   no
      db-1     no     no     no     no     .     no
      guest-1  no     no     no     no     no    .
      """;

  @TempDir Path directory;

  @Test
  void showsTheApplicationAndLeavesNothingBehind() throws Exception {
    Distribution.Result result =
        sandbox("--name", NAME, "--once", "--no-color", "--expect", file("expected", THREE_TIER));
    assertEquals(0, result.status(), result.output());
    assertTrue(result.output().contains(THREE_TIER), result.output());
    assertTrue(result.output().contains("the matrix is as expected"), result.output());
    assertTrue(
        result.output().matches("(?s).*the last cell changed \\d+ ms after the last write.*"),
        result.output());
    assertTrue(result.output().contains("why not web-1 -> web-2"), result.output());
    assertTrue(result.output().contains("default-deny"), result.output());
    assertEquals(List.of(), leftovers());
  }

  @Test
  void tellsHowTheMatrixDiffers() throws Exception {
    String expected =
        """
        FROM  shop  store
        shop  .     yes
        store yes   .
        """;
    String topology =
        """
        workloads:
          - {name: shop, namespace: front, labels: {app: shop}}
          - {name: store, namespace: back, labels: {app: store}}
        """;
    String policy =
        """
        apiVersion: projectcalico.org/v3
        kind: NetworkPolicy
        metadata: {name: closed, namespace: front}
        spec: {selector: app == 'shop', types: [Ingress]}
        """;
    Distribution.Result result =
        sandbox(
            "--name",
            NAME,
            "--once",
            "--no-color",
            "--nodes",
            "2",
            "--topology",
            file("topology.yaml", topology),
            "--policy",
            file("policy.yaml", policy),
            "--expect",
            file("expected", expected));
    assertEquals(1, result.status(), result.output());
    assertTrue(result.output().contains("store -> shop: expected yes, got no"), result.output());
    assertFalse(result.output().contains("shop -> store: expected"), result.output());
    assertEquals(List.of(), leftovers());
  }

  @Test
  void leavesNothingBehindWheneverItIsAskedToEnd() throws Exception {
    for (String moment : List.of("etcd: one member", "joined by a switch", "ends of sessions")) {
      Path log = directory.resolve("interrupted.log");
      Process process =
          Distribution.start(Map.of(), log, "calico", "sandbox", "--name", NAME, "--no-color");
      LiveSandbox.await(
          "the step: " + moment,
          60,
          () -> LiveSandbox.read(log).contains(moment) || !process.isAlive());
      process.destroy();
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), "it ends after: " + moment);
      assertEquals(List.of(), leftovers(), "left behind after: " + moment);
    }
  }

  @Test
  void refusesWrongArgumentsBeforeItMakesAnything() throws Exception {
    Map<List<String>, String> wrong =
        Map.of(
            List.of("--nodes", "0"), "--nodes 0: 1 to 100",
            List.of("--policy", "/no/such/file"), "/no/such/file: no such file",
            List.of("--name", "A_B"), "--name A_B: a name has a-z, 0-9 and -",
            List.of("--expect", file("bad", "FROM a\na b c\n")),
                "line 2: 2 cells, but 1 destinations");
    for (Map.Entry<List<String>, String> w : wrong.entrySet()) {
      Distribution.Result result = sandbox(w.getKey().toArray(String[]::new));
      assertEquals(2, result.status(), result.output());
      assertTrue(result.output().contains(w.getValue()), result.output());
    }
    assertEquals(0, sandbox("--help").status());
    assertEquals(List.of(), leftovers());
  }

  /** Namespaces and files of sandboxes that this test named. */
  private static List<String> leftovers() throws IOException {
    return LiveSandbox.leftovers(NAME);
  }

  private String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private static Distribution.Result sandbox(String... arguments)
      throws IOException, InterruptedException {
    String[] all = Stream.concat(Stream.of("sandbox"), Stream.of(arguments)).toArray(String[]::new);
    return Distribution.run(Map.of(), "calico", all);
  }
}
