package calico.felix.state;

import org.jspecify.annotations.Nullable;

/**
 * What a workload may send, or be sent: one direction.
 *
 * @param bandwidth null: any
 * @param packetRate null: any
 * @param maxConnections TCP connections at a time, an unsigned 32 bit number; 0: any
 */
public record TrafficLimits(
    @Nullable Bandwidth bandwidth, @Nullable PacketRate packetRate, long maxConnections) {
  public static final TrafficLimits NONE = new TrafficLimits(null, null, 0);

  /**
   * A token bucket.
   *
   * @param peakBitsPerSecond while the burst lasts; 0: as fast as the interface is
   * @param minBurstBytes that are sent at once even so; 0: a packet
   */
  public record Bandwidth(
      long bitsPerSecond, long burstBits, long peakBitsPerSecond, long minBurstBytes) {}

  /**
   * Packets of all connections.
   *
   * @param burst packets that may come at once
   */
  public record PacketRate(int perSecond, int burst) {}
}
