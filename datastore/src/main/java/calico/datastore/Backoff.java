package calico.datastore;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: doubling from {@code first} to {@code max}, each time
 * between half and all of that, so that clients that lost the same server do not return together.
 */
public record Backoff(Duration first, Duration max) {
  public static final Backoff DEFAULT = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(10));

  public Backoff {
    if (first.isNegative() || first.isZero() || max.compareTo(first) < 0) {
      throw new IllegalArgumentException(
          "backoff: need 0 < first <= max, got " + first + ", " + max);
    }
  }

  /**
   * @param failures consecutive failures so far, at least 1
   */
  public Duration delay(int failures, RandomGenerator random) {
    long nanos = max.toNanos();
    if (failures <= 32 && first.toNanos() < nanos >> (failures - 1)) {
      nanos = first.toNanos() << (failures - 1);
    }
    return Duration.ofNanos(nanos - random.nextLong(nanos / 2 + 1));
  }
}
