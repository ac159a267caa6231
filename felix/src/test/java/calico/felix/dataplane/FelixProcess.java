package calico.felix.dataplane;

import calico.datastore.MemoryDatastore;
import calico.felix.TestFelix;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** A Felix for a {@link Node}, in a process of its own, which can be killed. */
final class FelixProcess implements AutoCloseable {
  private static final String OBJECTS =
      """
      apiVersion: projectcalico.org/v3
      kind: Node
      metadata: {name: n1}
      spec: {bgp: {ipv4Address: 198.51.100.1/24}}
      ---
      apiVersion: projectcalico.org/v3
      kind: NetworkPolicy
      metadata: {name: web, namespace: shop}
      spec:
        selector: role == 'server'
        types: [Ingress]
        ingress:
          - {action: Allow, protocol: UDP, source: {selector: role == 'client'}, destination: {ports: [8080]}}
      """;

  private static final String ENDPOINT =
      """
      apiVersion: projectcalico.org/v3
      kind: WorkloadEndpoint
      metadata: {name: n1-k8s-pod%1$d-eth0, namespace: shop, labels: {role: %2$s}}
      spec:
        node: n1
        orchestrator: k8s
        pod: pod%1$d
        endpoint: eth0
        ipNetworks: [10.65.0.%1$d/32, "fd00:65::%1$d/128"]
        profiles: [open]
        interfaceName: cali%1$d
        mac: "%3$s"
      """;

  private static final int OTHERS = 40;

  private final Process process;

  /**
   * Starts one; it may take a while until it does something.
   *
   * @param restless whether policies come, change and go as long as it runs
   */
  FelixProcess(String netns, Path root, boolean restless) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FelixProcess.class.getName(),
                netns,
                root.toString(),
                String.valueOf(restless))
            .redirectErrorStream(true)
            .redirectOutput(root.resolve("felix.log").toFile())
            .start();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** At once, by SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** In good order, by SIGTERM. */
  void end() throws InterruptedException {
    process.destroy();
    process.waitFor();
  }

  @Override
  public void close() throws InterruptedException {
    kill();
  }

  /** One of those that come, change and go; what the others say of ports 8080 and 8081 stays. */
  private static String other(int which, int port) {
    return """
      apiVersion: projectcalico.org/v3
      kind: NetworkPolicy
      metadata: {name: other%1$d, namespace: shop}
      spec:
        order: %1$d
        selector: role == 'server'
        types: [Ingress]
        ingress:
          - {action: Allow, protocol: UDP, source: {selector: role == 'client'}, destination: {ports: [%2$d]}}
          - {action: Allow, protocol: TCP, source: {nets: [10.9.%1$d.0/24]}, destination: {ports: [%2$d]}}
      """
        .formatted(which, port);
  }

  private static void change(MemoryDatastore datastore) {
    Random random = new Random();
    while (true) {
      int which = random.nextInt(OTHERS);
      if (random.nextInt(4) == 0) {
        datastore.delete(ResourceKey.of(Kinds.NETWORK_POLICY, "shop", "other" + which), null);
      } else {
        TestFelix.put(datastore, other(which, 9000 + random.nextInt(1000)));
      }
      LockSupport.parkNanos(random.nextInt(3_000_000));
    }
  }

  /** In the new process; the arguments are those of the constructor. */
  public static void main(String[] arguments) throws Exception {
    MemoryDatastore datastore = new MemoryDatastore();
    TestFelix.put(datastore, TestFelix.CLUSTER);
    TestFelix.put(datastore, OBJECTS);
    TestFelix.put(datastore, ENDPOINT.formatted(1, "client", Node.mac(1)));
    TestFelix.put(datastore, ENDPOINT.formatted(2, "server", Node.mac(2)));
    CountDownLatch ended = new CountDownLatch(1);
    try (Netns netns = Netns.named(arguments[0])) {
      TestFelix felix = new TestFelix(netns, Path.of(arguments[1]), datastore);
      felix.environment.put("FELIX_HEALTHENABLED", "true");
      felix.onConfigChanged = ended::countDown;
      Runtime.getRuntime().addShutdownHook(new Thread(felix::close));
      felix.start();
      if (Boolean.parseBoolean(arguments[2])) {
        Thread.ofPlatform().daemon().name("changes").start(() -> change(datastore));
      }
      ended.await();
    }
  }
}
