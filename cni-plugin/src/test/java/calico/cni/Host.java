package calico.cni;

import calico.datastore.MemoryDatastore;
import calico.ipam.Ipam;
import calico.model.json.Json;
import calico.model.key.ResourceKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.model.resource.WorkloadEndpointSpec;
import calico.netlink.Netns;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A node in a network namespace of its own, with a CNI service and a datastore in memory, and
 * containers in further namespaces.
 */
final class Host implements AutoCloseable {
  private static final AtomicInteger NEXT = new AtomicInteger();

  final MemoryDatastore datastore = new MemoryDatastore();
  final MortalDatastore mortal = new MortalDatastore(datastore);
  final Ipam ipam = new Ipam(mortal, Clock.systemUTC(), new Random(1));
  final List<String> awaited = new CopyOnWriteArrayList<>();
  final List<Resource<WorkloadEndpointSpec>> announced = new CopyOnWriteArrayList<>();
  final List<ResourceKey<WorkloadEndpointSpec>> withdrawn = new CopyOnWriteArrayList<>();
  final Path directory;
  final Path socket;
  final String name = unique("h");
  final List<String> namespaces = new ArrayList<>();
  Callable<EndpointReadiness.Result> readiness = () -> EndpointReadiness.Result.READY;
  private final CniService service;

  Host(Path directory) throws IOException {
    this.directory = directory;
    this.socket = directory.resolve("run/cni.sock");
    ready(true);
    node();
    pool("four", "10.77.0.0/24", 26);
    pool("six", "fd77::/112", 122);
    CniSettings settings =
        new CniSettings("node1", directory.resolve("mtu"), "cali", Duration.ofSeconds(7));
    // From a thread outside: those that carry virtual threads stay where they are made.
    this.service =
        CniService.start(
            socket,
            settings,
            mortal,
            ipam,
            new Dataplane(),
            CallObserver.NONE,
            Clock.systemUTC(),
            create(name));
  }

  private final class Dataplane implements EndpointReadiness {
    @Override
    public void announce(
        ResourceKey<WorkloadEndpointSpec> key, Resource<WorkloadEndpointSpec> endpoint) {
      boolean written =
          datastore.get(key).filter(e -> e.value().spec().equals(endpoint.spec())).isPresent();
      if (written && announced.stream().noneMatch(a -> a.spec().equals(endpoint.spec()))) {
        throw new AssertionError(key + " is announced after it was written");
      }
      announced.add(endpoint);
    }

    @Override
    public void withdraw(ResourceKey<WorkloadEndpointSpec> key) {
      withdrawn.add(key);
    }

    @Override
    public Result await(ResourceKey<WorkloadEndpointSpec> endpoint, Duration timeout)
        throws InterruptedException {
      awaited.add(endpoint + " " + timeout);
      return Host.this.await();
    }
  }

  private static String unique(String kind) {
    return "cni-" + kind + "-" + ProcessHandle.current().pid() + "-" + NEXT.getAndIncrement();
  }

  private Netns create(String namespace) {
    namespaces.add(namespace);
    return Netns.create(namespace);
  }

  /** A new container's namespace; returns its name. */
  String container() {
    String container = unique("c");
    create(container).close();
    return container;
  }

  void removeContainer(String container) {
    namespaces.remove(container);
    Netns.delete(container);
  }

  void ready(boolean ready) {
    Resource<ClusterInformationSpec> info =
        Resource.of(
            Kinds.CLUSTER_INFORMATION,
            Metadata.named("default"),
            new ClusterInformationSpec("0123", null, null, ready, null, Unknown.NONE));
    datastore.put(ResourceKey.of(info), info, null);
  }

  private void node() {
    Resource<NodeSpec> node =
        Resource.of(
            Kinds.NODE,
            Metadata.named("node1"),
            new NodeSpec(null, null, null, null, null, null, null, null, null, Unknown.NONE));
    datastore.put(ResourceKey.of(node), node, null);
  }

  void pool(String poolName, String cidr, int blockSize) {
    pool(poolName, cidr, blockSize, null);
  }

  void pool(String poolName, String cidr, int blockSize, @Nullable String namespaceSelector) {
    Resource<IpPoolSpec> pool =
        Resource.of(
            Kinds.IP_POOL,
            Metadata.named(poolName),
            new IpPoolSpec(
                cidr,
                null,
                null,
                null,
                null,
                null,
                blockSize,
                null,
                namespaceSelector,
                null,
                null,
                Unknown.NONE));
    datastore.put(ResourceKey.of(pool), pool, null);
  }

  /** Variables of a call about a container with ID {@code cid-NAMESPACE}. */
  Map<String, String> variables(String command, String container, String cniArgs) {
    Map<String, String> v = new LinkedHashMap<>();
    v.put("CNI_COMMAND", command);
    v.put("CNI_CONTAINERID", id(container));
    v.put("CNI_NETNS", "/run/netns/" + container);
    v.put("CNI_IFNAME", "eth0");
    v.put("CNI_ARGS", cniArgs);
    v.put("CNI_PATH", directory.toString());
    v.put("CALICO_CNI_SOCKET", socket.toString());
    return v;
  }

  static String id(String container) {
    // Differs early: host interfaces are named by the first eleven characters.
    return "x" + container.replaceAll("[^0-9]", "");
  }

  /** A call through the Java client with a configuration, single quotes standing for double. */
  CniExchange.Answer call(String command, String container, String cniArgs, String conf) {
    return CniClient.call(
        "calico", variables(command, container, cniArgs), conf.replace('\'', '"'));
  }

  /**
   * Puts an IPAM plugin into CNI_PATH that assigns 10.88.0.1 first, and notes each call in a line
   * of {@code log}: command, container and interface, and the configuration.
   *
   * @param script runs before it answers, and can end it
   */
  void ipamPlugin(String type, String script) throws IOException {
    Path plugin = directory.resolve(type);
    Files.writeString(
        plugin,
        """
        #!/bin/sh
        echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME $(cat)" >> %1$s/log
        %2$s
        echo '{"cniVersion":"1.0.0","ips":[{"address":"10.88.0.'$(grep -c ^ADD %1$s/log)'/24"}]}'
        """
            .formatted(directory, script));
    Files.setPosixFilePermissions(plugin, PosixFilePermissions.fromString("rwx------"));
  }

  /** The calls of the plugin, each as command, container and interface. */
  List<String> ipamCalls() throws IOException {
    return Files.readAllLines(directory.resolve("log")).stream()
        .map(line -> line.substring(0, line.indexOf(" {")))
        .toList();
  }

  WorkloadEndpointSpec endpoint(String container) {
    return resource(container).spec();
  }

  Resource<WorkloadEndpointSpec> resource(String container) {
    return datastore.get(key(container)).orElseThrow().value();
  }

  boolean hasEndpoint(String container) {
    return datastore.get(key(container)).isPresent();
  }

  private static ResourceKey<WorkloadEndpointSpec> key(String container) {
    return ResourceKey.of(
        Kinds.WORKLOAD_ENDPOINT, "default", "node1-cni-" + id(container) + "-eth0");
  }

  /** What {@code ip -n NAMESPACE ARGS} prints. */
  static String ip(String namespace, String args) {
    return run(List.of(("ip -n " + namespace + " " + args).split(" ")));
  }

  /** A sysctl's value in a namespace. */
  static String sysctl(String namespace, String path) {
    return exec(namespace, "cat", "/proc/sys/net/" + path).strip();
  }

  /** What a command prints in a namespace. */
  static String exec(String namespace, String... command) {
    List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
    all.addAll(List.of(command));
    return run(all);
  }

  private static String run(List<String> command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new AssertionError(command + " failed: " + out);
      }
      return out;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  static Map<?, ?> tree(CniExchange.Answer answer) {
    return (Map<?, ?>) Objects.requireNonNull(Json.parse(answer.stdout()));
  }

  private EndpointReadiness.Result await() throws InterruptedException {
    try {
      return readiness.call();
    } catch (InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  void stopService() throws IOException {
    service.close();
  }

  @Override
  public void close() throws IOException {
    service.close();
    List.copyOf(namespaces).forEach(this::removeContainer);
  }
}
