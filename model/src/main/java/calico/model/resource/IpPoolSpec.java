package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.IsCidr;
import calico.model.schema.IsSelector;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses from which workloads and tunnels get theirs. */
public record IpPoolSpec(
    @Doc("The pool's addresses; cannot be changed.") @Required @IsCidr(strict = true) String cidr,
    @Doc("Whether packets between nodes are carried in VXLAN.")
        @OneOf({"Never", "Always", "CrossSubnet"})
        @Default(value = "\"Never\"", stored = true)
        @Nullable String vxlanMode,
    @Doc("Whether packets between nodes are carried in IPIP; IPv4 only.")
        @OneOf({"Never", "Always", "CrossSubnet"})
        @Default(value = "\"Never\"", stored = true)
        @Nullable String ipipMode,
    @Doc("Whether packets to addresses outside all pools are masqueraded.") @OmitZero
        @Nullable Boolean natOutgoing,
    @Doc("Whether no new addresses are assigned from the pool.") @OmitZero
        @Nullable Boolean disabled,
    @Doc("Whether the pool's routes are kept out of BGP.") @OmitZero
        @Nullable Boolean disableBGPExport,
    @Doc("Prefix length of the blocks that nodes claim; 26 or 122 unless set; cannot be changed.")
        @OmitZero
        @Range(min = 0, max = 128)
        @Nullable Integer blockSize,
    @Doc("Nodes that may use the pool.") @IsSelector @Default(value = "\"all()\"", stored = true)
        @Nullable String nodeSelector,
    @Doc("Namespaces whose workloads may use the pool; empty is all.") @IsSelector
        @Nullable String namespaceSelector,
    @Doc("What the addresses may be used for.")
        @OneOf({"Workload", "Tunnel", "LoadBalancer"})
        @Default(value = "[\"Workload\",\"Tunnel\"]", stored = true)
        @Nullable List<String> allowedUses,
    @Doc("Whether addresses are assigned from the pool without being asked for by name.")
        @OneOf({"Automatic", "Manual"})
        @Default(value = "\"Automatic\"", stored = true)
        @Nullable String assignmentMode,
    Unknown unknown) {}
