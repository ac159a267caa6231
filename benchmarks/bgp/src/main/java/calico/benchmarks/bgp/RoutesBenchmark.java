package calico.benchmarks.bgp;

import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import calico.netlink.Netns;
import calico.netlink.route.Link;
import calico.netlink.route.NetworkEvent;
import calico.netlink.route.NetworkEvent.RouteEvent;
import calico.netlink.route.Route;
import calico.netlink.route.RouteMonitor;
import calico.netlink.route.Rtnetlink;
import calico.sandbox.SandboxPaths;
import calico.sandbox.SandboxState;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A sandbox of two nodes, with Felix, confd and BIRD on each: how long from the start of an
 * endpoint's write to etcd until the endpoint's node has a route to it, and until the other node
 * has, which needs one of its own only if the address is borrowed from the other's block.
 */
final class RoutesBenchmark implements AutoCloseable {
  private static final int WARM = 50;
  private static final int MEASURED = 500;
  private static final long LIMIT_MILLIS = 20_000;
  private static final int UP_SECONDS = 90;
  private static final String HERE = "node1";
  private static final String THERE = "node2";

  /** The workloads of the sandbox have the first addresses of a block. */
  private static final int FIRST_FREE = 32;

  private static final int ADDRESSES = 30;

  private final String name = "routes-" + ProcessHandle.current().pid();
  private final SandboxPaths paths = new SandboxPaths(name, SandboxPaths.DEFAULT_BASE);
  private final Process sandbox;

  /** By node and address when a route appeared or went. */
  private final Map<String, Long> present = new HashMap<>();

  /** By node and address every route that there has ever been. */
  private final Set<String> seen = new HashSet<>();

  private RoutesBenchmark() throws Exception {
    Path log = Files.createTempFile("routes", ".log");
    sandbox =
        new ProcessBuilder(calico(), "sandbox", "--name", name, "--nodes", "2", "--no-color")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(UP_SECONDS);
    while (!Files.readString(log).contains("stays up until Ctrl-C")) {
      if (!sandbox.isAlive() || System.nanoTime() > deadline) {
        close();
        throw new IllegalStateException(Files.readString(log));
      }
      Thread.sleep(50);
    }
    Files.delete(log);
  }

  private static String calico() {
    return Path.of(System.getProperty("dist"), "bin/calico").toString();
  }

  static void run() throws Exception {
    try (RoutesBenchmark benchmark = new RoutesBenchmark()) {
      SandboxState.Content state = SandboxState.read(benchmark.paths.stateFile()).orElseThrow();
      String etcd = Objects.requireNonNull(state.etcdEndpoint());
      try (Datastore datastore =
              Datastores.forDaemon(Map.of("DATASTORE_TYPE", "etcdv3", "ETCD_ENDPOINTS", etcd));
          Netns here = Netns.named(benchmark.paths.namespaceOf(HERE));
          Netns there = Netns.named(benchmark.paths.namespaceOf(THERE));
          RouteMonitor _ = benchmark.watch(HERE, here);
          RouteMonitor _ = benchmark.watch(THERE, there)) {
        benchmark.makeInterface(here);
        for (Family family : Family.values()) {
          benchmark.measure(datastore, family, HERE, "of the node's own block");
          benchmark.measure(datastore, family, THERE, "borrowed");
        }
      }
    }
  }

  private RouteMonitor watch(String node, Netns netns) {
    return RouteMonitor.start(
        netns, Set.of(RouteMonitor.Topic.ROUTES), event -> onRoute(node, event));
  }

  private synchronized void onRoute(String node, NetworkEvent event) {
    if (event instanceof RouteEvent(Route route, boolean there)
        && route.table() == Route.TABLE_MAIN) {
      String key = key(node, Ip.of(route.destination()) + "/" + route.prefixLength());
      if (there) {
        seen.add(key);
        present.putIfAbsent(key, System.nanoTime());
      } else {
        present.remove(key);
      }
      notifyAll();
    }
  }

  private static String key(String node, String prefix) {
    return node + " " + prefix;
  }

  /** All endpoints use it, one after the other. */
  private void makeInterface(Netns here) {
    try (Rtnetlink rt = Rtnetlink.open(here)) {
      rt.createVeth("calibench", null, 0, "bench", null, null);
      for (String end : List.of("bench", "calibench")) {
        rt.setUp(rt.link(end).map(Link::index).orElseThrow());
      }
    }
  }

  private void measure(Datastore datastore, Family family, String owner, String what)
      throws Exception {
    Cidr block =
        datastore.list(Query.Affinities.ofHost(owner)).entries().stream()
            .map(entry -> ((IpamKey.Affinity) entry.key()).cidr())
            .filter(cidr -> cidr.family() == family)
            .findFirst()
            .orElseThrow();
    boolean borrowed = owner.equals(THERE);
    long[] here = new long[MEASURED];
    long[] there = new long[MEASURED];
    for (int i = -WARM; i < MEASURED; i++) {
      Cidr address = block.address().plus(FIRST_FREE + Math.floorMod(i, ADDRESSES)).toCidr();
      Resource<WorkloadEndpointSpec> endpoint = endpoint(address);
      long start = System.nanoTime();
      datastore.create(ResourceKey.of(endpoint), endpoint);
      long first = await(key(HERE, address.toString())) - start;
      long second = borrowed ? await(key(THERE, address.toString())) - start : 0;
      if (i >= 0) {
        here[i] = first;
        there[i] = second;
      }
      datastore.delete(ResourceKey.of(endpoint), null);
      awaitGone(key(HERE, address.toString()));
      awaitGone(key(THERE, address.toString()));
    }
    if (!borrowed && seen.stream().anyMatch(key -> key.startsWith(THERE) && isHostIn(key, block))) {
      throw new IllegalStateException("the other node got routes to addresses of " + block);
    }
    print("IPv%d, %s: a route on its node".formatted(family.version(), what), here);
    if (borrowed) {
      print("IPv%d, %s: on the other node".formatted(family.version(), what), there);
    }
  }

  private static boolean isHostIn(String key, Cidr block) {
    Cidr route = Cidr.parse(key.substring(key.indexOf(' ') + 1));
    return route.isHost() && block.contains(route);
  }

  private static void print(String what, long[] nanos) {
    Arrays.sort(nanos);
    System.out.printf(
        "%-58s p50 %5.1f ms, p99 %5.1f ms%n",
        what, Parts.percentile(nanos, 50), Parts.percentile(nanos, 99));
  }

  private static Resource<WorkloadEndpointSpec> endpoint(Cidr address) throws Exception {
    return Parts.resource(
        Kinds.WORKLOAD_ENDPOINT,
        Map.of("name", HERE + "-cni-bench-eth0", "namespace", "default"),
        Map.of(
            "orchestrator", "cni",
            "node", HERE,
            "containerID", "bench",
            "endpoint", "eth0",
            "interfaceName", "calibench",
            "ipNetworks", List.of(address.toString())));
  }

  private synchronized long await(String key) throws InterruptedException {
    long deadline = System.currentTimeMillis() + LIMIT_MILLIS;
    while (!present.containsKey(key)) {
      waitUntil(deadline, "no route: " + key);
    }
    return Objects.requireNonNull(present.get(key));
  }

  private synchronized void awaitGone(String key) throws InterruptedException {
    long deadline = System.currentTimeMillis() + LIMIT_MILLIS;
    while (present.containsKey(key)) {
      waitUntil(deadline, "still a route: " + key);
    }
  }

  private void waitUntil(long deadline, String what) throws InterruptedException {
    long left = deadline - System.currentTimeMillis();
    if (left <= 0) {
      throw new IllegalStateException(what);
    }
    wait(left);
  }

  @Override
  public void close() throws Exception {
    sandbox.destroy();
    if (!sandbox.waitFor(UP_SECONDS, TimeUnit.SECONDS)) {
      sandbox.destroyForcibly().waitFor();
    }
    new ProcessBuilder(calico(), "sandbox", "down", "--name", name)
        .redirectOutput(Redirect.DISCARD)
        .start()
        .waitFor();
  }
}
