package calico.felix.calc;

import calico.model.key.ResourceKey;
import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.EndpointPort;
import calico.model.resource.HostEndpointSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.LiveMigrationSpec;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.PolicySpec;
import calico.model.resource.Port;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Protocol;
import calico.model.resource.QosControls;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.Rule;
import calico.model.resource.TierSpec;
import calico.model.resource.Unknown;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Random updates out of a universe so small that everything collides with everything. */
public final class RandomCluster {
  public static final String NODE = "n1";
  public static final String INVALID = "invalid";

  public static final List<String> NAMES = List.of("a", "b", "c");
  public static final List<String> NAMESPACES = List.of("ns1", "ns2");
  private static final List<String> LABELS =
      List.of("x", "y", "projectcalico.org/serviceaccount", "pcns.x", "pcsa.x");
  private static final List<String> VALUES = List.of("1", "2", "12");
  private static final List<String> PROFILES =
      List.of("p1", "kns.ns1", "kns.ns2", "ksa.ns1.a", "missing", "projectcalico-default-allow");
  private static final List<String> NETS =
      List.of(
          "10.0.0.1/32",
          "10.0.0.2/32",
          "10.0.0.0/24",
          "0.0.0.0/0",
          "0.0.0.0/1",
          "fd00::1/128",
          "fd00::2/128",
          "fd00::/64",
          "::/0",
          "10.0.0.1",
          "not-a-net");
  private static final List<Protocol> PROTOCOLS =
      List.of(
          Protocol.TCP,
          Protocol.UDP,
          new Protocol("SCTP", 132),
          new Protocol(null, 6),
          new Protocol("ICMP", 1),
          new Protocol("ICMPv6", 58));

  private final Random random;

  public RandomCluster(Random random) {
    this.random = random;
  }

  /** Puts or deletes something. */
  public void step(CheckedGraph graph) {
    switch (random.nextInt(22)) {
      case 0, 1, 2, 3, 4 -> workload(graph);
      case 5, 6, 7 -> globalPolicy(graph);
      case 8, 9 -> policy(graph);
      case 10, 11 -> profile(graph);
      case 12 -> tier(graph);
      case 13 -> globalSet(graph);
      case 14 -> set(graph);
      case 15, 16 -> host(graph);
      case 17 -> services(graph);
      case 18 -> migration(graph);
      case 19 -> peer(graph);
      case 20 -> node(graph);
      default -> pool(graph);
    }
  }

  /** Deletes all that can ever have been there. */
  static void clear(CheckedGraph graph) {
    for (String name : List.of("a", "b", "c", "default")) {
      delete(graph, Kinds.GLOBAL_NETWORK_POLICY, name);
      delete(graph, Kinds.GLOBAL_NETWORK_SET, name);
      delete(graph, Kinds.TIER, name);
      delete(graph, Kinds.IP_POOL, name);
      delete(graph, Kinds.HOST_ENDPOINT, name);
      delete(graph, Kinds.BGP_PEER, name);
      for (String namespace : NAMESPACES) {
        graph.update(ResourceKey.of(Kinds.NETWORK_POLICY, namespace, name), null);
        graph.update(ResourceKey.of(Kinds.NETWORK_SET, namespace, name), null);
        graph.update(ResourceKey.of(Kinds.LIVE_MIGRATION, namespace, name), null);
        for (String node : List.of(NODE, "n2")) {
          String endpoint = WorkloadEndpointName.compose("k8s", node, name, "eth0");
          graph.update(ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, namespace, endpoint), null);
        }
      }
    }
    delete(graph, Kinds.NODE, NODE);
    delete(graph, Kinds.NODE, "n2");
    delete(graph, Kinds.BGP_CONFIGURATION, "default");
    delete(graph, Kinds.BGP_CONFIGURATION, "node.n1");
    PROFILES.forEach(p -> delete(graph, Kinds.PROFILE, p));
  }

  private static <S> void delete(CheckedGraph graph, Kind<S> kind, String name) {
    graph.update(ResourceKey.of(kind, name), null);
  }

  private <S> void put(CheckedGraph graph, ResourceKey<S> key, Supplier<S> spec) {
    if (random.nextInt(4) == 0) {
      graph.update(key, null);
      return;
    }
    String namespace = key.namespace();
    Metadata metadata =
        namespace == null ? Metadata.named(key.name()) : Metadata.named(namespace, key.name());
    metadata = metadata.withLabels(labels());
    if (random.nextInt(20) == 0) {
      metadata = metadata.withAnnotations(Map.of(INVALID, ""));
    } else if (random.nextBoolean()) {
      metadata = metadata.withAnnotations(Map.of("qos.projectcalico.org/dscp", dscp().toString()));
    }
    graph.update(key, Resource.of(key.kind(), metadata, spec.get()));
  }

  private void workload(CheckedGraph graph) {
    String node = random.nextInt(3) == 0 ? "n2" : NODE;
    String pod = pick(NAMES);
    String name = WorkloadEndpointName.compose("k8s", node, pod, "eth0");
    put(
        graph,
        ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, pick(NAMESPACES), name),
        () ->
            new WorkloadEndpointSpec(
                "k8s",
                null,
                random.nextInt(20) == 0 ? "n2" : node,
                null,
                pod,
                "eth0",
                random.nextBoolean() ? "1" : null,
                list(2, () -> pick(NETS.subList(0, 2)), () -> pick(NETS.subList(5, 7))),
                null,
                null,
                null,
                list(3, () -> pick(PROFILES)),
                random.nextInt(20) == 0 ? null : "cali" + pick(NAMES),
                null,
                list(2, this::endpointPort),
                maybe(() -> list(2, () -> pick(NETS))),
                maybe(this::qos),
                null,
                Unknown.NONE));
  }

  private QosControls qos() {
    return new QosControls(
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        limit(),
        maybe(this::dscp),
        Unknown.NONE);
  }

  private long limit() {
    return pick(List.of(0L, 0L, 1L, 5000L, 20_000_000L, -1L, Long.MAX_VALUE));
  }

  private Object dscp() {
    return pick(List.of(0L, 10L, "AF11", "ef", "64", "nonsense"));
  }

  private void host(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.HOST_ENDPOINT, pick(NAMES)),
        () ->
            new HostEndpointSpec(
                random.nextInt(3) == 0 ? "n2" : NODE,
                maybe(() -> pick(List.of("eth0", "eth1", "*"))),
                maybe(() -> list(2, () -> pick(List.of("10.0.0.1", "10.0.0.3", "fd00::1")))),
                list(3, () -> pick(PROFILES)),
                list(2, this::endpointPort),
                Unknown.NONE));
  }

  private void migration(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.LIVE_MIGRATION, pick(NAMESPACES), pick(NAMES)),
        () ->
            new LiveMigrationSpec(
                maybe(
                    () ->
                        random.nextBoolean()
                            ? new LiveMigrationSpec.Source(null, migrating(), Unknown.NONE)
                            : new LiveMigrationSpec.Source(
                                new LiveMigrationSpec.Workload(
                                    "n2", "k8s", migrating().workloadID(), Unknown.NONE),
                                null,
                                Unknown.NONE)),
                maybe(
                    () ->
                        random.nextBoolean()
                            ? new LiveMigrationSpec.Target(null, migrating(), Unknown.NONE)
                            : new LiveMigrationSpec.Target(selector(1), null, Unknown.NONE)),
                Unknown.NONE));
  }

  private void peer(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.BGP_PEER, pick(NAMES)),
        () -> {
          Map<String, Object> spec = new HashMap<>();
          spec.put("localWorkloadSelector", pick(List.of("", selector(1), selector(1))));
          spec.put(pick(List.of("node", "nodeSelector")), pick(List.of("", NODE, selector(1))));
          return ResourceCodec.decode(
                  Kinds.BGP_PEER, Map.of("metadata", Map.of("name", "p"), "spec", spec))
              .spec();
        });
  }

  private void node(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.NODE, pick(List.of(NODE, "n2"))),
        () -> ResourceCodec.decode(Kinds.NODE, Map.of("metadata", Map.of("name", "n"))).spec());
  }

  private LiveMigrationSpec.Endpoint migrating() {
    return new LiveMigrationSpec.Endpoint(
        "n2",
        random.nextInt(5) == 0 ? "openstack" : "k8s",
        pick(NAMESPACES) + "/" + pick(NAMES),
        maybe(() -> pick(List.of("eth0", "eth1"))),
        Unknown.NONE);
  }

  private void services(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.BGP_CONFIGURATION, random.nextInt(5) == 0 ? "node.n1" : "default"),
        () ->
            new BgpConfigurationSpec(
                null,
                null,
                null,
                ranges(),
                ranges(),
                ranges(),
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                maybe(() -> pick(List.of("169.254.0.179", "10.0.0.9"))),
                maybe(() -> "fe80::179"),
                null,
                null,
                null,
                Unknown.NONE));
  }

  private @Nullable List<BgpConfigurationSpec.CidrItem> ranges() {
    return maybe(() -> list(2, () -> new BgpConfigurationSpec.CidrItem(pick(NETS), Unknown.NONE)));
  }

  private EndpointPort endpointPort() {
    return new EndpointPort(
        random.nextInt(5) == 0 ? null : pick(List.of("http", "dns")),
        pick(PROTOCOLS),
        1 + random.nextInt(2),
        null,
        null,
        Unknown.NONE);
  }

  private void globalPolicy(CheckedGraph graph) {
    put(graph, ResourceKey.of(Kinds.GLOBAL_NETWORK_POLICY, pick(NAMES)), () -> policySpec(false));
  }

  private void policy(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.NETWORK_POLICY, pick(NAMESPACES), pick(NAMES)),
        () -> policySpec(true));
  }

  private PolicySpec policySpec(boolean namespaced) {
    return new PolicySpec(
        maybe(() -> pick(List.of("a", "b", "default", "gone"))),
        maybe(() -> pick(List.of(1.0, 2.0, -0.0, 0.0))),
        list(2, () -> rule(namespaced)),
        list(2, () -> rule(namespaced)),
        maybe(() -> random.nextInt(30) == 0 ? "x ==" : selector(2)),
        maybe(() -> list(1, () -> pick(List.of("Ingress", "Egress")))),
        !namespaced && random.nextInt(5) == 0,
        !namespaced && random.nextInt(5) == 0,
        !namespaced && random.nextBoolean(),
        random.nextInt(4) == 0 ? selector(1) : null,
        !namespaced && random.nextInt(4) == 0 ? selector(1) : null,
        random.nextInt(10) == 0 ? List.of("AssumeNeededOnEveryNode") : null,
        Unknown.NONE);
  }

  private Rule rule(boolean namespaced) {
    return new Rule(
        pick(List.of("Allow", "Deny", "Log", "Pass")),
        maybe(() -> pick(List.of(4, 6))),
        maybe(() -> pick(PROTOCOLS)),
        maybe(() -> pick(PROTOCOLS)),
        null,
        null,
        maybe(() -> entity(namespaced)),
        maybe(() -> entity(namespaced)),
        null,
        null,
        Unknown.NONE);
  }

  private Rule.Entity entity(boolean namespaced) {
    boolean service = random.nextInt(8) == 0;
    return new Rule.Entity(
        maybe(() -> list(2, () -> pick(NETS.subList(0, random.nextInt(8) == 0 ? 11 : 8)))),
        maybe(() -> list(1, () -> pick(NETS.subList(0, 8)))),
        maybe(() -> selector(2)),
        random.nextInt(3) == 0 ? selector(1) : null,
        random.nextInt(4) == 0 ? pick(List.of("all()", "global()", "x == '1'")) : null,
        service ? new Rule.ServiceMatch("svc", namespaced ? null : "ns1", Unknown.NONE) : null,
        maybe(() -> list(2, this::port)),
        random.nextInt(4) == 0 ? list(2, this::port) : null,
        random.nextInt(4) == 0
            ? new Rule.ServiceAccountMatch(
                maybe(() -> list(2, () -> pick(VALUES))), maybe(() -> selector(1)), Unknown.NONE)
            : null,
        Unknown.NONE);
  }

  private Port port() {
    return pick(List.of(Port.of(1), Port.range(1, 2), Port.named("http"), Port.named("dns")));
  }

  private void profile(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.PROFILE, pick(PROFILES)),
        () ->
            new ProfileSpec(
                list(1, () -> rule(false)),
                list(1, () -> rule(false)),
                maybe(this::labels),
                Unknown.NONE));
  }

  private void tier(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.TIER, pick(List.of("a", "b", "default"))),
        () ->
            new TierSpec(
                maybe(() -> pick(List.of(1.0, 2.0))),
                maybe(() -> pick(List.of("Pass", "Deny"))),
                Unknown.NONE));
  }

  private void globalSet(CheckedGraph graph) {
    put(graph, ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, pick(NAMES)), this::setSpec);
  }

  private void set(CheckedGraph graph) {
    put(graph, ResourceKey.of(Kinds.NETWORK_SET, pick(NAMESPACES), pick(NAMES)), this::setSpec);
  }

  private NetworkSetSpec setSpec() {
    return new NetworkSetSpec(list(3, () -> pick(NETS)), Unknown.NONE);
  }

  private void pool(CheckedGraph graph) {
    put(
        graph,
        ResourceKey.of(Kinds.IP_POOL, pick(NAMES)),
        () ->
            new IpPoolSpec(
                pick(List.of("10.0.0.0/24", "10.1.0.0/24", "fd00::/64", "bad")),
                null,
                null,
                maybe(random::nextBoolean),
                null,
                null,
                null,
                null,
                null,
                maybe(() -> pick(List.of(List.of("LoadBalancer"), List.of("Workload")))),
                null,
                Unknown.NONE));
  }

  private Map<String, String> labels() {
    Map<String, String> labels = new TreeMap<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      labels.put(pick(LABELS), pick(VALUES));
    }
    return labels;
  }

  String selector(int depth) {
    String label = pick(LABELS);
    String value = "'" + pick(VALUES) + "'";
    return switch (random.nextInt(depth > 0 ? 14 : 10)) {
      case 0 -> "all()";
      case 1 -> "has(" + label + ")";
      case 2, 3 -> label + " == " + value;
      case 4 -> label + " != " + value;
      case 5 -> label + " in {" + value + ", '1'}";
      case 6 -> label + " not in {" + value + "}";
      case 7 -> label + " contains " + value;
      case 8 -> label + " starts with " + value;
      case 9 -> label + " ends with " + value;
      case 10 -> "!(" + selector(depth - 1) + ")";
      case 11, 12 -> "(" + selector(depth - 1) + ") && (" + selector(depth - 1) + ")";
      default -> "(" + selector(depth - 1) + ") || (" + selector(depth - 1) + ")";
    };
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private <T> @Nullable T maybe(Supplier<T> value) {
    return random.nextBoolean() ? value.get() : null;
  }

  @SafeVarargs
  private <T> List<T> list(int most, Supplier<T>... values) {
    List<T> list = new ArrayList<>();
    for (int i = random.nextInt(most + 1); i > 0; i--) {
      list.add(values[random.nextInt(values.length)].get());
    }
    return list;
  }
}
