package calico.datastore.etcd;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a managed etcd takes of the disk, and what becomes of it when its quota is used up. */
class EtcdUpkeepTest {
  private static final Duration NEVER = Duration.ofDays(1);
  private static final long MIB = 1 << 20;

  /** {@code -Detcd.updates}: of 1 KiB each. */
  private static final int UPDATES = Integer.getInteger("etcd.updates", 5_000);

  @TempDir private Path dir;

  private static ResourceKey<NetworkSetSpec> key(int number) {
    return ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, "s" + number);
  }

  private static Resource<NetworkSetSpec> set(int number, int nets) {
    return Resource.of(
        Kinds.GLOBAL_NETWORK_SET,
        Metadata.named("s" + number),
        new NetworkSetSpec(Collections.nCopies(nets, "10.0.0.0/8"), Unknown.NONE));
  }

  private ManagedEtcd start(EtcdLimits limits) {
    return ManagedEtcd.start(
        ManagedEtcd.Settings.DEFAULT.withDataDir(dir).withClientPort(0).withLimits(limits));
  }

  /** Nobody looks after it, so that only the test does. */
  private ManagedEtcd unattended(EtcdLimits limits) {
    ManagedEtcd etcd = start(limits);
    etcd.abandon();
    return etcd;
  }

  private long fileBytes() throws IOException {
    return Files.size(dir.resolve("member/snap/db"));
  }

  @Test
  void fileStaysSmallHoweverOftenValuesChange() throws Exception {
    EtcdLimits limits = new EtcdLimits(64 * MIB, 200, MIB, Duration.ofMillis(200));
    try (ManagedEtcd etcd = start(limits);
        Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
      long largest = 0;
      for (int i = 0; i < UPDATES; i++) {
        datastore.put(key(i % 20), set(i % 20, 75), null);
        if (i % 100 == 0) {
          largest = Math.max(largest, fileBytes());
        }
      }
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (fileBytes() > 3 * MIB) {
        assertTrue(System.nanoTime() < deadline, "file of " + fileBytes() + " bytes");
        Thread.sleep(20);
      }
      System.out.printf(
          "EtcdUpkeepTest: %d updates of 1 KiB; file at most %d KiB, in the end %d KiB%n",
          UPDATES, largest >> 10, fileBytes() >> 10);
      assertTrue(largest < 16 * MIB, "at most " + largest + " bytes");
    }
  }

  @Test
  void usedUpQuotaIsMadeFreeByTheNextSupervisor() {
    EtcdLimits idle = new EtcdLimits(4 * MIB, 10_000, MIB, NEVER);
    try (ManagedEtcd etcd = unattended(idle);
        Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
      fill(datastore, 1);
      assertMentions(
          assertThrows(
              DatastoreException.Unavailable.class, () -> datastore.put(key(0), set(0, 1), null)),
          "NOSPACE");
      long pid = etcd.pid();
      try (ManagedEtcd next = start(idle)) {
        assertEquals(pid, next.pid(), "one that only lacks space is not replaced");
        awaitWrite(datastore);
      }
    }
  }

  @Test
  void whatIsStoredHasToBeDeletedIfItIsTooMuch() throws Exception {
    EtcdLimits limits = new EtcdLimits(4 * MIB, 10_000, MIB, NEVER);
    try (ManagedEtcd etcd = unattended(limits);
        Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
      int keys = fill(datastore, 1000);
      EtcdUpkeep upkeep = new EtcdUpkeep(etcd.config(), dir, dir.resolve("etcd.log"), limits);
      upkeep.run();
      int without = fill(datastore, 1000);
      for (int i = 0; i < keys; i++) {
        datastore.delete(key(i), null);
      }
      upkeep.run();
      int with = fill(datastore, 1000);
      // How much fits into what is left depends on the pages that etcd's file happens to have.
      assertTrue(without < with && with > keys / 2, without + " and " + with + " of " + keys);
    }
  }

  /** Writes 64 KiB each to that many keys in turn until nothing fits; how many have something. */
  private static int fill(Datastore datastore, int keys) {
    int written = 0;
    try {
      while (true) {
        datastore.put(key(written % keys), set(written % keys, 5000), null);
        written++;
      }
    } catch (DatastoreException.Unavailable e) {
      assertMentions(e, "space exceeded");
    }
    return Math.min(written, keys);
  }

  private static void awaitWrite(Datastore datastore) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try {
        datastore.put(key(0), set(0, 1), null);
        return;
      } catch (DatastoreException.Unavailable e) {
        assertTrue(System.nanoTime() < deadline, e::getMessage);
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void whatEtcdPrintsIsBounded() throws Exception {
    EtcdLimits limits = new EtcdLimits(64 * MIB, 200, MIB, NEVER);
    try (ManagedEtcd etcd = unattended(limits)) {
      Path output = dir.resolve("etcd.log");
      EtcdUpkeep upkeep = new EtcdUpkeep(etcd.config(), dir, output, limits);
      long before = Files.size(output);
      upkeep.run();
      assertTrue(Files.size(output) >= before, "a short one is left alone");
      try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "rw")) {
        file.setLength(17 * MIB);
      }
      upkeep.run();
      assertTrue(Files.size(output) < MIB);
      assertTrue(Files.size(dir.resolve("etcd.log.1")) >= 17 * MIB);
    }
  }
}
