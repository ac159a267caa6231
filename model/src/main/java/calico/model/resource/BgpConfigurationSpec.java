package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.Holds;
import calico.model.schema.IsCidr;
import calico.model.schema.IsDuration;
import calico.model.schema.IsIp;
import calico.model.schema.IsName;
import calico.model.schema.Matches;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import calico.model.schema.Size;
import calico.model.schema.Unique;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** BGP settings of the cluster ("default") or a node ("node.NAME"). */
@Holds(
    value =
        "!has(self.nodeMeshPassword) || !has(self.nodeToNodeMeshEnabled)"
            + " || self.nodeToNodeMeshEnabled",
    field = "nodeMeshPassword",
    otherwise = "without a mesh of all nodes it has no meaning: nodeToNodeMeshEnabled is false")
@Holds(
    value =
        "!has(self.nodeMeshMaxRestartTime) || !has(self.nodeToNodeMeshEnabled)"
            + " || self.nodeToNodeMeshEnabled",
    field = "nodeMeshMaxRestartTime",
    otherwise = "without a mesh of all nodes it has no meaning: nodeToNodeMeshEnabled is false")
@Holds(
    value =
        "!has(self.communities) || size(self.communities) == 0"
            + " || (has(self.prefixAdvertisements) && size(self.prefixAdvertisements) > 0)",
    field = "communities",
    otherwise = "communities are named but no prefixAdvertisements use them")
public record BgpConfigurationSpec(
    @Doc("Least severe of the events that BIRD logs; Trace is as Debug.")
        @Matches(
            value = "(?i)(Trace|Debug|Info|Warning|Error|Fatal)?",
            expected = "one of Trace, Debug, Info, Warning, Error, Fatal")
        @Default(value = "\"Info\"", stored = true)
        @Nullable String logSeverityScreen,
    @Doc("Whether every node has a session with every other; only in \"default\".") @Default("true")
        @Nullable Boolean nodeToNodeMeshEnabled,
    @Doc("AS number of nodes that have none of their own; only in \"default\".") @Default("64512")
        @Nullable AsNumber asNumber,
    @Doc(
            "Load balancer addresses of services to announce, each prefix as a whole; only in \"default\". Single addresses are not announced.")
        @Nullable List<CidrItem> serviceLoadBalancerIPs,
    @Doc(
            "External addresses of services to announce, each prefix as a whole; only in \"default\". Single addresses are not announced.")
        @Nullable List<CidrItem> serviceExternalIPs,
    @Doc("Cluster addresses of services to announce, each prefix as a whole; only in \"default\".")
        @Nullable List<CidrItem> serviceClusterIPs,
    @Doc("Whether load balancer addresses are announced, as their whole prefix.")
        @OneOf({"Enabled", "Disabled"})
        @Default(value = "\"Enabled\"", stored = true)
        @Nullable String serviceLoadBalancerAggregation,
    @Doc("Names for BGP communities.") @Size(max = 500) @Nullable List<Community> communities,
    @Doc(
            "Communities that announced prefixes carry; routes that a BGPFilter accepts do not get them.")
        @Size(max = 500)
        @Nullable List<PrefixAdvertisement> prefixAdvertisements,
    @Doc("TCP port on which BIRD listens.") @OmitZero @Range(min = 1, max = 65535) @Default("179")
        @Nullable Integer listenPort,
    @Doc("Password of the sessions of the mesh; only in \"default\".")
        @Nullable BgpPassword nodeMeshPassword,
    @Doc("How long routes of a restarting node are kept, in the mesh; only in \"default\".")
        @IsDuration
        @Nullable String nodeMeshMaxRestartTime,
    @Doc(
            "Addresses on which BIRD listens: all, or the node's own. NodeIP has no effect in a family in which a session is not from the node's address: one of a BGPPeer with sourceAddress None or localWorkloadSelector.")
        @OneOf({"None", "NodeIP"})
        @Nullable String bindMode,
    @Doc("Interfaces whose routes BIRD ignores; may hold *.")
        @Matches(
            value = "(?!\\*$)[a-zA-Z0-9_.*-]{1,15}",
            expected = "an interface's name, maybe with * in it")
        @Unique
        @Nullable List<String> ignoredInterfaces,
    @Doc("IPv4 address at which nodes peer with their own workloads.") @IsIp
        @Nullable String localWorkloadPeeringIPV4,
    @Doc("IPv6 address at which nodes peer with their own workloads.") @IsIp
        @Nullable String localWorkloadPeeringIPV6,
    @Doc(
            "Routes to other nodes' blocks that BIRD programs; Felix programs the others, as its programClusterRoutes says. Routes of IPIP and VXLAN are always Felix's: Enabled is as EnabledNoEncapOnly, EnabledIPIPOnly as Disabled.")
        @OneOf({"Enabled", "Disabled", "EnabledIPIPOnly", "EnabledNoEncapOnly"})
        @Default("\"EnabledNoEncapOnly\"")
        @Nullable String programClusterRoutes,
    @Doc("Metric of Felix's IPv4 routes to workloads, see ipv4NormalRoutePriority there.")
        @Range(min = 1, max = 2147483646)
        @Default("1024")
        @Nullable Integer ipv4NormalRoutePriority,
    @Doc("Metric of Felix's IPv6 routes to workloads, see ipv6NormalRoutePriority there.")
        @Range(min = 1, max = 2147483646)
        @Default("1024")
        @Nullable Integer ipv6NormalRoutePriority,
    Unknown unknown) {

  public record CidrItem(
      @Doc("The prefix.") @Required @IsCidr(strict = true) String cidr, Unknown unknown) {}

  public record Community(
      @Doc("The name.") @Required @IsName String name,
      @Doc("A standard (aa:nn) or large (aa:nn:mm) community.")
          @Required
          @Matches(value = "\\d+:\\d+(:\\d+)?", expected = "a community aa:nn or aa:nn:mm")
          String value,
      Unknown unknown) {}

  public record PrefixAdvertisement(
      @Doc("The prefix.") @Required @IsCidr(strict = true) String cidr,
      @Doc("Names or values of communities.") @Required @Size(max = 50) List<String> communities,
      Unknown unknown) {}
}
