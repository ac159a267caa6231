package calico.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;

/** Random changes, tampering, errors and restarts; after the errors end, oracle equality. */
class ReconcilerSimulationTest {
  private final FakeTarget target = new FakeTarget();
  private final Map<String, Integer> wanted = new HashMap<>();
  private long now;
  private Random random = new Random();
  private Reconciler<String, Integer> reconciler = start();

  private Reconciler<String, Integer> start() {
    return new Reconciler<>(
        target,
        Duration.ofSeconds(60),
        new Backoff(Duration.ofMillis(10), Duration.ofSeconds(5)),
        () -> now,
        random);
  }

  @RepeatedTest(200)
  void convergesWhateverHappens() {
    long seed = Long.getLong("seed", System.nanoTime());
    random = new Random(seed);
    target.entries.put("foreign", 1);
    for (int step = 0; step < 300; step++) {
      step();
    }
    target.failingKeys.clear();
    target.listFails = false;
    target.applyFails = false;
    reconciler.inputInSync();
    long deadline = now + Duration.ofSeconds(70).toNanos();
    while (now < deadline) {
      reconciler.apply();
      // Also waits for the periodic read-back, which repairs what was tampered with last.
      now += Math.max(1, reconciler.nextWake().orElseThrow().toNanos());
    }
    Map<String, Integer> expected = new HashMap<>(wanted);
    expected.put("foreign", 1);
    assertEquals(expected, target.entries, "seed " + seed);
    assertTrue(reconciler.isInSync(), "seed " + seed);
  }

  private void step() {
    String key = "k" + random.nextInt(8);
    switch (random.nextInt(16)) {
      case 0, 1, 2, 3 -> {
        int value = random.nextInt(3);
        wanted.put(key, value);
        reconciler.desire(key, value);
      }
      case 4, 5 -> {
        wanted.remove(key);
        reconciler.undesire(key);
      }
      case 6 -> target.entries.put(key, random.nextInt(3));
      case 7 -> target.entries.remove(key);
      case 8 -> {
        if (!target.failingKeys.remove(key)) {
          target.failingKeys.add(key);
        }
      }
      case 9 -> target.listFails = random.nextInt(3) == 0;
      case 10 -> target.applyFails = random.nextInt(3) == 0;
      case 11 -> restart();
      case 12 -> reconciler.resync();
      default -> {
        now += random.nextLong(200_000_000);
        reconciler.apply();
      }
    }
  }

  /** As after a kill: nothing is remembered; the input comes again, and it may be interrupted. */
  private void restart() {
    reconciler = start();
    wanted.forEach(
        (k, v) -> {
          reconciler.desire(k, v);
          if (random.nextInt(4) == 0) {
            Map<String, Integer> before = new HashMap<>(target.entries);
            reconciler.apply();
            assertTrue(
                target.entries.keySet().containsAll(before.keySet()), "deleted before in sync");
          }
        });
    reconciler.inputInSync();
  }
}
