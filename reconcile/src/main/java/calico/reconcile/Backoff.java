package calico.reconcile;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait after a failure: doubles with each further failure, up to a limit, and spread so
 * that many things that failed together do not come back together.
 *
 * @param first upper bound of the wait after the first failure
 * @param limit upper bound of any wait
 */
public record Backoff(Duration first, Duration limit) {
  /** For the kernel and the datastore: quick at first, never slower than every ten seconds. */
  public static final Backoff DEFAULT = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(10));

  /**
   * A random wait between half and all of the bound.
   *
   * @param failures how many there were in a row, at least 1
   */
  public Duration wait(int failures, RandomGenerator random) {
    long bound = limit.toNanos();
    int doublings = Math.min(failures - 1, 30);
    if (first.toNanos() <= bound >> doublings) {
      bound = first.toNanos() << doublings;
    }
    return Duration.ofNanos(bound / 2 + random.nextLong(bound / 2 + 1));
  }
}
