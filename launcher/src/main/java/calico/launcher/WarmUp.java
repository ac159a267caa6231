package calico.launcher;

import calico.confd.BgpState;
import calico.confd.BirdConfig;
import calico.ctl.CalicoctlCommand;
import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.datastore.etcd.ManagedEtcd;
import calico.felix.Felix;
import calico.felix.FelixSettings;
import calico.felix.calc.CalcConfig;
import calico.felix.calc.CalcGraph;
import calico.felix.monitor.HealthEndpoint;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.RuleRenderer;
import calico.felix.rules.RulesConfig;
import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Family;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import calico.node.NodeCommand;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The training run for an ahead-of-time cache: does what commands and daemons do when they start,
 * against an etcd of its own in a temporary directory, so that the classes for it are in the cache
 * ready to use. Touches nothing of the machine's network.
 *
 * <p>Every class in a cache takes time at each start, so what is called often has one of its own:
 * {@code calico warm-up ctl} does what calicoctl does, and lets {@code calico warm-up get ENDPOINT}
 * read as calicoctl does. {@code calico warm-up felix} also runs a Felix, for long enough that what
 * it does at each change is known to be worth compiling at once; it has to be called in a network
 * namespace of its own with an interface {@code cali1} that is up.
 */
final class WarmUp {
  private static final String OBJECTS =
      """
      apiVersion: projectcalico.org/v3
      kind: IPPool
      metadata: {name: pool}
      spec: {cidr: 10.0.0.0/16}
      ---
      apiVersion: projectcalico.org/v3
      kind: Node
      metadata: {name: node1}
      spec: {bgp: {ipv4Address: 192.0.2.1/24}}
      ---
      apiVersion: projectcalico.org/v3
      kind: Profile
      metadata: {name: kns.default}
      spec: {ingress: [{action: Allow}], egress: [{action: Allow}], labelsToApply: {a: b}}
      ---
      apiVersion: projectcalico.org/v3
      kind: WorkloadEndpoint
      metadata: {name: node1-k8s-web-eth0, namespace: default, labels: {app: web}}
      spec: {node: node1, orchestrator: k8s, pod: web, endpoint: eth0, interfaceName: cali1, ipNetworks: [10.0.0.1/32], profiles: [kns.default]}
      ---
      apiVersion: projectcalico.org/v3
      kind: NetworkPolicy
      metadata: {name: web, namespace: default}
      spec:
        selector: app == 'web'
        types: [Ingress, Egress]
        ingress: [{action: Allow, protocol: TCP, source: {selector: "app in {'web'}"}, destination: {ports: [80, "90:99"]}}]
        egress: [{action: Deny, destination: {nets: [192.0.2.0/24]}}, {action: Allow}]
      """;

  private static final int ROUNDS = 200;
  private static final int REMOTE_PER_ROUND = 5;

  private WarmUp() {}

  static int run(String... arguments) throws IOException, InterruptedException {
    String what = arguments.length == 0 ? "" : arguments[0];
    if (what.equals("get")) {
      read(environment(arguments[1]));
      return 0;
    }
    Path directory = Files.createTempDirectory("calico-warm-up");
    try (ManagedEtcd etcd =
        ManagedEtcd.start(
            ManagedEtcd.Settings.DEFAULT
                .withDataDir(directory.resolve("etcd"))
                .withClientPort(0))) {
      String endpoint = etcd.config().endpoints().getFirst().toString();
      Map<String, String> environment = environment(endpoint);
      write(environment, directory);
      if (what.equals("ctl")) {
        int _ = NodeCommand.run("--felix-live", "--felix-ready", "--bird-live"); // of none
        return readInAnother(endpoint);
      }
      try (Datastore datastore = Datastores.forDaemon(environment)) {
        calculate(datastore);
        if (what.equals("felix")) {
          enforce(datastore, directory);
        }
      }
    } finally {
      deleteTree(directory);
    }
    return 0;
  }

  private static Map<String, String> environment(String endpoint) {
    return Map.of("DATASTORE_TYPE", "etcdv3", "ETCD_ENDPOINTS", endpoint);
  }

  /** The training run for reading is a process without what writing and etcd's care have loaded. */
  private static int readInAnother(String endpoint) throws IOException, InterruptedException {
    Path calico = Path.of(System.getProperty("calico.home"), "bin", "calico");
    return new ProcessBuilder(calico.toString(), "warm-up", "get", endpoint)
        .inheritIO()
        .start()
        .waitFor();
  }

  private static void read(Map<String, String> environment) {
    calicoctl(environment, "version");
    calicoctl(environment, "get", "nodes");
    calicoctl(environment, "get", "nodes", "-o", "wide");
    calicoctl(environment, "get", "workloadendpoints", "-A");
    calicoctl(environment, "get", "ippools", "-o", "yaml");
  }

  private static void write(Map<String, String> environment, Path directory) throws IOException {
    Path objects = Files.writeString(directory.resolve("objects.yaml"), OBJECTS);
    calicoctl(environment, "--help");
    calicoctl(environment, "validate", "-f", objects.toString());
    calicoctl(environment, "apply", "-f", objects.toString());
    calicoctl(environment, "get", "networkpolicy", "-A", "-o", "yaml");
  }

  private static void calicoctl(Map<String, String> environment, String... arguments) {
    int status =
        CalicoctlCommand.run(
            arguments, environment, InputStream.nullInputStream(), System.out, System.err);
    if (status != 0) {
      throw new IllegalStateException("calicoctl " + String.join(" ", arguments) + ": " + status);
    }
  }

  private static void calculate(Datastore datastore) throws InterruptedException {
    CalcGraph graph = new CalcGraph(new CalcConfig("node1", _ -> true));
    BgpState.Builder bgp = new BgpState.Builder("node1");
    CountDownLatch inSync = new CountDownLatch(1);
    List<Query<?>> queries =
        List.of(
            Query.all(Kinds.NODE),
            Query.all(Kinds.TIER),
            Query.all(Kinds.IP_POOL),
            Query.all(Kinds.PROFILE),
            Query.all(Kinds.WORKLOAD_ENDPOINT),
            Query.all(Kinds.NETWORK_POLICY));
    SyncListener listener =
        new SyncListener() {
          @Override
          public void onStatus(Status status) {
            if (status == Status.IN_SYNC) {
              inSync.countDown();
            }
          }

          @Override
          public <V> void onUpdate(Key<V> key, @Nullable V value) {
            graph.onUpdate(key, value);
            bgp.update(key, value);
          }
        };
    try (Syncer syncer = new Syncer(datastore, queries, listener)) {
      syncer.start();
      if (!inSync.await(30, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the datastore did not get in sync");
      }
    }
    graph.onInSync();
    List<StateChange> changes = new ArrayList<>();
    graph.flush(changes::add);
    int rendered = changes.stream().mapToInt(WarmUp::render).sum();
    String bird = BirdConfig.render(bgp.build(), "node1");
    System.out.println(
        changes.size()
            + " changes, "
            + rendered
            + " nftables objects, "
            + bird.getBytes(StandardCharsets.UTF_8).length
            + " bytes of BIRD configuration");
  }

  /** One endpoint comes and goes on this node, others on other nodes. */
  private static void enforce(Datastore datastore, Path directory)
      throws IOException, InterruptedException {
    FelixSettings ofNode = new FelixSettings("node1", directory, Map.of());
    try (HealthEndpoint health = new HealthEndpoint(ofNode.local());
        Felix felix = new Felix(ofNode, datastore, health, () -> {})) {
      felix.start();
      for (int round = 0; round < ROUNDS; round++) {
        Resource<WorkloadEndpointSpec> local = endpoint("node1", "web", round);
        datastore.put(ResourceKey.of(local), local, null);
        for (int remote = 0; remote < REMOTE_PER_ROUND; remote++) {
          var other = endpoint("node2", "db" + remote + "x" + round, remote);
          datastore.put(ResourceKey.of(other), other, null);
        }
        var id = new StateKey.Endpoint("k8s", "default/web", "eth0");
        if (!felix.statuses().awaitUp(id, Duration.ofSeconds(10))) {
          throw new IllegalStateException(id + ": " + felix.statuses().get(id));
        }
        datastore.delete(ResourceKey.of(local), null);
      }
      WarmUpOfCni.run(felix, datastore, directory);
    }
  }

  private static Resource<WorkloadEndpointSpec> endpoint(String node, String pod, int number) {
    return ResourceCodec.decode(
        Kinds.WORKLOAD_ENDPOINT,
        Map.of(
            "metadata",
            Map.of(
                "name",
                node + "-k8s-" + pod + "-eth0",
                "namespace",
                "default",
                "labels",
                Map.of("app", "web", "number", "n" + number)),
            "spec",
            Map.of(
                "node",
                node,
                "orchestrator",
                "k8s",
                "pod",
                pod,
                "endpoint",
                "eth0",
                "interfaceName",
                "cali1",
                "mac",
                "ca:fe:1d:52:bb:e9",
                "ipNetworks",
                List.of("10.0." + number % 250 + "." + pod.length() + "/32"),
                "profiles",
                List.of("kns.default"))));
  }

  private static int render(StateChange change) {
    RuleRenderer rules = new NftRenderer(Family.IPV4, RulesConfig.defaults());
    return switch (change) {
      case StateChange.Put<?>(StateKey.PolicyId id, Policy policy) ->
          rules.policy(id, policy).objects().size();
      case StateChange.Put<?>(StateKey.ProfileId id, ProfileRules profile) ->
          rules.profile(id, profile).objects().size();
      case StateChange.Put<?>(_, LocalEndpoint endpoint) ->
          rules.endpoint(endpoint).objects().size();
      case StateChange.Put<?>(StateKey.SetId id, AddressSet set) ->
          rules.set(id, set.type()).objects().size();
      case StateChange.Put<?> _,
          StateChange.Removed _,
          StateChange.MembersChanged _,
          StateChange.InSync _ ->
          0;
    };
  }

  private static void deleteTree(Path directory) throws IOException {
    try (Stream<Path> entries = Files.walk(directory)) {
      for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(entry);
      }
    }
  }
}
