package calico.model.resource;

import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.Holds;
import calico.model.schema.IsDuration;
import calico.model.schema.IsIp;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Size;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A BGP session of some nodes. */
@Holds(
    value =
        "!has(self.node) || size(self.node) == 0 || !has(self.nodeSelector)"
            + " || size(self.nodeSelector) == 0",
    field = "nodeSelector",
    otherwise = "node and nodeSelector exclude each other")
@Holds(
    value =
        "!has(self.peerIP) || size(self.peerIP) == 0 || !has(self.peerSelector)"
            + " || size(self.peerSelector) == 0",
    field = "peerIP",
    otherwise = "peerSelector excludes peerIP")
@Holds(
    value =
        "!has(self.peerSelector) || size(self.peerSelector) == 0 || !has(self.asNumber)"
            + " || self.asNumber == 0",
    field = "asNumber",
    otherwise = "peerSelector excludes asNumber: each node has its own")
@Holds(
    value =
        "!has(self.localWorkloadSelector) || size(self.localWorkloadSelector) == 0"
            + " || !has(self.peerIP) || size(self.peerIP) == 0",
    field = "peerIP",
    otherwise = "localWorkloadSelector excludes peerIP")
@Holds(
    value =
        "!has(self.localWorkloadSelector) || size(self.localWorkloadSelector) == 0"
            + " || !has(self.peerSelector) || size(self.peerSelector) == 0",
    field = "peerSelector",
    otherwise = "localWorkloadSelector excludes peerSelector")
@Holds(
    value =
        "!has(self.localWorkloadSelector) || size(self.localWorkloadSelector) == 0"
            + " || (has(self.asNumber) && self.asNumber != 0)",
    field = "asNumber",
    otherwise = "the field is required with localWorkloadSelector")
@Holds(
    value =
        "!has(self.reachableBy) || size(self.reachableBy) == 0"
            + " || (has(self.peerIP) && size(self.peerIP) > 0)",
    field = "reachableBy",
    otherwise = "without peerIP it has no meaning")
@Holds(
    value =
        "!has(self.keepOriginalNextHop) || !self.keepOriginalNextHop"
            + " || !has(self.nextHopMode)",
    field = "nextHopMode",
    otherwise = "excludes keepOriginalNextHop, which it replaces")
public record BgpPeerSpec(
    @Doc("The node; unset, with nodeSelector unset too: all nodes.") @IsName @Nullable String node,
    @Doc("The nodes.") @IsSelector @Nullable String nodeSelector,
    @Doc("The peer's address, or IPv4:port, or [IPv6]:port.") @Size(max = 64)
        @Nullable String peerIP,
    @Doc("The peer's AS number.") @OmitZero @Nullable AsNumber asNumber,
    @Doc("AS number of the nodes towards this peer, if it is a peerIP; unset: the node's.")
        @Nullable AsNumber localASNumber,
    @Doc("Nodes of the cluster that are the peers, instead of an address.") @IsSelector
        @Nullable String peerSelector,
    @Doc(
            "Whether routes are passed on with the next hop they came with; without effect towards a peer of the same AS.")
        @OmitZero
        @Nullable Boolean keepOriginalNextHop,
    @Doc("Next hop of routes that are passed on: as BGP says, always the node, or as it came.")
        @OneOf({"Auto", "Self", "Keep"})
        @Nullable String nextHopMode,
    @Doc("Password of the session; while it is missing the session is down.")
        @Nullable BgpPassword password,
    @Doc(
            "Source address of the session: the node's, or what its routes say; without effect with localWorkloadSelector, whose sessions have None.")
        @OneOf({"UseNodeIP", "None"})
        @Nullable String sourceAddress,
    @Doc("How long routes of a restarting peer are kept.") @IsDuration
        @Nullable String maxRestartTime,
    @Doc("How often the session shows that it is alive.") @IsDuration
        @Nullable String keepaliveTime,
    @Doc(
            "How often the node's own AS number may be in the path of a route that comes in; without effect but with peerIP, below 0 is taken as 0 and above 255 as 255.")
        @Nullable Integer numAllowedLocalASNumbers,
    @Doc("Accept only packets that came over at most this many hops.") @Range(min = 0, max = 255)
        @Nullable Integer ttlSecurity,
    @Doc("Gateway to the peer, for a route to it alone.") @IsIp @Size(max = 64)
        @Nullable String reachableBy,
    @Doc("Route filters, in order; one that does not exist lets everything pass.") @IsName
        @Nullable List<String> filters,
    @Doc("Workloads of the node that are the peers.") @IsSelector
        @Nullable String localWorkloadSelector,
    @Doc("Whether nodes selected by peerSelector get the other half of the session.")
        @OneOf({"Auto", "Manual"})
        @Default("\"Auto\"")
        @Nullable String reversePeering,
    Unknown unknown) {}
