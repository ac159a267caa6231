package calico.reconcile;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(10), Duration.ofMillis(75));

  @Test
  void doublesUpToItsLimitAndIsSpread() {
    Random random = new Random(1);
    long[] boundMillis = {10, 20, 40, 75, 75};
    for (int failures = 1; failures <= boundMillis.length; failures++) {
      long bound = boundMillis[failures - 1] * 1_000_000;
      for (int i = 0; i < 100; i++) {
        long wait = BACKOFF.wait(failures, random).toNanos();
        assertTrue(wait >= bound / 2 && wait <= bound, failures + " failures: " + wait + " ns");
      }
    }
  }

  @Test
  void manyFailuresDoNotOverflow() {
    long wait = BACKOFF.wait(Integer.MAX_VALUE, new Random(1)).toMillis();
    assertTrue(wait >= 37 && wait <= 75, wait + " ms");
  }
}
