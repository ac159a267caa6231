package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.MemoryDatastore;
import calico.datastore.etcd.EtcdConfig;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever comes in, what comes out is a message and the exit status 1. */
class RobustnessTest {
  @TempDir Path directory;
  private final MemoryDatastore datastore = new MemoryDatastore();

  @Test
  void filesThatAreNoResources() throws IOException {
    byte[] noise = new byte[100_000];
    new Random(1).nextBytes(noise);
    refused("not UTF-8", noise);
    refused("", new byte[1000]);
    refused("no resources specified", new byte[0]);
    refused("", "[".repeat(200_000).getBytes(StandardCharsets.UTF_8));
    refused("", "{a: ".repeat(200_000).getBytes(StandardCharsets.UTF_8));
    refused("", ("a: &a [x]\nb: [" + "*a,".repeat(100_000) + "]").getBytes(StandardCharsets.UTF_8));
    refused("", "- ".repeat(50_000).getBytes(StandardCharsets.UTF_8));
    refused(
        "spec",
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {name: x}\nspec: 7"
            .getBytes(StandardCharsets.UTF_8));
  }

  private void refused(String message, byte[] content) throws IOException {
    Path file = Files.write(directory.resolve("input.yaml"), content);
    for (String verb : new String[] {"apply", "delete", "validate"}) {
      Console c = Console.run(datastore, verb, "-f", file.toString());
      assertTrue(c.err().startsWith("Error: "), c.err());
      assertTrue(c.err().contains(message), c.err());
      assertFalse(c.err().contains("should not have happened"), c.err());
      assertEquals(1, c.status());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"get nodes", "apply -f -", "ipam check", "label node n a=b", "version"})
  void noEtcdIsSaidWithinASecond(String line) throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    String set =
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkSet\nmetadata: {name: x}\nspec: {}";
    Map<String, String> env = Map.of("ETCD_ENDPOINTS", "http://127.0.0.1:" + port);
    EtcdCluster.run(env, set, line.split(" ")); // classes are loaded
    long start = System.nanoTime();
    Console c = EtcdCluster.run(env, set, line.split(" "));
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertTrue(millis < 1000, millis + " ms");
    assertTrue(c.err().startsWith("Error: "), c.err());
    assertTrue(c.err().contains("127.0.0.1:" + port), c.err());
    assertEquals(1, c.status());
  }

  @Test
  void kubernetesIsNoDatastoreHere() {
    Console c =
        EtcdCluster.run(Map.of("DATASTORE_TYPE", "kubernetes"), "", "datastore", "migrate", "lock");
    assertTrue(c.err().contains("keeps its data in etcd only"), c.err());
    assertEquals(1, c.status());
  }

  @Test
  void anotherVersionsClusterIsWarnedOfUnlessAllowed() {
    ClusterInit.ensure(
        datastore, new ClusterInit.Options(null, "v3.31.2-dirty", java.util.UUID::randomUUID));
    Console c = Console.run(datastore, "get", "nodes");
    assertTrue(
        c.err().startsWith("Warning: version mismatch: the client has v")
            && c.err().contains("the cluster v3.31.2-dirty; --allow-version-mismatch"),
        c.err());
    assertEquals(0, c.status());
    assertEquals("", Console.run(datastore, "get", "nodes", "--allow-version-mismatch").err());
    assertEquals("", Console.run(datastore, "--allow-version-mismatch", "get", "nodes").err());
    assertEquals("", Console.run(datastore, "version").err());
    String own = VersionCommand.clientVersion();
    ClusterInit.ensure(
        datastore, new ClusterInit.Options(null, "v" + own + "-5-g1", java.util.UUID::randomUUID));
    assertEquals("", Console.run(datastore, "--context", "x", "get", "nodes").err());
  }

  @Test
  void aStackTraceOnlyForThoseWhoAskForIt() {
    Datastore broken =
        Intercepted.before(
            "scan",
            datastore,
            () -> {
              throw new IllegalStateException("broken on purpose");
            });
    Datastore tooDeep =
        Intercepted.before(
            "scan",
            datastore,
            () -> {
              throw new StackOverflowError();
            });
    for (Datastore each : new Datastore[] {broken, tooDeep, unavailable()}) {
      Console c = Console.run(each, "get", "nodes");
      assertTrue(c.err().startsWith("Error: ") && c.err().lines().count() == 1, c.err());
      assertEquals(1, c.status());
      c = Console.run(each, "get", "nodes", "--log-level=debug");
      assertTrue(c.err().contains("\tat calico.ctl."), c.err());
      assertEquals(1, c.status());
    }
  }

  private static Datastore unavailable() {
    MemoryDatastore datastore = new MemoryDatastore();
    datastore.setUnavailable(true);
    return datastore;
  }

  @Test
  void keysInTheConfigurationFile() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("calicoctl.cfg"),
            """
            apiVersion: projectcalico.org/v3
            kind: CalicoAPIConfig
            metadata:
            spec:
              etcdEndpoints: https://10.0.0.1:2379
              etcdKey: |
                KEY
              etcdCert: CERT
              etcdCACert: CA
            """);
    Map<String, String> settings = DatastoreSettings.load(file.toString(), Map.of());
    EtcdConfig config = EtcdConfig.fromEnvironment(settings).orElseThrow();
    Path key = config.keyFile();
    assertTrue(key != null);
    assertEquals("KEY\n", Files.readString(key));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
    Files.writeString(file, Files.readString(file) + "  etcdKeyFile: /key\n");
    Console c = Console.run(datastore, "get", "nodes");
    assertEquals(0, c.status());
    Console both = EtcdCluster.run(Map.of(), "", "get", "nodes", "-c", file.toString());
    assertTrue(
        both.err().contains("calicoctl.cfg:10: spec.etcdKeyFile: the text is given"), both.err());
  }
}
