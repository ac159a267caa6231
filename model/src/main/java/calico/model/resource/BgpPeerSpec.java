package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.IsDuration;
import calico.model.schema.IsName;
import calico.model.schema.IsSelector;
import calico.model.schema.OmitZero;
import calico.model.schema.OneOf;
import calico.model.schema.Range;
import calico.model.schema.Unused;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A BGP session of some nodes. */
@Unused({
  "localASNumber",
  "nextHopMode",
  "password",
  "keepaliveTime",
  "numAllowedLocalASNumbers",
  "reachableBy",
  "localWorkloadSelector",
  "reversePeering"
})
public record BgpPeerSpec(
    @Doc("The node; unset, with nodeSelector unset too: all nodes.") @IsName @Nullable String node,
    @Doc("The nodes.") @IsSelector @Nullable String nodeSelector,
    @Doc("The peer's address, or IPv4:port, or [IPv6]:port.") @Nullable String peerIP,
    @Doc("The peer's AS number.") @OmitZero @Nullable AsNumber asNumber,
    @Doc("Nodes of the cluster that are the peers, instead of an address.") @IsSelector
        @Nullable String peerSelector,
    @Doc("Whether routes are passed on with the next hop they came with.") @OmitZero
        @Nullable Boolean keepOriginalNextHop,
    @Doc("Source address of the session.") @OneOf({"UseNodeIP", "None"})
        @Nullable String sourceAddress,
    @Doc("How long routes of a restarting peer are kept.") @IsDuration
        @Nullable String maxRestartTime,
    @Doc("Accept only packets that came over at most this many hops.") @Range(min = 0, max = 255)
        @Nullable Integer ttlSecurity,
    @Doc("Route filters, in order.") @IsName @Nullable List<String> filters,
    Unknown unknown) {}
