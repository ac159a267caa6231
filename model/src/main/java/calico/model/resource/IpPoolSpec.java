package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.Fixed;
import calico.model.schema.Holds;
import calico.model.schema.IsCidr;
import calico.model.schema.IsSelector;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Required;
import calico.model.schema.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Addresses from which workloads and tunnels get theirs. */
@Holds(
    value = "cidr(self.cidr) == cidr(self.cidr).masked()",
    field = "cidr",
    otherwise = "bits beyond the prefix length are set")
@Holds(
    value =
        "!cidr('169.254.0.0/16').containsIP(cidr(self.cidr).ip())"
            + " && !cidr(self.cidr).containsIP('169.254.0.0')",
    field = "cidr",
    otherwise = "overlaps the link-local range 169.254.0.0/16")
@Holds(
    value =
        "!cidr('fe80::/10').containsIP(cidr(self.cidr).ip())"
            + " && !cidr(self.cidr).containsIP('fe80::')",
    field = "cidr",
    otherwise = "overlaps the link-local range fe80::/10")
@Holds(
    value =
        "!has(self.ipipMode) || !has(self.vxlanMode) || self.ipipMode == 'Never' || self.vxlanMode"
            + " == 'Never' || size(self.ipipMode) == 0 || size(self.vxlanMode) == 0",
    field = "vxlanMode",
    otherwise = "ipipMode and vxlanMode exclude each other")
@Holds(
    value =
        "cidr(self.cidr).ip().family() == 4 || !has(self.ipipMode)"
            + " || self.ipipMode == 'Never' || size(self.ipipMode) == 0",
    field = "ipipMode",
    otherwise = "IPIP carries IPv4 only")
@Holds(
    value =
        "!has(self.blockSize) || self.blockSize == 0 || (cidr(self.cidr).ip().family() == 4"
            + " ? self.blockSize >= 20 && self.blockSize <= 32"
            + " : self.blockSize >= 116 && self.blockSize <= 128)",
    field = "blockSize",
    otherwise = "expected 20 to 32 for IPv4, 116 to 128 for IPv6")
@Holds(
    value =
        "(has(self.disabled) && self.disabled) || cidr(self.cidr).prefixLength()"
            + " <= (has(self.blockSize) && self.blockSize != 0 ? self.blockSize"
            + " : cidr(self.cidr).ip().family() == 4 ? 26 : 122)",
    field = "cidr",
    otherwise =
        "the pool is smaller than one of its blocks, /26 or /122 unless blockSize says otherwise")
@Holds(
    value =
        "!has(self.allowedUses) || !self.allowedUses.exists(u, u == 'LoadBalancer')"
            + " || !self.allowedUses.exists(u, u != 'LoadBalancer')",
    field = "allowedUses",
    otherwise = "LoadBalancer excludes other uses")
@Holds(
    value =
        "!has(self.allowedUses) || !self.allowedUses.exists(u, u == 'LoadBalancer') ||"
            + " ((!has(self.ipipMode) || size(self.ipipMode) == 0 || self.ipipMode == 'Never') &&"
            + " (!has(self.vxlanMode) || size(self.vxlanMode) == 0 || self.vxlanMode == 'Never'))",
    field = "allowedUses",
    otherwise = "a LoadBalancer pool has no encapsulation")
@Holds(
    value =
        "!has(self.allowedUses) || !self.allowedUses.exists(u, u == 'LoadBalancer')"
            + " || !has(self.disableBGPExport) || !self.disableBGPExport",
    field = "disableBGPExport",
    otherwise = "a LoadBalancer pool is always exported")
@Holds(
    value =
        "!has(self.allowedUses) || !self.allowedUses.exists(u, u == 'LoadBalancer')"
            + " || !has(self.nodeSelector) || size(self.nodeSelector) == 0"
            + " || self.nodeSelector == 'all()'",
    field = "nodeSelector",
    otherwise = "a LoadBalancer pool is for all nodes: all()")
@Holds(
    value =
        "!has(self.allowedUses) || !self.allowedUses.exists(u, u == 'Tunnel')"
            + " || !has(self.namespaceSelector) || size(self.namespaceSelector) == 0",
    field = "namespaceSelector",
    otherwise = "a pool for tunnels has no namespaceSelector")
public record IpPoolSpec(
    @Doc("The pool's addresses.") @Required @Fixed @Size(max = 48) @IsCidr(strict = true)
        String cidr,
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
    @Doc("Prefix length of the blocks that nodes claim; 26 or 122 unless set.")
        @Fixed
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
        @Size(max = 10)
        @Nullable List<String> allowedUses,
    @Doc("Whether addresses are assigned from the pool without being asked for by name.")
        @OneOf({"Automatic", "Manual"})
        @Default(value = "\"Automatic\"", stored = true)
        @Nullable String assignmentMode,
    Unknown unknown) {}
