package calico.netlink.tc;

/**
 * Settings of a queueing discipline of kind "tbf", in the kernel's own units, so that what is read
 * back equals what was written.
 *
 * @param rate bytes per second
 * @param bufferTicks how long a full bucket lasts at that rate
 * @param limitBytes of packets that may wait; more are dropped
 * @param peakRate bytes per second while the bucket empties; 0: as fast as the interface is
 * @param peakBufferTicks how long the bucket of the peak rate lasts; 0 without one
 */
public record TokenBucket(
    long rate, long bufferTicks, long limitBytes, long peakRate, long peakBufferTicks) {
  /** PSCHED_TICKS2NS(1). */
  static final long TICK_NANOS = 64;

  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long MAX_U32 = 0xffff_ffffL;
  private static final double LATENCY_SECONDS = 0.025;

  /**
   * A bucket that takes packets of any length that the interface has. More waits than would be sent
   * in 25 ms and at once is dropped, which is {@code tc}'s and upstream's measure.
   *
   * @param rate bytes per second, from 1
   * @param burst bytes that may be sent at once
   * @param peakRate bytes per second while they are; 0: no limit
   * @param peakBurst bytes that are sent at once even so
   * @param packet bytes of the longest packet, with its Ethernet header; a smaller bucket would let
   *     none through
   */
  public static TokenBucket of(long rate, long burst, long peakRate, long peakBurst, long packet) {
    long bytes = Math.max(burst, packet);
    long limit = waiting(rate, bytes);
    if (peakRate == 0) {
      return new TokenBucket(rate, ticks(bytes, rate), limit, 0, 0);
    }
    long peakBytes = Math.max(peakBurst, packet);
    return new TokenBucket(
        rate,
        ticks(bytes, rate),
        Math.min(limit, waiting(peakRate, peakBytes)),
        peakRate,
        ticks(peakBytes, peakRate));
  }

  private static long waiting(long rate, long burst) {
    return Math.min(MAX_U32, (long) (rate * LATENCY_SECONDS) + burst);
  }

  /** Rounded up, so that the last byte of a packet fits; as many as the kernel can count. */
  private static long ticks(long bytes, long rate) {
    double ticks = (double) bytes * NANOS_PER_SECOND / rate / TICK_NANOS;
    return Math.min(MAX_U32, (long) Math.ceil(ticks) + 1);
  }
}
