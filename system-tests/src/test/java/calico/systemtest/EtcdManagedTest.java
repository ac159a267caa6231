package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Datastores;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A managed etcd and what supervises it, killed at random; and its disk, full and free again. */
class EtcdManagedTest {
  /** {@code -Detcd.kills=100} takes two minutes. */
  private static final int KILLS = Integer.getInteger("etcd.kills", 25);

  private static final int LONGEST_LIFE_MILLIS = 1500;
  private static final int WRITERS = 4;
  private static final int RECOVERY_SECONDS = 30;
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  @TempDir private Path directory;

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static Datastore datastore(int port) {
    return Datastores.forDaemon(Map.of("ETCD_ENDPOINTS", "http://127.0.0.1:" + port));
  }

  /** Writers that go on until they are told to end. */
  private static final class Load {
    private final List<EtcdWrites> writers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private volatile boolean ending;

    Load(Datastore datastore, int count) {
      for (int i = 0; i < count; i++) {
        EtcdWrites writer = new EtcdWrites(datastore, "w" + i, 50, SEED + i);
        writers.add(writer);
        threads.add(Thread.ofVirtual().start(() -> run(writer)));
      }
    }

    private void run(EtcdWrites writer) {
      try {
        writer.writeUntil(() -> ending || !failures.isEmpty());
      } catch (InterruptedException | RuntimeException | AssertionError e) {
        failures.add(e);
      }
    }

    /** Ends the writers; what must be stored. */
    Map<String, String> end() throws InterruptedException {
      ending = true;
      Map<String, String> expected = new TreeMap<>();
      for (int i = 0; i < threads.size(); i++) {
        threads.get(i).join();
        expected.putAll(writers.get(i).expected());
      }
      assertEquals(List.of(), List.copyOf(failures));
      return expected;
    }

    String figures() {
      return "%d writes acknowledged, %d unanswered, longest silence %d ms"
          .formatted(
              writers.stream().mapToInt(EtcdWrites::acknowledged).sum(),
              writers.stream().mapToInt(EtcdWrites::unanswered).sum(),
              writers.stream().mapToLong(w -> w.longestSilence().toMillis()).max().orElse(0));
    }
  }

  private static Map<String, String> stored(Datastore datastore) {
    Map<String, String> stored = new TreeMap<>();
    datastore
        .list(EtcdWrites.QUERY)
        .entries()
        .forEach(
            entry -> {
              if (entry.value().metadata().name().startsWith("w")) {
                stored.put(entry.value().metadata().name(), EtcdWrites.text(entry.value()));
              }
            });
    return stored;
  }

  private static boolean answers(Datastore datastore) {
    try {
      datastore.get(large().key());
      return true;
    } catch (DatastoreException.Unavailable e) {
      return false;
    }
  }

  @Test
  void nothingAcknowledgedIsLostWhicheverIsKilledWhenever() throws Exception {
    System.out.printf("EtcdManagedTest -Dseed=%d%n", SEED);
    Random random = new Random(SEED);
    int port = freePort();
    Path log = directory.resolve("log");
    Path dataDir = directory.resolve("etcd");
    Process supervisor = EtcdSupervisor.start(dataDir, port, log);
    int etcds = 0;
    int supervisors = 0;
    int refusals = 0;
    try (Datastore datastore = datastore(port)) {
      LiveSandbox.await("etcd", RECOVERY_SECONDS, () -> answers(datastore));
      Load load = new Load(datastore, WRITERS);
      while (etcds + supervisors < KILLS) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(LONGEST_LIFE_MILLIS));
        int which = random.nextInt(3); // etcd, supervisor, both
        Optional<ProcessHandle> etcd = which == 1 ? Optional.empty() : EtcdSupervisor.etcd(dataDir);
        if (etcd.isPresent()) {
          EtcdSupervisor.kill(etcd.get());
          etcds++;
        }
        refusals += supervisor.isAlive() ? 0 : 1;
        if (which > 0 && supervisor.isAlive()) {
          supervisor.destroyForcibly().waitFor();
          supervisors++;
        }
        if (!supervisor.isAlive()) {
          supervisor = EtcdSupervisor.start(dataDir, port, log);
        }
      }
      LiveSandbox.await("etcd to come back", RECOVERY_SECONDS, () -> answers(datastore));
      Map<String, String> expected = load.end();
      System.out.printf(
          "EtcdManagedTest: etcd killed %d times, supervisor %d times, which gave up %d times; %s%n",
          etcds, supervisors, refusals, load.figures());
      assertEquals(expected, stored(datastore));
    } finally {
      EtcdSupervisor.end(supervisor, dataDir);
    }
  }

  private record Large(ResourceKey<NetworkSetSpec> key, Resource<NetworkSetSpec> value) {}

  /** 64 KiB. */
  private static Large large() {
    return new Large(
        ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, "large"),
        Resource.of(
            Kinds.GLOBAL_NETWORK_SET,
            Metadata.named("large"),
            new NetworkSetSpec(Collections.nCopies(5000, "10.0.0.0/8"), Unknown.NONE)));
  }

  @Test
  void fullDiskIsToldAndGotOver() throws Exception {
    int port = freePort();
    Path log = directory.resolve("log");
    Path disk = Files.createDirectory(directory.resolve("disk"));
    Path dataDir = disk.resolve("etcd");
    // A mount namespace of its own, and in it a file system with room for the log and little else.
    Process supervisor =
        EtcdSupervisor.start(
            dataDir,
            port,
            log,
            "unshare",
            "--mount",
            "--propagation=private",
            "sh",
            "-c",
            "mount -t tmpfs -o size=200m tmpfs " + disk + " && exec \"$@\"",
            "sh");
    Path filler = Path.of("/proc/" + supervisor.pid() + "/root" + disk, "filler");
    try (Datastore datastore = datastore(port)) {
      LiveSandbox.await("etcd", RECOVERY_SECONDS, () -> answers(datastore));
      Load load = new Load(datastore, 1);
      datastore.put(large().key(), large().value(), null);
      fillDisk(filler);
      LiveSandbox.await("etcd to run out of space", RECOVERY_SECONDS, () -> !putLarge(datastore));
      LiveSandbox.await(
          "the problem to be told in " + log,
          RECOVERY_SECONDS,
          () -> read(log).contains("the file system of " + dataDir + " has 0 MiB of 200 MiB free"));
      assertTrue(read(log).contains("free space there"), () -> read(log));
      Files.delete(filler);
      LiveSandbox.await("etcd to go on", RECOVERY_SECONDS, () -> putLarge(datastore));
      assertEquals(load.end(), stored(datastore));
      System.out.println("EtcdManagedTest: disk full and free again; " + load.figures());
    } finally {
      EtcdSupervisor.end(supervisor, dataDir);
    }
  }

  private static void fillDisk(Path filler) throws IOException {
    try (OutputStream out = Files.newOutputStream(filler)) {
      byte[] block = new byte[4096];
      while (true) {
        out.write(block);
      }
    } catch (IOException e) {
      if (!String.valueOf(e.getMessage()).contains("No space left")) {
        throw e;
      }
    }
  }

  private static boolean putLarge(Datastore datastore) {
    try {
      datastore.put(large().key(), large().value(), null);
      return true;
    } catch (DatastoreException.Unavailable e) {
      return false;
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
