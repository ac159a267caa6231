package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import calico.model.resource.AsNumber;
import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.BgpConfigurationSpec.CidrItem;
import calico.model.resource.BgpConfigurationSpec.PrefixAdvertisement;
import calico.model.resource.BgpPassword;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Validator;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the BGPConfigurations {@code default} and {@code node.NAME} and the Nodes say together, with
 * the defaults filled in.
 *
 * <p>Only listenPort, logSeverityScreen and prefixAdvertisements may differ by node; everything
 * else is the cluster's. A node's AS number is in its Node.
 */
record BgpSettings(BgpState state, ConfdConfig config) {
  static final long DEFAULT_AS = 64512;
  static final String RESERVED_AS = "0 is reserved (RFC 7607), expected 1 to 4294967295";
  static final int DEFAULT_PORT = 179;

  /** Addresses that are of no use to sessions that may lead over a router. */
  private static final Cidr LINK_LOCAL = Cidr.parse("fe80::/10");

  static final int DEFAULT_PRIORITY = 1024;

  /** Of {@code programClusterRoutes}. */
  private static final String IPIP_ONLY = "EnabledIPIPOnly";

  /** Of {@code bindMode}. */
  static final String NODE_IP = "NodeIP";

  /**
   * Metric and local preference of a route add up to this: its priority is its kernel metric on a
   * node and {@code 2^31-1 - metric} as local preference between nodes, so that a better metric
   * wins on both.
   */
  static final int PRIORITY_SUM = Integer.MAX_VALUE;

  String nodeName() {
    return config.nodeName();
  }

  /** This machine's Node, or null while there is none. */
  @Nullable Resource<NodeSpec> self() {
    return state.nodes().get(nodeName());
  }

  boolean isReflector() {
    Resource<NodeSpec> self = self();
    return self != null && clusterId(self) != null;
  }

  /** What is wrong with the BGPConfigurations of this node. */
  List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    for (String name : List.of("default", "node." + nodeName())) {
      Resource<BgpConfigurationSpec> found = state.configurations().get(name);
      if (found != null) {
        Validator.errors(found).forEach(p -> faults.add(new Fault(ResourceKey.of(found), p)));
      }
    }
    AsNumber as = cluster(BgpConfigurationSpec::asNumber);
    if (as != null && as.value() == 0) {
      ResourceKey<?> key = ResourceKey.of(Kinds.BGP_CONFIGURATION, "default");
      faults.add(new Fault(key, Problem.error("spec.asNumber", 0, RESERVED_AS)));
    }
    String policy = cluster(BgpConfigurationSpec::programClusterRoutes);
    if ("Enabled".equals(policy) || IPIP_ONLY.equals(policy)) {
      String reason =
          "no BGP daemon here makes routes of IPIP; they are left to Felix, whose own"
              + " programClusterRoutes has to include them";
      faults.add(
          new Fault(
              ResourceKey.of(Kinds.BGP_CONFIGURATION, "default"),
              Problem.warning("spec.programClusterRoutes", policy, reason)));
    }
    return faults;
  }

  /** AS number of nodes that have none of their own. */
  long clusterAs() {
    AsNumber as = cluster(BgpConfigurationSpec::asNumber);
    return as != null && as.value() != 0 ? as.value() : DEFAULT_AS;
  }

  long as(Resource<NodeSpec> node) {
    NodeSpec.Bgp bgp = node.spec().bgp();
    AsNumber own = bgp == null ? null : bgp.asNumber();
    return own != null && own.value() != 0 ? own.value() : clusterAs();
  }

  boolean meshEnabled() {
    return !Boolean.FALSE.equals(cluster(BgpConfigurationSpec::nodeToNodeMeshEnabled));
  }

  /** TCP port on which a node listens for BGP. */
  int listenPort(String node) {
    Integer own = ofNode(node, BgpConfigurationSpec::listenPort);
    Integer all = cluster(BgpConfigurationSpec::listenPort);
    int port = own != null ? own : all != null ? all : DEFAULT_PORT;
    return port >= 1 && port <= 65535 ? port : DEFAULT_PORT;
  }

  /** Lower case: "debug", "info", ... */
  String logSeverity() {
    String own = ofNode(nodeName(), BgpConfigurationSpec::logSeverityScreen);
    String all = cluster(BgpConfigurationSpec::logSeverityScreen);
    return (own != null ? own : all != null ? all : "Info").toLowerCase(Locale.ROOT);
  }

  /** Whether BGP is to listen on the node's address only, not on all addresses. */
  boolean bindsNodeIp() {
    return NODE_IP.equals(cluster(BgpConfigurationSpec::bindMode));
  }

  /** How long mesh peers are to keep routes while a node restarts, or null for BIRD's default. */
  @Nullable String meshRestartTime() {
    return cluster(BgpConfigurationSpec::nodeMeshMaxRestartTime);
  }

  @Nullable BgpPassword meshPassword() {
    return cluster(BgpConfigurationSpec::nodeMeshPassword);
  }

  List<CidrItem> serviceClusterIps() {
    return orNone(cluster(BgpConfigurationSpec::serviceClusterIPs));
  }

  List<CidrItem> serviceExternalIps() {
    return orNone(cluster(BgpConfigurationSpec::serviceExternalIPs));
  }

  List<CidrItem> serviceLoadBalancerIps() {
    return orNone(cluster(BgpConfigurationSpec::serviceLoadBalancerIPs));
  }

  /** Whether load balancer addresses are announced as their whole prefix. */
  boolean aggregatesLoadBalancers() {
    return !"Disabled".equals(cluster(BgpConfigurationSpec::serviceLoadBalancerAggregation));
  }

  /**
   * The communities that routes of a prefix, and inside it, are announced with: as this node's own
   * BGPConfiguration says, else as the cluster's does. What is not a community is left out.
   */
  SortedMap<Cidr, Set<Community>> advertisedCommunities(Family family) {
    SortedMap<Cidr, Set<Community>> all = new TreeMap<>();
    String own = "node." + nodeName();
    boolean hasOwn = !orNone(read(own, BgpConfigurationSpec::prefixAdvertisements)).isEmpty();
    String source = hasOwn ? own : "default";
    Map<String, String> named = new HashMap<>();
    orNone(read(source, BgpConfigurationSpec::communities))
        .forEach(c -> named.put(c.name(), c.value()));
    for (PrefixAdvertisement item :
        orNone(read(source, BgpConfigurationSpec::prefixAdvertisements))) {
      Cidr cidr = Cidr.tryParse(item.cidr());
      if (cidr == null || cidr.family() != family) {
        continue;
      }
      for (String text : item.communities()) {
        Community community = Community.tryParse(named.getOrDefault(text, text));
        if (community != null) {
          all.computeIfAbsent(cidr, _ -> new LinkedHashSet<>()).add(community);
        }
      }
    }
    return all;
  }

  private static <T> List<T> orNone(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  List<String> ignoredInterfaces() {
    List<String> patterns = cluster(BgpConfigurationSpec::ignoredInterfaces);
    return patterns == null ? List.of() : patterns;
  }

  /** The kernel metric of routes of ordinary priority; lower is better. */
  int normalPriority(Family family) {
    Integer priority =
        family == Family.IPV4
            ? cluster(BgpConfigurationSpec::ipv4NormalRoutePriority)
            : cluster(BgpConfigurationSpec::ipv6NormalRoutePriority);
    boolean usable = priority != null && priority >= 1 && priority < Integer.MAX_VALUE;
    return usable && priority != null ? priority : DEFAULT_PRIORITY;
  }

  /**
   * Whether the daemon installs the routes to a pool's blocks on other nodes. Otherwise the node
   * agent does; its own setting of the same name has to say the opposite. Routes into tunnels are
   * always the agent's: the daemons cannot make them, and would send packets without the tunnel.
   */
  boolean programsClusterRoutes(IpPoolSpec pool) {
    String policy = cluster(BgpConfigurationSpec::programClusterRoutes);
    boolean plain = !"Disabled".equals(policy) && !IPIP_ONLY.equals(policy);
    return plain && !isOn(pool.vxlanMode()) && !isOn(pool.ipipMode());
  }

  static boolean isOn(@Nullable String encapsulation) {
    return "Always".equals(encapsulation) || "CrossSubnet".equals(encapsulation);
  }

  /** The address that a node speaks BGP from, or null if it has none in the family. */
  static @Nullable Ip address(Resource<NodeSpec> node, Family family) {
    NodeSpec.Bgp bgp = node.spec().bgp();
    String text =
        bgp == null ? null : family == Family.IPV4 ? bgp.ipv4Address() : bgp.ipv6Address();
    InterfaceAddress address = text == null ? null : InterfaceAddress.tryParse(text);
    boolean usable =
        address != null && address.ip().family() == family && !isLinkLocal(address.ip());
    return usable && address != null ? address.ip() : null;
  }

  static boolean isLinkLocal(Ip ip) {
    return LINK_LOCAL.contains(ip);
  }

  /** The identity of a route reflector, or null if the node is none. */
  static @Nullable String clusterId(Resource<NodeSpec> node) {
    NodeSpec.Bgp bgp = node.spec().bgp();
    String id = bgp == null ? null : bgp.routeReflectorClusterID();
    return id == null || Ip.tryParse(id) == null ? null : id;
  }

  /** Seconds of a duration such as "90s" or "1m30s", rounded down; 0 for null or other text. */
  static int wholeSeconds(@Nullable String duration) {
    try {
      String iso = duration == null ? "0s" : duration.replaceAll("[^0-9hms.]", "?");
      return Math.toIntExact(Duration.parse("PT" + iso).toSeconds());
    } catch (DateTimeParseException | ArithmeticException _) {
      return 0;
    }
  }

  private <T> @Nullable T cluster(Function<BgpConfigurationSpec, @Nullable T> field) {
    return read("default", field);
  }

  private <T> @Nullable T ofNode(String node, Function<BgpConfigurationSpec, @Nullable T> field) {
    return read("node." + node, field);
  }

  private <T> @Nullable T read(String name, Function<BgpConfigurationSpec, @Nullable T> field) {
    Resource<BgpConfigurationSpec> found = state.configurations().get(name);
    return found == null ? null : field.apply(found.spec());
  }
}
