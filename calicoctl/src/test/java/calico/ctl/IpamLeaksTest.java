package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.ipam.AssignRequest;
import calico.ipam.Ipam;
import calico.model.Family;
import calico.model.Ip;
import calico.model.key.Query;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Allocators on a real etcd, some of them killed at a write; then what they leaked is found and
 * released by the commands that an operator has for it. Replay with {@code -Dseed=}; thread timing
 * varies.
 */
class IpamLeaksTest {
  private static final int NODES = 3;
  private static final int CLIENTS = 9;
  private static final int OPERATIONS = 12;

  @TempDir Path directory;
  private EtcdCluster cluster;
  private Datastore datastore;
  private final List<Ipam> daemons = new ArrayList<>();

  /** Addresses of living workloads, by address. */
  private final Map<Ip, String> held = new ConcurrentHashMap<>();

  private static final class Killed extends DatastoreException {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed by the test", null);
    }
  }

  @BeforeEach
  void start() throws Exception {
    cluster = new EtcdCluster(directory);
    datastore = cluster.datastore();
    StringBuilder resources =
        new StringBuilder(
            """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata: {name: four}
            spec: {cidr: 10.0.0.0/26, blockSize: 29}
            ---
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata: {name: six}
            spec: {cidr: "fd00::/120", blockSize: 125}
            """);
    for (int n = 0; n < NODES; n++) {
      resources.append(
          "---\napiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n%d}\n"
              .formatted(n));
    }
    succeed(cluster.runWithInput(resources.toString(), "apply", "-f", "-"));
    for (int n = 0; n < NODES; n++) {
      daemons.add(Ipam.ofNode("n" + n, datastore, Clock.systemUTC(), new Random(n)));
    }
  }

  @AfterEach
  void stop() {
    daemons.forEach(Ipam::close);
    datastore.close();
    cluster.close();
  }

  @Test
  void whatKilledAllocatorsLeakIsFoundAndReleased() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    List<Future<?>> running = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int c = 0; c < CLIENTS; c++) {
        int client = c;
        running.add(threads.submit(() -> live(client, new Random(seed + client))));
      }
    }
    for (Future<?> f : running) {
      f.get();
    }
    succeed(cluster.runWithInput(workloads(), "apply", "-f", "-"));
    int leaked = stored().size() - held.size();
    String checked = succeed(cluster.run("ipam", "check", "--show-problem-ips"));
    assertTrue(
        checked.contains(
            "Found %d IPs that are allocated in IPAM but not actually in use.".formatted(leaked)),
        checked);
    succeed(cluster.run("datastore", "migrate", "lock"));
    // The second round is for handles that counted more than what the first has released.
    for (int round = 1; round <= 2; round++) {
      String report = directory.resolve("report" + round).toString();
      succeed(cluster.run("ipam", "check", "-o", report));
      succeed(cluster.run("ipam", "release", "--from-report", report));
    }
    assertTrue(
        succeed(cluster.run("ipam", "check")).endsWith("Check complete; found 0 problems.\n"));
    assertEquals(new TreeMap<>(held), stored());
  }

  private void live(int client, Random random) {
    String node = "n" + client % NODES;
    List<String> mine = new ArrayList<>();
    for (int i = 0; i < OPERATIONS; i++) {
      Ipam ipam =
          random.nextInt(3) > 0
              ? daemons.get(client % NODES)
              : new Ipam(
                  dying(1 + random.nextInt(6), random.nextBoolean()),
                  Clock.systemUTC(),
                  new Random(random.nextLong()));
      try {
        if (mine.size() > 1 && random.nextInt(3) == 0) {
          String old = mine.removeFirst();
          held.values().removeIf(old::equals);
          ipam.releaseByHandle(old);
        } else {
          String handle = "c" + client + "." + i;
          mine.add(handle);
          ipam.autoAssign(
                  AssignRequest.workload(
                      node, handle, Map.of("node", node), Map.of(Family.IPV4, 1, Family.IPV6, 1)))
              .addresses()
              .forEach(a -> assertEquals(null, held.put(a.ip(), handle), a + " twice"));
        }
      } catch (Killed _) {
        // What it has got half done is for the commands to find.
      }
    }
  }

  /** The same datastore for a process that dies at its {@code last} write. */
  private Datastore dying(int last, boolean lastIsStored) {
    AtomicInteger writes = new AtomicInteger();
    return (Datastore)
        Proxy.newProxyInstance(
            Datastore.class.getClassLoader(),
            new Class<?>[] {Datastore.class},
            (_, method, args) -> {
              boolean write = List.of("create", "update", "delete").contains(method.getName());
              int number = write ? writes.incrementAndGet() : writes.get() + 1;
              if (number > last || (number == last && write && !lastIsStored)) {
                throw new Killed();
              }
              Object result;
              try {
                result = method.invoke(datastore, args);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
              if (write && number == last) {
                throw new Killed();
              }
              return result;
            });
  }

  private String workloads() {
    StringBuilder out = new StringBuilder();
    held.keySet()
        .forEach(
            ip -> {
              String name = "w" + ip.toString().replaceAll("[.:]+", "x");
              out.append(
                  """
                  ---
                  apiVersion: projectcalico.org/v3
                  kind: WorkloadEndpoint
                  metadata: {name: n0-k8s-%s-eth0, namespace: default}
                  spec: {node: n0, orchestrator: k8s, pod: %s, endpoint: eth0, interfaceName: %s, ipNetworks: ["%s/%d"]}
                  """
                      .formatted(name, name, "cali" + out.length(), ip, ip.family().bits()));
            });
    return out.toString();
  }

  private Map<Ip, String> stored() {
    Map<Ip, String> out = new TreeMap<>();
    for (var block : datastore.list(new Query.Blocks(null)).entries()) {
      var b = block.value();
      for (int o = 0; o < b.allocations().size(); o++) {
        Integer index = b.allocations().get(o);
        if (index != null) {
          out.put(b.cidr().address().plus(o), "" + b.attributes().get(index).handleId());
        }
      }
    }
    return out;
  }

  private static String succeed(Console c) {
    assertEquals("", c.err());
    assertEquals(0, c.status(), c.out());
    return c.out();
  }
}
