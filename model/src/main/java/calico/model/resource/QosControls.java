package calico.model.resource;

import calico.model.schema.Doc;
import calico.model.schema.OmitZero;
import org.jspecify.annotations.Nullable;

/** Limits on a workload's traffic; zero is none. Ingress is towards the workload. */
public record QosControls(
    @Doc("Bits per second to the workload.") @OmitZero long ingressBandwidth,
    @Doc("Bits that may come at once.") @OmitZero long ingressBurst,
    @Doc("Bits per second while it does.") @OmitZero long ingressPeakrate,
    @Doc("Bytes that may come at that rate.") @OmitZero long ingressMinburst,
    @Doc("Bits per second from the workload.") @OmitZero long egressBandwidth,
    @Doc("Bits that may go at once.") @OmitZero long egressBurst,
    @Doc("Bits per second while it does.") @OmitZero long egressPeakrate,
    @Doc("Bytes that may go at that rate.") @OmitZero long egressMinburst,
    @Doc("Packets per second to the workload.") @OmitZero long ingressPacketRate,
    @Doc("Packets that may come at once.") @OmitZero long ingressPacketBurst,
    @Doc("Packets per second from the workload.") @OmitZero long egressPacketRate,
    @Doc("Packets that may go at once.") @OmitZero long egressPacketBurst,
    @Doc("Connections to the workload.") @OmitZero long ingressMaxConnections,
    @Doc("Connections from the workload.") @OmitZero long egressMaxConnections,
    @Doc("Differentiated services code point of packets from the workload: a number or a name.")
        @Nullable Object dscp,
    Unknown unknown) {}
