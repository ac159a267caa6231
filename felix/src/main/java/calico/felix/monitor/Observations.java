package calico.felix.monitor;

import java.util.Arrays;

/**
 * Values of which count, sum and quantiles are told: the quantiles are those of the latest {@value
 * #KEPT}. To record one costs a store; the sorting is the reader's.
 */
public final class Observations {
  private static final int KEPT = 512;

  private final double[] latest = new double[KEPT];
  private long count;
  private double sum;

  /** What there is to tell; the kept values in ascending order. */
  record Reading(long count, double sum, double[] sorted) {

    /** The value below which that part of the kept ones is; NaN without any. */
    double quantile(double part) {
      return sorted.length == 0
          ? Double.NaN
          : sorted[Math.min(sorted.length - 1, (int) (part * sorted.length))];
    }
  }

  public synchronized void record(double value) {
    latest[(int) (count++ % KEPT)] = value;
    sum += value;
  }

  /** Records the time that has passed. */
  public void recordSince(long beganNanos) {
    record((System.nanoTime() - beganNanos) / 1e9);
  }

  Reading read() {
    Reading reading = copy();
    Arrays.sort(reading.sorted);
    return reading;
  }

  private synchronized Reading copy() {
    return new Reading(count, sum, Arrays.copyOf(latest, (int) Math.min(count, KEPT)));
  }
}
