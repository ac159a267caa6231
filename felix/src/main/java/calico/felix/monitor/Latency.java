package calico.felix.monitor;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.DoubleAdder;

/** A histogram of times, in buckets that double from half a millisecond to about eight seconds. */
public final class Latency {
  private static final int BOUNDS = 15;
  private static final double FIRST = 0.0005;

  private final AtomicLongArray buckets = new AtomicLongArray(BOUNDS + 1);
  private final DoubleAdder sum = new DoubleAdder();

  /** Records the time that has passed. */
  public void recordSince(long beganNanos) {
    record((System.nanoTime() - beganNanos) / 1e9);
  }

  void record(double seconds) {
    int bucket = 0;
    while (bucket < BOUNDS && seconds > bound(bucket)) {
      bucket++;
    }
    buckets.incrementAndGet(bucket);
    sum.add(seconds);
  }

  /** Upper end of a bucket, in seconds. */
  private static double bound(int bucket) {
    return bucket == BOUNDS ? Double.POSITIVE_INFINITY : FIRST * (1 << bucket);
  }

  /** Upper ends of all buckets, in ascending order; the last is infinite. */
  static double[] bounds() {
    double[] out = new double[BOUNDS + 1];
    for (int i = 0; i < out.length; i++) {
      out[i] = bound(i);
    }
    return out;
  }

  /** How many values are in each bucket alone. */
  long[] counts() {
    long[] out = new long[buckets.length()];
    for (int i = 0; i < out.length; i++) {
      out[i] = buckets.get(i);
    }
    return out;
  }

  double sum() {
    return sum.sum();
  }
}
