package calico.felix.dataplane;

import calico.datastore.MemoryDatastore;
import calico.felix.TestFelix;
import calico.felix.dataplane.StatusListener.Condition;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole Felix on a node with two workloads and a peer outside: all but its datastore, which is in
 * memory.
 */
public final class Agent implements AutoCloseable {
  final Node node = new Node();
  final Uplink uplink = new Uplink(node);
  final Traffic traffic = node.traffic;
  public final MemoryDatastore datastore = new MemoryDatastore();
  final TestFelix felix;
  public final Map<String, String> environment;

  /**
   * A node whose Felix has not started.
   *
   * @param root directory of its files
   */
  public Agent(Path root) {
    felix = new TestFelix(node.host, root, datastore);
    environment = felix.environment;
    put(TestFelix.CLUSTER);
    put(
        """
        apiVersion: projectcalico.org/v3
        kind: Node
        metadata: {name: n1}
        spec: {bgp: {ipv4Address: %s/24}}
        """
            .formatted(Uplink.HOST));
    put(workload(1, ""));
    put(workload(2, ""));
  }

  /** The endpoint of a workload of {@link Node}, open to all. */
  public static String workload(int number, String more) {
    return """
    apiVersion: projectcalico.org/v3
    kind: WorkloadEndpoint
    metadata: {name: n1-k8s-pod%1$d-eth0, namespace: shop, labels: {number: n%1$d}}
    spec:
      node: n1
      orchestrator: k8s
      pod: pod%1$d
      endpoint: eth0
      interfaceName: cali%1$d
      mac: %2$s
      ipNetworks: [10.65.0.%1$d/32, "fd00:65::%1$d/128"]
      profiles: [open]
      %3$s
    """
        .formatted(number, Node.mac(number), more);
  }

  /** Writes the resources of a YAML text. */
  public void put(String yaml) {
    TestFelix.put(datastore, yaml);
  }

  /** Sets the FelixConfiguration. */
  public void configure(String spec) {
    put(
        """
        apiVersion: projectcalico.org/v3
        kind: FelixConfiguration
        metadata: {name: default}
        spec: %s
        """
            .formatted(spec));
  }

  /** Starts, and waits until both workloads are connected. */
  public void start() {
    startWithoutWaiting();
    awaitUp(1);
    awaitUp(2);
  }

  /** Starts. */
  public void startWithoutWaiting() {
    felix.start();
  }

  @Nullable Condition condition(int number) {
    return felix.running().statuses().get(Node.endpoint(number));
  }

  void awaitUp(int number) {
    Lab.await(
        () -> "endpoint " + number + " is up: " + condition(number),
        () -> Condition.UP.equals(condition(number)));
  }

  @Override
  public void close() {
    felix.close();
    node.close();
  }
}
