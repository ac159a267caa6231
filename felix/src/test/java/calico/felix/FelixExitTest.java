package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.etcd.EtcdDatastore;
import calico.datastore.etcd.ManagedEtcd;
import calico.model.key.StatusKey;
import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code calico felix} as a process of its own, in a namespace of its own, with an etcd. */
class FelixExitTest {
  private static final int CONFIG_CHANGED = 129;
  private static final int TIMEOUT_SECONDS = 60;

  @TempDir Path root;

  @Test
  void endsWith129WhenASettingChangesThatNeedsANewStart() throws Exception {
    String name = "calico-exit-" + ProcessHandle.current().pid();
    try (Netns _ = Netns.create(name)) {
      Path log = root.resolve("felix.log");
      ProcessBuilder builder =
          new ProcessBuilder(
                  "ip",
                  "netns",
                  "exec",
                  name,
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  FelixExitTest.class.getName(),
                  root.toString())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile());
      builder
          .environment()
          .putAll(
              Map.of(
                  "CALICO_ROOT",
                  root.toString(),
                  "FELIX_ETCDENDPOINTS",
                  "http://127.0.0.1:2379",
                  "FELIX_FELIXHOSTNAME",
                  TestFelix.NODE));
      Process process = builder.start();
      try {
        assertTrue(process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS), () -> text(log));
        assertEquals(CONFIG_CHANGED, process.exitValue(), () -> text(log));
      } finally {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
    } finally {
      Netns.delete(name);
    }
  }

  private static String text(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /** In the new process: an etcd, Felix, and somebody who changes its setting once it runs. */
  public static void main(String[] arguments) throws Exception {
    Process up = new ProcessBuilder(List.of("ip", "link", "set", "lo", "up")).start();
    if (up.waitFor() != 0) {
      throw new IllegalStateException("no loopback");
    }
    int status;
    try (ManagedEtcd etcd =
            ManagedEtcd.start(
                ManagedEtcd.Settings.DEFAULT.withDataDir(Path.of(arguments[0], "etcd")));
        Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
      TestFelix.put(datastore, TestFelix.CLUSTER);
      Thread.ofVirtual().start(() -> changeOnceItRuns(datastore));
      status = FelixCommand.run();
    }
    System.exit(status);
  }

  private static void changeOnceItRuns(Datastore datastore) {
    var reported = new StatusKey.LastReported(StatusKey.NO_REGION, TestFelix.NODE);
    TestFelix.await(() -> "Felix runs", () -> datastore.get(reported).isPresent());
    TestFelix.put(
        datastore,
        """
        apiVersion: projectcalico.org/v3
        kind: FelixConfiguration
        metadata: {name: default}
        spec: {interfacePrefix: tap}
        """);
  }
}
