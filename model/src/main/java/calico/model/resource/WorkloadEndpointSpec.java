package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One interface of a workload. */
public record WorkloadEndpointSpec(
    @Nullable String orchestrator,
    @Nullable String workload,
    @Nullable String node,
    @Nullable String containerID,
    @Nullable String pod,
    @Nullable String endpoint,
    @Nullable String serviceAccountName,
    @Nullable List<String> ipNetworks,
    @Nullable List<IpNat> ipNATs,
    @Nullable String ipv4Gateway,
    @Nullable String ipv6Gateway,
    @Nullable List<String> profiles,
    @Nullable String interfaceName,
    @Nullable String mac,
    @Nullable List<EndpointPort> ports,
    @Nullable List<String> allowSpoofedSourcePrefixes,
    Unknown unknown) {

  public record IpNat(String internalIP, String externalIP, Unknown unknown) {}
}
