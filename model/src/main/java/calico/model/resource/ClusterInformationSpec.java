package calico.model.resource;

import org.jspecify.annotations.Nullable;

/** Facts of the whole cluster; one object, "default". */
public record ClusterInformationSpec(
    @Nullable String clusterGUID,
    @Nullable String clusterType,
    @Nullable String calicoVersion,
    @Nullable Boolean datastoreReady,
    @Nullable String variant,
    Unknown unknown) {}
