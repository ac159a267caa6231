package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real etcd cluster of three members with a proxy per host, whose leader is killed every few
 * seconds while thousands of writes are made and watched: no acknowledged write is lost, and each
 * watcher is told each final state, once. Between deaths history is compacted, so that watches that
 * broke have to be replaced by listings.
 *
 * <p>{@code -Detcd.seconds -Detcd.writes -Detcd.watchers -Dseed} make it shorter or smaller.
 */
class EtcdClusterTest {
  private static final int SECONDS = Integer.getInteger("etcd.seconds", 120);
  private static final int WRITES = Integer.getInteger("etcd.writes", 20_000);
  private static final int WATCHERS = Integer.getInteger("etcd.watchers", 50);
  private static final long SEED = Long.getLong("seed", System.nanoTime());

  /** Long enough for an election and for a member to come back, in seconds. */
  private static final int BETWEEN_DEATHS = 4;

  @TempDir static Path directory;

  @Test
  void nothingIsLostWhenTheLeaderIsKilledAgainAndAgain() throws Exception {
    System.out.printf("EtcdClusterTest -Dseed=%d%n", SEED);
    try (EtcdCluster cluster = new EtcdCluster("e" + ProcessHandle.current().pid(), directory)) {
      LiveSandbox.await("the cluster", 30, cluster::isWhole);
      Process load = startLoad(cluster);
      try {
        awaitOutput(cluster, load, EtcdClusterLoad.READY, 60);
        int deaths = killLeaders(cluster, load);
        assertTrue(load.waitFor(90, TimeUnit.SECONDS), "the load has not ended");
        String output = Files.readString(cluster.log("load"));
        String figures = output.lines().toList().getLast();
        System.out.println("EtcdClusterTest: leader killed " + deaths + " times; " + figures);
        assertEquals(0, load.exitValue(), () -> failures(output));
        assertTrue(deaths >= SECONDS / 12, deaths + " deaths are too few");
      } finally {
        load.destroyForcibly().waitFor();
      }
    }
  }

  private static Process startLoad(EtcdCluster cluster) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                EtcdClusterLoad.class.getName(),
                Integer.toString(WRITES),
                Integer.toString(SECONDS),
                Integer.toString(WATCHERS),
                Long.toString(SEED)));
    for (int i = 0; i < EtcdCluster.MEMBERS; i++) {
      command.add(cluster.proxyEndpoint(i));
    }
    command.add(cluster.memberEndpoints());
    return cluster.startClient("load", command.toArray(String[]::new));
  }

  /** Until everything is written; returns how often. */
  private static int killLeaders(EtcdCluster cluster, Process load) throws Exception {
    int deaths = 0;
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS + 60L);
    while (!written(cluster) && load.isAlive()) {
      long next = System.nanoTime() + TimeUnit.SECONDS.toNanos(BETWEEN_DEATHS);
      int leader = cluster.leader();
      if (leader >= 0) {
        cluster.kill(leader);
        deaths++;
        LiveSandbox.await("another leader", 30, () -> cluster.leader() >= 0);
        cluster.compact();
        cluster.startMember(leader);
        LiveSandbox.await("the member to come back", 30, cluster::isWhole);
      }
      while (System.nanoTime() < next && !written(cluster) && load.isAlive()) {
        TimeUnit.MILLISECONDS.sleep(50);
      }
      assertTrue(System.nanoTime() < deadline, "the writes take too long");
    }
    return deaths;
  }

  private static boolean written(EtcdCluster cluster) throws Exception {
    return Files.readString(cluster.log("load")).lines().anyMatch(EtcdClusterLoad.WRITTEN::equals);
  }

  private static void awaitOutput(EtcdCluster cluster, Process load, String line, int seconds)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (Files.readString(cluster.log("load")).lines().noneMatch(line::equals)) {
      if (!load.isAlive() || System.nanoTime() > deadline) {
        fail("the load does not say " + line + ": " + cluster.tail("load"));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  private static String failures(String output) {
    return String.join(
        "\n", output.lines().filter(line -> line.startsWith("FAILED")).limit(20).toList());
  }
}
