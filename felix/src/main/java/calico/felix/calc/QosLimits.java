package calico.felix.calc;

import calico.felix.state.TrafficLimits;
import calico.felix.state.TrafficLimits.Bandwidth;
import calico.felix.state.TrafficLimits.PacketRate;
import calico.model.resource.QosControls;
import org.jspecify.annotations.Nullable;

/**
 * What a WorkloadEndpoint's qosControls mean. Zero is no limit; a value outside of its range counts
 * as the nearest inside; what qualifies a limit that is not there is ignored.
 */
final class QosLimits {
  private static final long MAX_U32 = 0xffff_ffffL;
  private static final long KILO = 1000;
  private static final long PETA = 1_000_000_000_000_000L;
  private static final long MAX_MIN_BURST_BYTES = 100_000_000;
  private static final long MAX_PACKETS = 10_000;

  /** 4 Gi bits, upstream's. */
  private static final long DEFAULT_BURST_BITS = 1L << 32;

  private static final long DEFAULT_PACKET_BURST = 5;

  private QosLimits() {}

  static TrafficLimits ingress(@Nullable QosControls qos) {
    return qos == null
        ? TrafficLimits.NONE
        : new TrafficLimits(
            bandwidth(
                qos.ingressBandwidth(),
                qos.ingressBurst(),
                qos.ingressPeakrate(),
                qos.ingressMinburst()),
            packetRate(qos.ingressPacketRate(), qos.ingressPacketBurst()),
            within(0, qos.ingressMaxConnections(), MAX_U32));
  }

  static TrafficLimits egress(@Nullable QosControls qos) {
    return qos == null
        ? TrafficLimits.NONE
        : new TrafficLimits(
            bandwidth(
                qos.egressBandwidth(),
                qos.egressBurst(),
                qos.egressPeakrate(),
                qos.egressMinburst()),
            packetRate(qos.egressPacketRate(), qos.egressPacketBurst()),
            within(0, qos.egressMaxConnections(), MAX_U32));
  }

  private static @Nullable Bandwidth bandwidth(long rate, long burst, long peak, long minBurst) {
    if (rate <= 0) {
      return null;
    }
    long bits = within(KILO, rate, PETA);
    boolean peaks = peak > bits; // one that is not above the rate limits nothing
    return new Bandwidth(
        bits,
        burst <= 0 ? DEFAULT_BURST_BITS : within(KILO, burst, MAX_U32 * 8),
        peaks ? Math.min(peak, PETA + PETA / 100) : 0,
        peaks && minBurst > 0 ? within(KILO, minBurst, MAX_MIN_BURST_BYTES) : 0);
  }

  private static @Nullable PacketRate packetRate(long rate, long burst) {
    return rate <= 0
        ? null
        : new PacketRate(
            (int) Math.min(rate, MAX_PACKETS),
            (int) Math.min(burst <= 0 ? DEFAULT_PACKET_BURST : burst, MAX_PACKETS));
  }

  private static long within(long min, long value, long max) {
    return Math.clamp(value, min, max);
  }
}
