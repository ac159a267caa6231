package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A BGP session of some nodes. */
public record BgpPeerSpec(
    @Nullable String node,
    @Nullable String nodeSelector,
    @Nullable String peerIP,
    @Nullable AsNumber asNumber,
    @Nullable String peerSelector,
    @Nullable Boolean keepOriginalNextHop,
    @Nullable String sourceAddress,
    @Nullable String maxRestartTime,
    @Nullable Integer ttlSecurity,
    @Nullable List<String> filters,
    Unknown unknown) {}
