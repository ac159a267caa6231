package calico.confd;

import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.resource.AsNumber;
import calico.model.resource.BgpConfigurationSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the BGPConfigurations {@code default} and {@code node.NAME} and the Nodes say together, with
 * the defaults filled in.
 *
 * <p>Only listenPort and logSeverityScreen may differ by node; everything else is the cluster's. A
 * node's AS number is in its Node.
 */
record BgpSettings(BgpState state, String nodeName) {
  static final long DEFAULT_AS = 64512;
  static final int DEFAULT_PORT = 179;
  static final int DEFAULT_PRIORITY = 1024;

  /** AS number of nodes that have none of their own. */
  long clusterAs() {
    AsNumber as = cluster(BgpConfigurationSpec::asNumber);
    return as == null ? DEFAULT_AS : as.value();
  }

  long as(Resource<NodeSpec> node) {
    NodeSpec.Bgp bgp = node.spec().bgp();
    return bgp == null || bgp.asNumber() == null ? clusterAs() : bgp.asNumber().value();
  }

  boolean meshEnabled() {
    return !Boolean.FALSE.equals(cluster(BgpConfigurationSpec::nodeToNodeMeshEnabled));
  }

  /** TCP port on which a node listens for BGP. */
  int listenPort(String node) {
    Integer own = ofNode(node, BgpConfigurationSpec::listenPort);
    Integer all = cluster(BgpConfigurationSpec::listenPort);
    return own != null ? own : all != null ? all : DEFAULT_PORT;
  }

  /** Lower case: "debug", "info", ... */
  String logSeverity() {
    String own = ofNode(nodeName, BgpConfigurationSpec::logSeverityScreen);
    String all = cluster(BgpConfigurationSpec::logSeverityScreen);
    return (own != null ? own : all != null ? all : "Info").toLowerCase(Locale.ROOT);
  }

  /** Whether BGP listens on the node's address only, not on all addresses. */
  boolean bindsNodeIp() {
    return "NodeIP".equals(cluster(BgpConfigurationSpec::bindMode));
  }

  /** How long mesh peers are to keep routes while a node restarts, or 0 for BIRD's default. */
  int meshRestartSeconds() {
    return field("nodeMeshMaxRestartTime") instanceof String text ? wholeSeconds(text) : 0;
  }

  List<String> ignoredInterfaces() {
    List<String> patterns = cluster(BgpConfigurationSpec::ignoredInterfaces);
    return patterns == null ? List.of() : patterns;
  }

  /** The kernel metric of routes of ordinary priority; lower is better. */
  int normalPriority(Family family) {
    String field = family.keyName() + "NormalRoutePriority";
    return field(field) instanceof Number n ? n.intValue() : DEFAULT_PRIORITY;
  }

  /**
   * Whether BIRD installs the routes to a pool's blocks on other nodes. Otherwise the node agent
   * does; its own setting of the same name has to say the opposite.
   */
  boolean programsClusterRoutes(IpPoolSpec pool) {
    if (isOn(pool.vxlanMode())) {
      return false;
    }
    return isOn(pool.ipipMode()) ? programsIpipRoutes() : programsPlainRoutes();
  }

  boolean programsIpipRoutes() {
    Object policy = field("programClusterRoutes");
    return "Enabled".equals(policy) || "EnabledIPIPOnly".equals(policy);
  }

  private boolean programsPlainRoutes() {
    Object policy = field("programClusterRoutes");
    return !"Disabled".equals(policy) && !"EnabledIPIPOnly".equals(policy);
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
    return address == null || address.ip().family() != family ? null : address.ip();
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

  /** A field of the cluster's BGPConfiguration by its name, or null. */
  private @Nullable Object field(String name) {
    Map<String, @Nullable Object> fields = cluster(ResourceCodec::encodeRecord);
    return fields == null ? null : fields.get(name);
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
