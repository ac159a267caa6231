package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import org.jspecify.annotations.Nullable;

/** How addresses are assigned; one object, "default". */
public record IpamConfigurationSpec(
    @Doc("Whether a node takes addresses only from blocks that are its own.")
        @Default(value = "false", stored = true)
        @Nullable Boolean strictAffinity,
    @Doc("Most blocks that a node may own per family; 0: 20.")
        @OmitZero
        @Range(min = 0, max = 1_000_000)
        @Default("0")
        @Nullable Integer maxBlocksPerHost,
    @Doc("Whether nodes claim blocks when they need them.") @Default(value = "true", stored = true)
        @Nullable Boolean autoAllocateBlocks,
    @Doc("Whether a virtual machine of KubeVirt keeps its addresses when its pod is replaced.")
        @OneOf({"Enabled", "Disabled"})
        @Default("\"Enabled\"")
        @Nullable String kubeVirtVMAddressPersistence,
    @Doc("How long, in seconds, a released address is not assigned again.")
        @OmitZero
        @Range(min = 0, max = 1200)
        @Default("0")
        @Nullable Integer ipCooldownSeconds,
    Unknown unknown) {}
