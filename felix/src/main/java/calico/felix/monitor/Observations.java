package calico.felix.monitor;

import java.util.Arrays;
import java.util.List;

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
  record Reading(long count, double sum, List<Double> sorted) {

    /** The value below which that part of the kept ones is; NaN without any. */
    double quantile(double part) {
      return sorted.isEmpty()
          ? Double.NaN
          : sorted.get(Math.min(sorted.size() - 1, (int) (part * sorted.size())));
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

  synchronized Reading read() {
    int kept = (int) Math.min(count, KEPT);
    return new Reading(count, sum, Arrays.stream(latest, 0, kept).sorted().boxed().toList());
  }
}
