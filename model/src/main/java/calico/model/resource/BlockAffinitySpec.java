package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.KeepEmpty;
import calico.model.schema.OneOf;
import calico.model.schema.Required;
import calico.model.schema.TextInV1;
import org.jspecify.annotations.Nullable;

/** The claim of a host on a block, where IPAM's data are resources: in Kubernetes. */
public record BlockAffinitySpec(
    @Doc("How far the claim is; empty is confirmed.")
        @KeepEmpty
        @OneOf({"confirmed", "pending", "pendingDeletion"})
        @Nullable String state,
    @Doc("The host, or with type virtual what else owns the block.") @Required String node,
    @Doc("What the owner is.") @OneOf({"host", "virtual"}) @Nullable String type,
    @Doc("The block.") @Required @IsCidr(strict = true) String cidr,
    @Doc("Set just before the object is deleted, so that a delete can meet a conflict.")
        @TextInV1
        @Default(value = "false", stored = true)
        @Nullable Boolean deleted,
    Unknown unknown) {}
