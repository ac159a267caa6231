package calico.felix.dataplane;

import calico.datastore.MemoryDatastore;
import calico.felix.Felix;
import calico.felix.FelixSettings;
import calico.felix.dataplane.StatusListener.Condition;
import calico.model.json.Yaml;
import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A whole Felix on a node with two workloads and a peer outside: all but its datastore, which is in
 * memory. When it has to start again, another one does, as in the node daemon.
 */
public final class Agent implements AutoCloseable {
  public static final String NODE = "n1";

  final Node node = new Node();
  final Uplink uplink = new Uplink(node);
  final Traffic traffic = node.traffic;
  public final MemoryDatastore datastore = new MemoryDatastore();
  public final Map<String, String> environment = new HashMap<>();
  final AtomicInteger starts = new AtomicInteger();
  private final Path root;
  private @Nullable Felix felix;

  /**
   * A node whose Felix has not started.
   *
   * @param root directory of its files
   */
  public Agent(Path root) {
    this.root = root;
    put(
        """
        apiVersion: projectcalico.org/v3
        kind: ClusterInformation
        metadata: {name: default}
        spec: {datastoreReady: true}
        ---
        apiVersion: projectcalico.org/v3
        kind: Profile
        metadata: {name: open}
        spec: {ingress: [{action: Allow}], egress: [{action: Allow}]}
        ---
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
    Yaml.parse(yaml).forEach(document -> put(ResourceCodec.decode(document.tree())));
  }

  private <S> void put(Resource<S> resource) {
    datastore.put(ResourceKey.of(resource), resource, null);
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
  public synchronized void startWithoutWaiting() {
    try {
      FelixSettings settings = new FelixSettings(NODE, root, environment);
      Felix made =
          new Felix(settings, datastore, () -> Thread.ofPlatform().start(this::startAgain));
      felix = made;
      starts.incrementAndGet();
      node.host.run(made::start);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized void startAgain() {
    if (felix != null) {
      felix.close();
      startWithoutWaiting();
    }
  }

  synchronized Felix felix() {
    if (felix == null) {
      throw new IllegalStateException("not started");
    }
    return felix;
  }

  @Nullable Condition condition(int number) {
    return felix().statuses().get(Node.endpoint(number));
  }

  void awaitUp(int number) {
    Lab.await(
        () -> "endpoint " + number + " is up: " + condition(number),
        () -> Condition.UP.equals(condition(number)));
  }

  /** Ends, and leaves the kernel as it is. */
  public synchronized void stop() {
    if (felix != null) {
      felix.close();
      felix = null;
    }
  }

  @Override
  public void close() {
    stop();
    node.close();
  }
}
