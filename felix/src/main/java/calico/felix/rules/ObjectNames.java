package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.StateKey;
import calico.felix.tables.ContentHash;
import calico.model.Family;

/** Names of chains, maps and sets: upstream's, so that people and tools find what they know. */
final class ObjectNames {
  static final ChainKey INPUT = chain("filter-cali-INPUT");
  static final ChainKey FORWARD = chain("filter-cali-FORWARD");
  static final ChainKey SERVICE_RANGES = chain("filter-cali-cidr-block");
  static final ChainKey PREROUTING_RAW = chain("raw-cali-PREROUTING");
  static final ChainKey PREROUTING_NAT = chain("nat-cali-PREROUTING");
  static final ChainKey POSTROUTING_NAT = chain("nat-cali-POSTROUTING");
  static final ChainKey WORKLOAD_TO_HOST = chain("filter-cali-wl-to-host");
  static final ChainKey FROM_WORKLOAD = chain("filter-cali-from-wl-dispatch");
  static final ChainKey TO_WORKLOAD = chain("filter-cali-to-wl-dispatch");
  static final ChainKey FLOATING_DNAT = chain("nat-cali-fip-dnat");
  static final ChainKey FLOATING_SNAT = chain("nat-cali-fip-snat");

  /** Where a table's decision is written down. */
  static final ChainKey ALLOWED = chain("filter-cali-allowed");

  static final ChainKey PASSED = chain("filter-cali-passed");

  static final ChainKey NAT_OUTGOING = chain("nat-cali-nat-outgoing");

  /** From a floating address to the workload's. */
  static final SetKey FLOATING_DNAT_MAP = new SetKey("nat-cali-fip-dnat");

  /** From a workload's address, as source and destination, to its floating one. */
  static final SetKey FLOATING_SNAT_MAP = new SetKey("nat-cali-fip-snat");

  private static final int MAX_CHAIN = 200;
  private static final int MAX_LABEL = 15;
  private static final int MAX_SET = 31;

  private ObjectNames() {}

  static ChainKey chain(String name) {
    return new ChainKey(name);
  }

  /** Where what comes from workloads, or goes to them, finds its chain. */
  static ChainKey workloads(Direction direction) {
    return direction == Direction.INGRESS ? TO_WORKLOAD : FROM_WORKLOAD;
  }

  /** From interface name to the label of what is asked of its workload. */
  static SetKey workloadLabels(Direction direction) {
    return new SetKey(
        Layer.FILTER.named(direction == Direction.INGRESS ? "to-wl-policy" : "from-wl-policy"));
  }

  /** From label to the verdict that goes to the chain. */
  static SetKey workloadChains(Direction direction) {
    return new SetKey(workloads(direction).name());
  }

  /**
   * What is asked of workloads that are alike, as long as an interface's name may be.
   *
   * @param content says all that their chain is made of
   */
  static String workloadLabel(String content) {
    return ContentHash.name(content).substring(0, MAX_LABEL);
  }

  static ChainKey workload(Direction direction, String label) {
    return chain(Layer.FILTER.named((direction == Direction.INGRESS ? "tw-" : "fw-") + label));
  }

  /** Chain of a host endpoint for one of its interfaces, or for any: {@code fh}, {@code th}. */
  static ChainKey hostEndpoint(Layer layer, String prefix, String interfaceName) {
    boolean any = interfaceName.equals(LocalHostEndpoint.ANY_INTERFACE);
    return chain(layer.named(prefix + "-" + (any ? "any-interface-at-all" : interfaceName)));
  }

  /** From interface name to the verdict that goes to its host endpoint's chain. */
  static SetKey hostEndpointMap(Layer layer, String name) {
    return new SetKey(layer.named(name));
  }

  static ChainKey policy(Layer layer, Direction direction, StateKey.PolicyId id) {
    String kind =
        switch (id.kind()) {
          case "GlobalNetworkPolicy" -> "gnp";
          case "NetworkPolicy" -> "np";
          case "KubernetesNetworkPolicy" -> "knp";
          default -> id.kind();
        };
    String namespace = id.namespace().isEmpty() ? "" : id.namespace() + "/";
    return limited(
        layer.named(direction == Direction.INGRESS ? "pi-" : "po-"),
        kind + "/" + namespace + id.name());
  }

  /**
   * Several policies' chain, upstream's policy group.
   *
   * @param content says all that the chain is made of
   */
  static ChainKey policies(Layer layer, Direction direction, String content) {
    return chain(
        layer.named(direction == Direction.INGRESS ? "gi-" : "go-") + ContentHash.name(content));
  }

  /**
   * A run of policies that is a table.
   *
   * @param content says all that the table is made of
   */
  static ChainKey table(Layer layer, Direction direction, String content) {
    return chain(layer.named(direction == Direction.INGRESS ? "ti-" : "to-") + content);
  }

  static ChainKey profile(Layer layer, Direction direction, StateKey.ProfileId id) {
    return limited(layer.named(direction == Direction.INGRESS ? "pri-" : "pro-"), id.name());
  }

  private static ChainKey limited(String prefix, String name) {
    return chain(
        prefix.length() + name.length() <= MAX_CHAIN
            ? prefix + name
            : prefix + ContentHash.name(name));
  }

  static SetKey set(Family family, StateKey.SetId id) {
    return set(family, id.id());
  }

  /** Prefixes of pools whose traffic to the outside is masqueraded. */
  static SetKey masqueradePools(Family family) {
    return set(family, "masq-ipam-pools");
  }

  static SetKey allPools(Family family) {
    return set(family, "network-ip-pools");
  }

  /** Prefixes of services that are announced to the routers. */
  static SetKey serviceRanges(Family family) {
    return set(family, "service-ranges");
  }

  /** Addresses of all nodes. */
  static SetKey nodeIps(Family family) {
    return set(family, "all-hosts-net");
  }

  /** Addresses of other nodes with VXLAN. */
  static SetKey vxlanNodes(Family family) {
    return set(family, "all-vxlan-net");
  }

  /** From a single address to its class. */
  static SetKey addressClasses(Family family) {
    return new SetKey("cali" + family.version() + "0address-classes");
  }

  /** A set that is named after what it holds. */
  static SetKey constant(Family family, String content) {
    return set(family, "c:" + ContentHash.name(content));
  }

  private static SetKey set(Family family, String id) {
    String name = "cali" + family.version() + "0" + id.replace(':', '-');
    return new SetKey(name.substring(0, Math.min(name.length(), MAX_SET)));
  }
}
