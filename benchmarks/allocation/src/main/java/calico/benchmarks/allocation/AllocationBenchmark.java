package calico.benchmarks.allocation;

import calico.datastore.Datastore;
import calico.datastore.etcd.EtcdDatastore;
import calico.datastore.etcd.ManagedEtcd;
import calico.ipam.AssignRequest;
import calico.ipam.Assignment;
import calico.ipam.Ipam;
import calico.ipam.Use;
import calico.model.Family;
import calico.model.Ip;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.function.IntConsumer;
import java.util.stream.Stream;

/** Prints its figures; fails if an address is assigned twice or one is missing. */
public final class AllocationBenchmark {
  private static final int CLUSTER_THREADS = 16;
  private static final int NODE_ADDRESSES = 4000;
  private static final int MAX_BLOCKS = 1000;

  private final CountedDatastore datastore;
  private final Set<Ip> assigned = ConcurrentHashMap.newKeySet();

  private AllocationBenchmark(Datastore datastore) {
    this.datastore = new CountedDatastore(datastore);
  }

  /** Runs the named parts, or all. */
  public static void main(String[] args) throws Exception {
    List<String> parts = args.length == 0 ? List.of("node", "cluster") : List.of(args);
    for (String part : parts) {
      switch (part) {
        case "node" -> {
          for (int threads : new int[] {1, 8, 64}) {
            onEtcd(b -> b.node(threads));
          }
        }
        case "cluster" -> onEtcd(b -> b.cluster(1000, 16));
        case "quarter" -> onEtcd(b -> b.cluster(250, 18));
        default ->
            throw new IllegalArgumentException("'" + part + "': name node, cluster or quarter");
      }
    }
  }

  private interface Part {
    void run(AllocationBenchmark benchmark) throws Exception;
  }

  private static void onEtcd(Part part) throws Exception {
    Path data = Files.createTempDirectory(Path.of(System.getProperty("data", "/tmp")), "etcd");
    try (ManagedEtcd etcd =
            ManagedEtcd.start(
                ManagedEtcd.Settings.DEFAULT.withDataDir(data.resolve("etcd")).withClientPort(0));
        Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
      part.run(new AllocationBenchmark(datastore));
    } finally {
      delete(data);
    }
  }

  private static void delete(Path tree) throws IOException {
    try (Stream<Path> all = Files.walk(tree)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  /** Addresses for pods of one node, asked for by so many at a time, and then released. */
  private void node(int threads) throws Exception {
    measure(
        "%d at a time: write one small value, to compare with".formatted(threads),
        threads,
        NODE_ADDRESSES / 4,
        i -> datastore.create(new IpamKey.Handle("x" + i), new IpamHandle(Map.of(), false)));
    create(Kinds.NODE, "node", Map.of());
    create(Kinds.IP_POOL, "pool", Map.of("cidr", "10.0.0.0/16", "blockSize", 26L));
    try (Ipam ipam = Ipam.ofNode("node", datastore, Clock.systemUTC(), new Random(1))) {
      for (int i = 0; i < 2000; i++) { // warm
        assign(ipam, "node", "warm" + i);
      }
      for (int i = 0; i < 2000; i++) {
        ipam.releaseByHandle("warm" + i);
      }
      assigned.clear();
      String name = "1 node, %d at a time: ".formatted(threads);
      measure(name + "assign", threads, NODE_ADDRESSES, i -> assign(ipam, "node", "h" + i));
      measure(name + "release", threads, NODE_ADDRESSES, i -> ipam.releaseByHandle("h" + i));
    }
  }

  /** The nodes of a cluster assign all of a pool in turn, as evenly as a scheduler would. */
  private void cluster(int count, int poolLength) throws Exception {
    create(Kinds.IP_POOL, "pool", Map.of("cidr", "10.0.0.0/" + poolLength, "blockSize", 26L));
    int addresses = 1 << (32 - poolLength);
    List<Ipam> nodes = new ArrayList<>();
    for (int n = 0; n < count; n++) {
      create(Kinds.NODE, "node" + n, Map.of());
      nodes.add(Ipam.ofNode("node" + n, datastore, Clock.systemUTC(), new Random(n)));
    }
    measure(
        "%d nodes fill a /%d, %d requests at a time".formatted(count, poolLength, CLUSTER_THREADS),
        CLUSTER_THREADS,
        addresses,
        i -> assign(nodes.get(i % count), "node" + i % count, "h" + i));
    nodes.forEach(Ipam::close);
    if (assigned.size() != addresses) {
      throw new IllegalStateException("assigned " + assigned.size());
    }
  }

  private void assign(Ipam ipam, String node, String handle) {
    Assignment a =
        ipam.autoAssign(
            new AssignRequest(
                node,
                handle,
                Map.of("node", node, "namespace", "default", "pod", handle),
                Map.of(Family.IPV4, 1),
                List.of(),
                Map.of(),
                null,
                Use.WORKLOAD,
                MAX_BLOCKS));
    if (!a.complete() || !assigned.add(a.addresses().getFirst().ip())) {
      throw new IllegalStateException(handle + ": " + a);
    }
  }

  private void measure(String what, int threads, int tasks, IntConsumer task) throws Exception {
    datastore.reset();
    int before = assigned.size();
    long start = System.nanoTime();
    Semaphore slots = new Semaphore(threads);
    List<Future<?>> running = new ArrayList<>();
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < tasks; i++) {
        slots.acquire();
        int number = i;
        running.add(
            executor.submit(
                () -> {
                  try {
                    task.accept(number);
                  } finally {
                    slots.release();
                  }
                }));
      }
    }
    for (Future<?> f : running) {
      f.get();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    int operations = Math.max(tasks, assigned.size() - before);
    System.out.printf(
        "%s: %d in %.1f s, %.0f a second; %.2f datastore calls each, %d writes lost a race%n",
        what,
        operations,
        seconds,
        operations / seconds,
        (double) datastore.calls() / operations,
        datastore.lost());
    datastore.byCall().forEach((call, n) -> System.out.printf("    %7d %s%n", n, call));
  }

  private <S> void create(Kind<S> kind, String name, Map<String, Object> spec) {
    Resource<S> resource =
        ResourceCodec.decode(kind, Map.of("metadata", Map.of("name", name), "spec", spec));
    datastore.create(ResourceKey.of(resource), resource);
  }
}
