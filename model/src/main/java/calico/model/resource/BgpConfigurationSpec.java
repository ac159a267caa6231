package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.IsName;
import calico.model.schema.Matches;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import calico.model.schema.Unused;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** BGP settings of the cluster ("default") or a node ("node.NAME"). */
@Unused({
  "nodeMeshPassword",
  "nodeMeshMaxRestartTime",
  "localWorkloadPeeringIPV4",
  "localWorkloadPeeringIPV6",
  "programClusterRoutes",
  "ipv4NormalRoutePriority",
  "ipv6NormalRoutePriority"
})
public record BgpConfigurationSpec(
    @Doc("Least severe of the events that BIRD logs.")
        @Matches(
            value = "(?i)(Trace|Debug|Info|Warning|Error|Fatal)?",
            expected = "one of Trace, Debug, Info, Warning, Error, Fatal")
        @Default(value = "\"Info\"", stored = true)
        @Nullable String logSeverityScreen,
    @Doc("Whether every node has a session with every other; only in \"default\".") @Default("true")
        @Nullable Boolean nodeToNodeMeshEnabled,
    @Doc("AS number of nodes that have none of their own; only in \"default\".") @Default("64512")
        @Nullable AsNumber asNumber,
    @Doc("Load balancer addresses of services to announce; only in \"default\".")
        @Nullable List<CidrItem> serviceLoadBalancerIPs,
    @Doc("External addresses of services to announce; only in \"default\".")
        @Nullable List<CidrItem> serviceExternalIPs,
    @Doc("Cluster addresses of services to announce; only in \"default\".")
        @Nullable List<CidrItem> serviceClusterIPs,
    @Doc("Whether load balancer addresses are announced as their whole prefix.")
        @OneOf({"Enabled", "Disabled"})
        @Default(value = "\"Enabled\"", stored = true)
        @Nullable String serviceLoadBalancerAggregation,
    @Doc("Names for BGP communities.") @Nullable List<Community> communities,
    @Doc("Communities that announced prefixes carry.")
        @Nullable List<PrefixAdvertisement> prefixAdvertisements,
    @Doc("TCP port on which BIRD listens.") @OmitZero @Range(min = 0, max = 65535) @Default("179")
        @Nullable Integer listenPort,
    @Doc("Interfaces whose routes BIRD ignores; may hold *.")
        @Matches(
            value = "(?!\\*$)[a-zA-Z0-9_.*-]{1,15}",
            expected = "an interface's name, maybe with * in it")
        @Nullable List<String> ignoredInterfaces,
    @Doc("Addresses on which BIRD listens.") @OneOf({"None", "NodeIP"}) @Nullable String bindMode,
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
      @Doc("Names or values of communities.") @Required List<String> communities,
      Unknown unknown) {}
}
