package calico.model.resource;

import calico.model.schema.Doc;
import org.jspecify.annotations.Nullable;

/** Facts of the whole cluster; one object, "default". */
public record ClusterInformationSpec(
    @Doc("Random identifier of the cluster, 32 hexadecimal digits.") @Nullable String clusterGUID,
    @Doc("What the cluster runs on, words separated by commas.") @Nullable String clusterType,
    @Doc("Version of the node software.") @Nullable String calicoVersion,
    @Doc("False while the datastore is being migrated: nothing is programmed from it.")
        @Nullable Boolean datastoreReady,
    @Doc("Variant of the product.") @Nullable String variant,
    Unknown unknown) {}
