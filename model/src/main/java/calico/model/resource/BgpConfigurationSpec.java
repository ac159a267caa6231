package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** BGP settings of the cluster ("default") or a node ("node.NAME"). */
public record BgpConfigurationSpec(
    @Nullable String logSeverityScreen,
    @Nullable Boolean nodeToNodeMeshEnabled,
    @Nullable AsNumber asNumber,
    @Nullable List<CidrItem> serviceLoadBalancerIPs,
    @Nullable List<CidrItem> serviceExternalIPs,
    @Nullable List<CidrItem> serviceClusterIPs,
    @Nullable String serviceLoadBalancerAggregation,
    @Nullable List<Community> communities,
    @Nullable List<PrefixAdvertisement> prefixAdvertisements,
    @Nullable Integer listenPort,
    @Nullable List<String> ignoredInterfaces,
    @Nullable String bindMode,
    Unknown unknown) {

  public record CidrItem(String cidr, Unknown unknown) {}

  public record Community(String name, String value, Unknown unknown) {}

  public record PrefixAdvertisement(String cidr, List<String> communities, Unknown unknown) {}
}
