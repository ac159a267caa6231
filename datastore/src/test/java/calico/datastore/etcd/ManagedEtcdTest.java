package calico.datastore.etcd;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.reconcile.Backoff;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ManagedEtcdTest {
  private static final Backoff FAST = new Backoff(Duration.ofMillis(1), Duration.ofMillis(20));

  @TempDir private Path dir;

  private ManagedEtcd start(ManagedEtcd.Settings settings) {
    return ManagedEtcd.start(settings, FAST, new Random(1));
  }

  private ManagedEtcd.Settings settings() {
    return ManagedEtcd.Settings.DEFAULT.withDataDir(dir.resolve("data")).withClientPort(0);
  }

  @Test
  void comesBackWithItsDataWhenKilled() throws Exception {
    try (ManagedEtcd etcd = start(settings())) {
      EtcdControl.put(etcd.config(), "/calico/x", "kept");
      long first = etcd.pid();
      kill(first);
      awaitOther(etcd, first);
      assertEquals("kept", EtcdControl.get(etcd.config(), "/calico/x"));
    }
  }

  @Test
  void isStoppedByClose() {
    ManagedEtcd etcd = start(settings());
    ProcessHandle process = ProcessHandle.of(etcd.pid()).orElseThrow();
    etcd.close();
    assertFalse(process.isAlive());
  }

  @Test
  void runningOneIsAdopted() throws Exception {
    ManagedEtcd abandoned = start(settings());
    abandoned.abandon();
    try {
      EtcdControl.put(abandoned.config(), "/calico/x", "kept");
      try (ManagedEtcd second = start(settings())) {
        assertEquals(abandoned.pid(), second.pid());
        assertEquals(abandoned.config(), second.config());
        assertEquals("kept", EtcdControl.get(second.config(), "/calico/x"));
      }
    } finally {
      abandoned.close();
    }
  }

  @Test
  void runningOneThatDoesNotAnswerIsReplaced() throws Exception {
    ManagedEtcd abandoned = start(settings());
    long pid = abandoned.pid();
    try {
      EtcdControl.put(abandoned.config(), "/calico/x", "kept");
      abandoned.abandon();
      signal("STOP", pid);
      try (ManagedEtcd second = start(settings())) {
        assertNotEquals(pid, second.pid());
        assertFalse(ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false));
        assertEquals("kept", EtcdControl.get(second.config(), "/calico/x"));
      }
    } finally {
      abandoned.close();
    }
  }

  @Test
  void foreignEtcdAtThePortIsNotTouched() {
    try (ManagedEtcd other = start(settings())) {
      int port = other.config().endpoints().getFirst().port();
      ManagedEtcd.Settings same =
          ManagedEtcd.Settings.DEFAULT.withDataDir(dir.resolve("mine")).withClientPort(port);
      assertMentions(
          assertThrows(IllegalStateException.class, () -> start(same)), "choose another port");
      assertTrue(ProcessHandle.of(other.pid()).orElseThrow().isAlive());
    }
  }

  @Test
  void onlyLoopback() {
    for (String host : List.of("0.0.0.0", "10.0.0.1", "::", "example.org", "1270.0.0.1")) {
      assertMentions(
          assertThrows(
              IllegalArgumentException.class,
              () ->
                  new ManagedEtcd.Settings(
                      "etcd", dir, host, 2379, Duration.ofSeconds(1), EtcdLimits.DEFAULT)),
          "host = '" + host + "' is not a loopback");
    }
  }

  @Test
  void missingBinary() {
    ManagedEtcd.Settings settings =
        new ManagedEtcd.Settings(
            "etcd-that-is-not-there",
            dir,
            "127.0.0.1",
            0,
            Duration.ofSeconds(1),
            EtcdLimits.DEFAULT);
    assertEquals(
        "etcd-that-is-not-there not found: install the package etcd-server",
        assertThrows(IllegalStateException.class, () -> start(settings)).getMessage());
  }

  @Test
  void oneThatCannotStartIsExplainedFromItsLog() throws IOException {
    Path data = settings().dataDir();
    Files.createDirectories(data);
    Files.writeString(data.resolve("member"), "not a directory");
    assertMentions(
        assertThrows(IllegalStateException.class, () -> start(settings())), "etcd.log: ");
  }

  private static void kill(long pid) throws Exception {
    signal("KILL", pid);
    ProcessHandle.of(pid).ifPresent(p -> p.onExit().orTimeout(10, TimeUnit.SECONDS).join());
  }

  private static void signal(String name, long pid) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor());
  }

  /** Waits until etcd has another pid than that. */
  private static void awaitOther(ManagedEtcd etcd, long pid) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (etcd.pid() == pid) {
      assertTrue(System.nanoTime() < deadline, "etcd was not restarted");
      Thread.sleep(5);
    }
  }
}
