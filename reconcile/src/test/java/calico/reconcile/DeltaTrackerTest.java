package calico.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DeltaTrackerTest {
  private final DeltaTracker<String, Integer> tracker = new DeltaTracker<>();

  @Test
  void anEmptyTrackerIsInSync() {
    assertTrue(tracker.isInSync());
  }

  @Test
  void desiringWhatIsAppliedIsNoWork() {
    tracker.applied("a", 1);
    tracker.desire("a", 1);
    assertTrue(tracker.isInSync());
  }

  @Test
  void goingBackAndForthIsNoWork() {
    tracker.replaceApplied(Map.of("a", 1));
    tracker.desire("a", 2);
    assertEquals(Map.of("a", 2), tracker.pendingUpdates());
    tracker.desire("a", 1);
    assertTrue(tracker.isInSync());
    tracker.undesire("a");
    assertEquals(Set.of("a"), tracker.pendingDeletions());
    assertFalse(tracker.isInSync());
  }

  @Test
  void equalsTheDifferenceComputedFromScratch() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    Map<String, Integer> desired = new HashMap<>();
    Map<String, Integer> applied = new HashMap<>();
    for (int step = 0; step < 20_000; step++) {
      String key = "k" + random.nextInt(20);
      int value = random.nextInt(3);
      switch (random.nextInt(9)) {
        case 0, 1, 2 -> {
          desired.put(key, value);
          tracker.desire(key, value);
        }
        case 3 -> {
          desired.remove(key);
          tracker.undesire(key);
        }
        case 4, 5, 6 -> {
          applied.put(key, value);
          tracker.applied(key, value);
        }
        case 7 -> {
          applied.remove(key);
          tracker.absent(key);
        }
        default -> {
          if (random.nextInt(10) == 0) {
            applied.remove(key);
            tracker.replaceApplied(applied);
          }
        }
      }
      Map<String, Integer> updates = new HashMap<>(desired);
      updates.entrySet().removeIf(e -> e.getValue().equals(applied.get(e.getKey())));
      Set<String> deletions = new HashSet<>(applied.keySet());
      deletions.removeAll(desired.keySet());
      assertEquals(updates, tracker.pendingUpdates(), "seed " + seed + " step " + step);
      assertEquals(deletions, tracker.pendingDeletions(), "seed " + seed + " step " + step);
    }
  }
}
