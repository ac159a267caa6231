package calico.datastore;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void doublesUpToTheMaximumWithJitter() {
    Backoff backoff = new Backoff(Duration.ofMillis(10), Duration.ofMillis(100));
    Random random = new Random(1);
    int[] most = {10, 20, 40, 80, 100, 100};
    for (int failures = 1; failures <= most.length; failures++) {
      for (int i = 0; i < 100; i++) {
        long micros = backoff.delay(failures, random).toNanos() / 1000;
        long limit = most[failures - 1] * 1000L;
        assertTrue(micros <= limit && micros >= limit / 2, failures + ": " + micros + " us");
      }
    }
    assertTrue(backoff.delay(Integer.MAX_VALUE, random).toMillis() <= 100);
  }

  @Test
  void refusesNonsense() {
    assertThrows(
        IllegalArgumentException.class, () -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
  }
}
