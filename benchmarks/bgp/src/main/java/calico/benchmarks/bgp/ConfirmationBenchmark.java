package calico.benchmarks.bgp;

import calico.confd.BgpDaemon;
import calico.confd.Bird;
import calico.confd.BirdPaths;
import calico.confd.Confd;
import calico.confd.ConfdConfig;
import calico.confd.ConfdStatus;
import calico.confd.Frr;
import calico.confd.FrrPaths;
import calico.confd.NetworkNamespace;
import calico.datastore.Datastore;
import calico.datastore.etcd.EtcdDatastore;
import calico.datastore.etcd.ManagedEtcd;
import calico.model.Cidr;
import calico.model.ipam.BlockAffinity;
import calico.model.key.IpamKey;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;

/**
 * Prints how long a change takes from the start of its write to etcd to the daemon's confirmation:
 * a block that the node claims, and a BGPPeer.
 */
final class ConfirmationBenchmark {
  private static final int WARM = 20;
  private static final int MEASURED = 100;

  private final Datastore datastore;
  private final int nodes;

  /** The last status, and whoever waits for another. */
  private ConfdStatus status;

  private ConfirmationBenchmark(Datastore datastore, int nodes) {
    this.datastore = datastore;
    this.nodes = nodes;
  }

  /** With clusters of 3 and 200 nodes. */
  static void run(String daemon) throws Exception {
    for (int nodes : new int[] {3, 200}) {
      inNamespace(daemon, nodes);
    }
  }

  private static void inNamespace(String name, int nodes) throws Exception {
    String namespace = "bgp-benchmark-" + ProcessHandle.current().pid();
    Path directory = Files.createTempDirectory("bgp");
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx--x--x"));
    Parts.ip("netns", "add", namespace);
    try (ManagedEtcd etcd =
            ManagedEtcd.start(
                ManagedEtcd.Settings.DEFAULT
                    .withDataDir(directory.resolve("etcd"))
                    .withClientPort(0));
        Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
      Parts.ip("-n", namespace, "link", "add", "eth0", "type", "veth", "peer", "name", "peer0");
      Parts.ip("-n", namespace, "link", "set", "eth0", "up");
      Parts.ip("-n", namespace, "link", "set", "peer0", "up");
      Parts.ip("-n", namespace, "link", "set", "lo", "up");
      Parts.ip("-n", namespace, "addr", "add", "10.99.0.1/16", "dev", "eth0");
      NetworkNamespace at = NetworkNamespace.named(namespace);
      try (BgpDaemon daemon =
          name.equals("frr")
              ? new Frr(FrrPaths.in(directory), at, new Random(1))
              : new Bird(BirdPaths.in(directory), at, new Random(1))) {
        new ConfirmationBenchmark(datastore, nodes).run(daemon);
        daemon.stop();
      }
    } finally {
      Parts.ip("netns", "del", namespace);
      Parts.delete(directory);
    }
  }

  private void run(BgpDaemon daemon) throws Exception {
    create(Kinds.CLUSTER_INFORMATION, "default", Map.of("datastoreReady", true));
    create(Kinds.IP_POOL, "pool", Map.of("cidr", "10.65.0.0/16"));
    for (int n = 1; n <= nodes; n++) {
      String address = "10.99.%d.%d/16".formatted(n / 200, n % 200);
      create(Kinds.NODE, "n" + n, Map.of("bgp", Map.of("ipv4Address", address)));
    }
    try (Confd confd = new Confd(new ConfdConfig("n1"), datastore, daemon, this::onStatus)) {
      confd.start();
      awaitReloads(0);
      measure(daemon.name() + ", a block", i -> claim(i));
      measure(daemon.name() + ", a peer", i -> peer(i));
    }
  }

  private interface Change {
    void make(int number) throws Exception;
  }

  private void claim(int i) throws Exception {
    Cidr block = Cidr.parse("10.65.%d.%d/28".formatted(i / 16, i % 16 * 16));
    datastore.create(IpamKey.Affinity.ofHost("n1", block), new BlockAffinity("confirmed", false));
  }

  private void peer(int i) throws Exception {
    String address = "10.99.100." + (i + 1);
    create(Kinds.BGP_PEER, "p" + i, Map.of("node", "n1", "peerIP", address, "asNumber", 64999L));
  }

  private void measure(String what, Change change) throws Exception {
    long[] micros = new long[MEASURED];
    for (int i = 0; i < WARM + MEASURED; i++) {
      long reloads = reloads();
      long start = System.nanoTime();
      change.make(i);
      awaitReloads(reloads);
      if (i >= WARM) {
        micros[i - WARM] = (System.nanoTime() - start) / 1000;
      }
    }
    Arrays.sort(micros);
    System.out.printf(
        "%-16s %4d nodes: p50 %6.1f ms, p99 %6.1f ms%n",
        what, nodes, micros[MEASURED / 2] / 1e3, micros[MEASURED * 99 / 100] / 1e3);
  }

  private synchronized void onStatus(ConfdStatus now) {
    status = now;
    notifyAll();
  }

  private synchronized long reloads() {
    return status.reloads();
  }

  private synchronized void awaitReloads(long more) throws InterruptedException {
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (status == null || status.reloads() <= more) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("no confirmation within 30 s: " + status);
      }
      wait(1000);
    }
    if (!status.faults().isEmpty()) {
      throw new IllegalStateException(status.faults().toString());
    }
  }

  private <S> void create(Kind<S> kind, String name, Map<String, Object> spec) throws Exception {
    datastore.create(ResourceKey.of(kind, name), Parts.resource(kind, name, spec));
  }
}
