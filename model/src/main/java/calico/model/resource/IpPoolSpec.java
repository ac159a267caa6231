package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses from which workloads and tunnels get theirs. */
public record IpPoolSpec(
    String cidr,
    @Nullable String vxlanMode,
    @Nullable String ipipMode,
    @Nullable Boolean natOutgoing,
    @Nullable Boolean disabled,
    @Nullable Boolean disableBGPExport,
    @Nullable Integer blockSize,
    @Nullable String nodeSelector,
    @Nullable String namespaceSelector,
    @Nullable List<String> allowedUses,
    @Nullable String assignmentMode,
    Unknown unknown) {}
