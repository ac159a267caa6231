package calico.felix.dataplane;

import calico.felix.state.TrafficLimits.Bandwidth;
import calico.netlink.tc.TokenBucket;

/**
 * What holds a workload to a bandwidth.
 *
 * @param inPlace whether all of the workload's packets of that direction go through the bucket;
 *     always so for what is desired
 */
record Shaper(TokenBucket bucket, boolean inPlace) {
  private static final int ETHERNET_HEADER = 14;

  /**
   * What tells shapers apart.
   *
   * @param egress whether it is for what the workload sends
   */
  record Key(String interfaceName, boolean egress) {}

  /**
   * For an interface with an MTU.
   *
   * @param mtu in bytes
   */
  static Shaper of(Bandwidth bandwidth, int mtu) {
    return new Shaper(
        TokenBucket.of(
            bandwidth.bitsPerSecond() / Byte.SIZE,
            bandwidth.burstBits() / Byte.SIZE,
            bandwidth.peakBitsPerSecond() / Byte.SIZE,
            bandwidth.minBurstBytes(),
            mtu + ETHERNET_HEADER),
        true);
  }
}
