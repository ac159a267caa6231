package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Verbs, options, texts and exit statuses. */
class CommandLineTest {
  private static final String SETS =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkSet
      metadata: {name: a}
      spec: {nets: [192.0.2.0/24]}
      ---
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkSet
      metadata: {name: b}
      spec: {nets: [198.51.100.0/24]}
      """;

  private final MemoryDatastore datastore = new MemoryDatastore();
  @TempDir Path directory;

  @AfterEach
  void close() {
    datastore.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "apply",
        "create",
        "replace",
        "delete",
        "get",
        "validate",
        "version",
        "describe",
        "wait",
        "explain",
        "completion",
        "crds",
        "ipam",
        "ipam show",
        "ipam check",
        "ipam release",
        "ipam configure",
        "ipam split",
        "patch",
        "label",
        "datastore",
        "datastore migrate",
        "datastore migrate lock",
        "datastore migrate unlock",
        "datastore migrate export",
        "datastore migrate import",
        "datastore migrate-policy-names",
        "node",
        "node status",
        "node diags",
        "node checksystem",
        "node run",
        "cluster",
        "cluster diags"
      })
  void everyVerbHasHelpWithExamples(String verb) {
    Console c = Console.run(datastore, (verb + " --help").strip().split(" "));
    assertTrue(c.out().contains("Examples:\n  calicoctl " + verb.split(" ")[0]), c.out());
    assertTrue(c.out().endsWith("\n"), "the help ends with a line feed");
    assertEquals("", c.err());
    assertEquals(0, c.status());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fly",
        "get --colour",
        "get nodes -o xml",
        "get widgets",
        "get nodes -n shop",
        "get networkpolicies -A -n shop",
        "get nodes -o custom-columns=NAME,COLOUR",
        "apply",
        "apply -f /nowhere.yaml",
        "delete ippool",
        "delete ippool nosuch",
        "get node nosuch",
        "ipam",
        "ipam show --ip=x",
        "get nodes -o go-template={{.}}",
        "get nodes -o jsonpath",
        "get nodes -o jsonpath={.a",
        "get nodes -o jsonpath-file=/nowhere",
        "get -f x -w",
        "wait node",
        "wait node n --for=colour",
        "wait node n --for=create --timeout=soon",
        "describe",
        "describe node nosuch",
        "explain widget",
        "explain node.spec.nosuch",
        "completion csh",
        "crds --group=x",
        "get nodes -l loud",
        "apply -f /",
        "apply -f /dev/null",
        "patch node",
        "patch node n",
        "label node n",
        "datastore migrate",
        "datastore migrate import",
        "node",
        "node fly",
        "node status --bird-socket=/nowhere/bird.ctl",
        "node checksystem -f /nowhere",
        "cluster diags --since=1h"
      })
  void whatCannotBeDoneExitsWithOne(String line) {
    Console c = Console.run(datastore, line.split(" "));
    assertTrue(c.err().startsWith("Error: "), c.err());
    assertEquals(1, c.status());
  }

  @Test
  void successAndPartialSuccess() {
    expect(0, "Successfully created 2 'GlobalNetworkSet' resource(s)\n", SETS, "create");
    Console c = Console.runWithInput(datastore, SETS, "create", "-f", "-");
    assertEquals("", c.out());
    assertTrue(c.err().startsWith("Error: failed to create any 'GlobalNetworkSet' resources:"));
    assertTrue(
        c.err().contains("standard input:6: resource already exists: GlobalNetworkSet(b)"),
        c.err());
    Console skipped = Console.runWithInput(datastore, SETS, "create", "-f", "-", "--skip-exists");
    assertEquals(0, skipped.status());

    assertEquals(
        "Successfully deleted 1 'GlobalNetworkSet' resource(s)\n",
        Console.run(datastore, "delete", "gnetsets", "a").out());
    Console partial = Console.runWithInput(datastore, SETS, "replace", "-f", "-");
    assertEquals(
        "Partial success: replaced the first 1 out of 2 'GlobalNetworkSet' resources:\n",
        partial.out());
    assertEquals(
        "Error: hit error: standard input:1: resource does not exist: GlobalNetworkSet(a)\n",
        partial.err());
    assertEquals(1, partial.status());

    expect(1, "Partial success: deleted the first 1 out of 2", SETS, "delete");
    Console gone = Console.runWithInput(datastore, SETS, "delete", "-f", "-", "-s");
    assertEquals("Successfully deleted 2 'GlobalNetworkSet' resource(s)\n", gone.out());
  }

  @Test
  void validateNeedsNoDatastore() {
    datastore.close();
    expect(0, "Successfully validated 2 'GlobalNetworkSet' resource(s)\n", SETS, "validate");
  }

  @Test
  void whatGetPrintsCanBeAppliedAgain() {
    expect(0, "Successfully applied 2 'GlobalNetworkSet' resource(s)\n", SETS, "apply");
    for (String format : new String[] {"yaml", "json"}) {
      String printed = Console.run(datastore, "get", "globalnetworksets", "-o", format).out();
      expect(0, "Successfully applied 2 'GlobalNetworkSet' resource(s)\n", printed, "apply");
      String named = Console.run(datastore, "get", "gnetsets", "a", "b", "-o", format).out();
      expect(0, "Successfully applied 2 'GlobalNetworkSet' resource(s)\n", named, "apply");
      String old = Console.run(datastore, "get", "gnetsets", "a", "-o", format).out();
      expect(0, "Successfully applied 1 'GlobalNetworkSet' resource(s)\n", old, "apply");
      Console.run(datastore, "label", "gnetsets", "a", format + "=x");
      expect(1, "", old, "apply");
    }
  }

  @Test
  void namedResourcesShareATable() {
    expect(0, "Successfully applied 2 'GlobalNetworkSet' resource(s)\n", SETS, "apply");
    assertEquals(
        "NETS              NAME   \n192.0.2.0/24      a      \n198.51.100.0/24   b      \n\n",
        Console.run(datastore, "get", "gnetsets", "a", "b", "-o", "custom-columns=NETS,NAME")
            .out());
  }

  @Test
  void directoriesAreReadInOrderAndRecursivelyIfAsked() throws IOException {
    Files.writeString(directory.resolve("1.yaml"), SETS);
    Files.writeString(directory.resolve("notes.txt"), "no: resource");
    Path below = Files.createDirectory(directory.resolve("below"));
    Files.writeString(
        below.resolve("2.json"),
        "{\"apiVersion\": \"projectcalico.org/v3\", \"kind\": \"GlobalNetworkSet\",\n"
            + " \"metadata\": {\"name\": \"c\"}, \"spec\": {}}");
    String path = directory.toString();
    assertEquals(
        "Successfully validated 2 'GlobalNetworkSet' resource(s)\n",
        Console.run(datastore, "validate", "-f", path).out());
    assertEquals(
        "Successfully validated 3 'GlobalNetworkSet' resource(s)\n",
        Console.run(datastore, "validate", "-R", "-f", path).out());
    Files.writeString(below.resolve("3.yml"), "# nothing\n");
    Console empty = Console.run(datastore, "validate", "-R", "-f", path);
    assertTrue(empty.err().contains("3.yml: no resources specified"), empty.err());
    assertEquals(0, Console.run(datastore, "validate", "-Rf", path, "--skip-empty").status());
  }

  @Test
  void versionOfClientAndCluster() {
    Console client = Console.run(datastore, "version", "--client");
    assertTrue(client.out().matches("Client Version:    v[0-9].*\n"), client.out());
    expect(0, "Successfully applied 2 'GlobalNetworkSet' resource(s)\n", SETS, "apply");
    assertTrue(Console.run(datastore, "version").out().contains("Cluster Version:   unknown\n"));
  }

  private void expect(int status, String out, String stdin, String verb) {
    Console c = Console.runWithInput(datastore, stdin, verb, "-f", "-");
    assertTrue(c.out().startsWith(out), () -> c.out() + c.err());
    assertEquals(status, c.status(), c.err());
  }
}
