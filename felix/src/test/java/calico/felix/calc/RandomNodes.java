package calico.felix.calc;

import calico.felix.calc.CalcConfig.Source;
import calico.felix.calc.CalcConfig.Switch;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import calico.model.key.IpamKey;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.NodeStatus;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Random updates of all that routes depend on, out of few addresses that everything shares. */
final class RandomNodes {
  static final String NODE = "n2";

  private static final List<String> NODES = List.of("n1", "n2", "n3");
  private static final List<String> POOLS = List.of("10.0.0.0/24", "10.0.0.0/25", "fd00::/64");
  private static final List<String> BLOCKS =
      List.of("10.0.0.0/30", "10.0.0.4/30", "10.0.0.9/32", "10.0.0.200/31", "fd00::/126");
  private static final List<String> IPS = List.of("10.0.0.1", "10.0.0.5", "10.0.0.9", "fd00::1");
  private static final List<String> NODE_IPS =
      List.of("192.0.2.1/24", "192.0.2.2/24", "198.51.100.1/24", "10.0.0.5/32", "bad");
  private static final List<String> NODE_IPS6 =
      List.of("2001:db8::1/64", "2001:db8::2/64", "2001:db8:1::1/64");

  private static final List<String> KEYS =
      List.of(key(1), key(2), key(3), "c2hvcnQ=", "not base64");

  private final Random random;

  RandomNodes(Random random) {
    this.random = random;
  }

  CalcConfig config() {
    return new CalcConfig(
        NODE,
        _ -> true,
        new CalcConfig.Routing(
            pick(List.of(Switch.values())),
            pick(List.of(Switch.values())),
            random.nextBoolean(),
            random.nextBoolean(),
            random.nextInt(3) == 0 ? Source.WORKLOADS : Source.IPAM,
            random.nextBoolean(),
            new CalcConfig.Encryption(
                pick(List.of(Set.of(), Set.of(Family.IPV4), Set.of(Family.values()))),
                random.nextInt(3) == 0)));
  }

  void step(CheckedGraph graph) {
    boolean present = random.nextInt(4) != 0;
    switch (random.nextInt(4)) {
      case 0 -> {
        String name = pick(List.of("a", "b"));
        put(graph, ResourceKey.of(Kinds.IP_POOL, name), present ? pool() : null);
      }
      case 1 -> {
        ResourceKey<NodeSpec> key = ResourceKey.of(Kinds.NODE, pick(NODES));
        Resource<NodeSpec> node = Resource.of(Kinds.NODE, Metadata.named(key.name()), node());
        graph.update(key, present ? node.withStatus(maybe(status())) : null);
      }
      case 2 -> {
        Cidr cidr = Cidr.parse(pick(BLOCKS));
        graph.update(new IpamKey.Block(cidr), present ? block(cidr) : null);
      }
      default -> {
        String node = pick(NODES);
        String pod = pick(List.of("p", "q"));
        put(graph, workloadKey(node, pod), present ? workload(node, pod) : null);
      }
    }
  }

  /** A public key that consists of one byte. */
  static String key(int octet) {
    byte[] bytes = new byte[32];
    Arrays.fill(bytes, (byte) octet);
    return Base64.getEncoder().encodeToString(bytes);
  }

  static void clear(CheckedGraph graph) {
    for (String name : List.of("a", "b")) {
      graph.update(ResourceKey.of(Kinds.IP_POOL, name), null);
    }
    BLOCKS.forEach(b -> graph.update(new IpamKey.Block(Cidr.parse(b)), null));
    for (String node : NODES) {
      graph.update(ResourceKey.of(Kinds.NODE, node), null);
      graph.update(workloadKey(node, "p"), null);
      graph.update(workloadKey(node, "q"), null);
    }
  }

  private static ResourceKey<WorkloadEndpointSpec> workloadKey(String node, String pod) {
    return ResourceKey.of(
        Kinds.WORKLOAD_ENDPOINT,
        "ns",
        WorkloadEndpointName.compose(orchestrator(pod), node, pod, "eth0"));
  }

  private static <S> void put(CheckedGraph graph, ResourceKey<S> key, @Nullable S spec) {
    String namespace = key.namespace();
    Metadata metadata =
        namespace == null ? Metadata.named(key.name()) : Metadata.named(namespace, key.name());
    graph.update(key, spec == null ? null : Resource.of(key.kind(), metadata, spec));
  }

  private IpPoolSpec pool() {
    List<String> modes = List.of("Never", "Always", "CrossSubnet");
    return new IpPoolSpec(
        pick(POOLS),
        pick(modes),
        random.nextInt(3) == 0 ? pick(modes) : null,
        null,
        null,
        null,
        null,
        null,
        null,
        random.nextInt(9) == 0 ? List.of("LoadBalancer") : null,
        null,
        Unknown.NONE);
  }

  private NodeSpec node() {
    NodeSpec.Bgp bgp =
        new NodeSpec.Bgp(
            null,
            maybe(pick(NODE_IPS)),
            maybe(pick(NODE_IPS6)),
            maybe("10.0.0.77"),
            null,
            Unknown.NONE);
    return new NodeSpec(
        maybe(bgp),
        maybe(pick(List.of("10.0.0.1", "10.0.0.9"))),
        random.nextInt(4) == 0 ? pick(List.of("0A:00:00:00:00:01", "0a:00:00:00:00:02")) : null,
        maybe(pick(List.of("fd00::1", "fd00::2"))),
        null,
        null,
        maybe(
            new NodeSpec.Wireguard(
                maybe(pick(List.of("10.0.0.2", "10.0.0.9", "10.0.0.200"))),
                maybe("fd00::2"),
                Unknown.NONE)),
        random.nextInt(3) == 0
            ? List.of(
                new NodeSpec.Address(
                    pick(NODE_IPS), pick(List.of("InternalIP", "CalicoNodeIP")), Unknown.NONE))
            : null,
        null,
        Unknown.NONE);
  }

  private Object status() {
    return new NodeStatus(maybe(pick(KEYS)), maybe(pick(KEYS)), Unknown.NONE).toTree();
  }

  private AllocationBlock block(Cidr cidr) {
    int size = 1 << (cidr.family().bits() - cidr.length());
    List<AllocationBlock.Attribute> attributes = new ArrayList<>();
    for (String node : NODES) {
      attributes.add(new AllocationBlock.Attribute(null, Map.of("node", node), null, Unknown.NONE));
    }
    attributes.add(new AllocationBlock.Attribute(null, Map.of(), null, Unknown.NONE));
    List<@Nullable Integer> allocations = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      allocations.add(random.nextBoolean() ? null : Integer.valueOf(random.nextInt(5)));
    }
    return new AllocationBlock(
        cidr,
        pick(List.of("host:n1", "host:n2", "host:n3", "virtual:load-balancer", "none")),
        null,
        allocations,
        List.of(),
        attributes,
        0,
        Map.of(),
        random.nextInt(9) == 0,
        Unknown.NONE);
  }

  private static String orchestrator(String pod) {
    return pod.equals("q") ? "openstack" : "k8s";
  }

  private WorkloadEndpointSpec workload(String node, String pod) {
    List<WorkloadEndpointSpec.IpNat> nats = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      nats.add(
          new WorkloadEndpointSpec.IpNat(
              pick(IPS), pick(List.of("203.0.113.1", "203.0.113.2", "fd00:1::1")), Unknown.NONE));
    }
    return new WorkloadEndpointSpec(
        orchestrator(pod),
        null,
        node,
        null,
        pod,
        "eth0",
        null,
        List.of(pick(IPS), pick(IPS)),
        nats,
        null,
        null,
        null,
        "cali" + pick(List.of("1", "2")),
        null,
        null,
        null,
        null,
        null,
        Unknown.NONE);
  }

  private <T> @Nullable T maybe(T value) {
    return random.nextInt(4) == 0 ? null : value;
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
