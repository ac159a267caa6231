package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An interface of a host, or all of them ({@code *}), that policy protects. */
public record HostEndpointSpec(
    @Nullable String node,
    @Nullable String interfaceName,
    @Nullable List<String> expectedIPs,
    @Nullable List<String> profiles,
    @Nullable List<EndpointPort> ports,
    Unknown unknown) {}
