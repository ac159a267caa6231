package calico.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ReconcilerTest {
  private static final Backoff BACKOFF = new Backoff(Duration.ofMillis(10), Duration.ofSeconds(1));
  private final FakeTarget target = new FakeTarget();
  private long now;
  private final Reconciler<String, Integer> reconciler = start(Duration.ZERO);

  private Reconciler<String, Integer> start(Duration resyncInterval) {
    return new Reconciler<>(target, resyncInterval, BACKOFF, () -> now, new Random(7));
  }

  @Test
  void readsBackFirstAndWritesOnlyTheDifference() {
    target.entries.putAll(Map.of("same", 1, "other", 2));
    reconciler.desire("same", 1);
    reconciler.desire("other", 3);
    var outcome = reconciler.apply();
    assertEquals(Set.of("other"), outcome.changed());
    assertEquals(Map.of("same", 1, "other", 3), target.entries);
    assertEquals(1, target.written);
    assertEquals(Optional.empty(), reconciler.nextWake());
  }

  @Test
  void readsBackAtTheIntervalOnlyWhatMayHaveBeenTouched() {
    Reconciler<String, Integer> periodic = start(Duration.ofSeconds(100));
    periodic.apply();
    target.untouched = true;
    now += Duration.ofMinutes(2).toNanos();
    periodic.apply();
    assertEquals(1, target.lists);
    assertTrue(periodic.nextWake().orElseThrow().toSeconds() >= 90, "looks again later");
    periodic.resync();
    periodic.apply();
    assertEquals(2, target.lists, "on request it is read back all the same");
    target.untouched = false;
    now += Duration.ofMinutes(2).toNanos();
    periodic.apply();
    assertEquals(3, target.lists);
  }

  @Test
  void whatOthersChangedIsCountedOnce() {
    target.entries.put("left", 1);
    reconciler.desire("a", 1);
    reconciler.desire("b", 1);
    reconciler.inputInSync();
    assertEquals(0, reconciler.apply().repaired(), "what is there at first is nobody's doing");
    target.entries.put("a", 2);
    target.entries.put("added", 1);
    reconciler.desire("b", 3);
    reconciler.resync();
    assertEquals(2, reconciler.apply().repaired(), "one changed, one added; b is ours");
    assertEquals(Map.of("a", 1, "b", 3), target.entries);
    reconciler.resync();
    assertEquals(0, reconciler.apply().repaired());

    reconciler.observed("a", null);
    reconciler.observedForeign("b", null);
    reconciler.observedForeign("b", null);
    assertEquals(1, reconciler.apply().repaired(), "seen twice, lost once");
    assertEquals(0, reconciler.apply().repaired());
  }

  @Test
  void nothingDesiredNothingDone() {
    reconciler.inputInSync();
    reconciler.apply();
    reconciler.apply();
    assertEquals(1, target.lists);
    assertEquals(0, target.applies);
    assertTrue(reconciler.isInSync());
  }

  @Test
  void prunesOnlyAfterTheInputIsInSyncAndOnlyItsOwn() {
    target.entries.putAll(Map.of("old", 1, "foreign", 2));
    reconciler.apply();
    assertEquals(Map.of("old", 1, "foreign", 2), target.entries);
    assertEquals(Optional.empty(), reconciler.nextWake());
    reconciler.inputInSync();
    assertEquals(Optional.of(Duration.ZERO), reconciler.nextWake());
    assertEquals(Set.of("old"), reconciler.apply().changed());
    assertEquals(Map.of("foreign", 2), target.entries);
  }

  @Test
  void aFailingKeyHoldsUpNoOthersAndIsRetriedWithGrowingWaits() {
    target.failingKeys.add("bad");
    reconciler.desire("bad", 1);
    reconciler.desire("good", 1);
    assertEquals(Set.of("bad"), reconciler.apply().failed().keySet());
    assertEquals(Map.of("good", 1), target.entries);
    assertNotNull(reconciler.failure("bad"));
    int applies = target.applies;
    reconciler.apply();
    assertEquals(applies, target.applies, "waits for its time");
    Duration first = reconciler.nextWake().orElseThrow();
    for (int i = 0; i < 5; i++) {
      now += reconciler.nextWake().orElseThrow().toNanos();
      reconciler.apply();
    }
    assertTrue(reconciler.nextWake().orElseThrow().compareTo(first.multipliedBy(8)) > 0);
    target.failingKeys.clear();
    now += reconciler.nextWake().orElseThrow().toNanos();
    reconciler.apply();
    assertEquals(Map.of("good", 1, "bad", 1), target.entries);
    assertNull(reconciler.failure("bad"));
    assertEquals(Optional.empty(), reconciler.nextWake());
  }

  @Test
  void aNewValueOfAFailingKeyIsTriedAtOnce() {
    target.failingKeys.add("k");
    reconciler.desire("k", 1);
    reconciler.apply();
    target.failingKeys.clear();
    reconciler.desire("k", 2);
    assertEquals(Optional.of(Duration.ZERO), reconciler.nextWake());
    reconciler.apply();
    assertEquals(Map.of("k", 2), target.entries);
  }

  @Test
  void aFailingDeletionIsRetriedUntilWantedAgain() {
    target.entries.put("k", 1);
    target.failingKeys.add("k");
    reconciler.inputInSync();
    assertEquals(Set.of("k"), reconciler.apply().failed().keySet());
    assertTrue(reconciler.nextWake().isPresent());
    reconciler.desire("k", 1);
    assertEquals(Set.of(), reconciler.apply().changed());
    assertEquals(Optional.empty(), reconciler.nextWake());
  }

  @Test
  void whatFailedIsLookedAtBeforeItIsThoughtToBeAsItIsWantedNow() {
    reconciler.inputInSync();
    reconciler.desire("gone", 1);
    reconciler.apply();
    target.failsAfterwards = true;
    target.failingKeys.addAll(Set.of("new", "gone"));
    reconciler.desire("new", 1);
    reconciler.undesire("gone");
    assertEquals(Set.of("new", "gone"), reconciler.apply().failed().keySet());
    assertEquals(Map.of("new", 1), target.entries);
    target.failingKeys.clear();
    reconciler.undesire("new");
    reconciler.desire("gone", 1);
    reconciler.apply();
    assertEquals(Map.of("gone", 1), target.entries);
  }

  @Test
  void aBatchThatFailsAsAWholeLeadsToAReadBackAfterAWait() {
    reconciler.desire("k", 1);
    target.applyFails = true;
    assertNotNull(reconciler.apply().broken());
    assertFalse(reconciler.isApplied("k"));
    assertEquals(1, target.lists);
    reconciler.apply();
    reconciler.resync();
    reconciler.apply();
    assertEquals(1, target.lists, "waits for its time, whoever asks");
    target.applyFails = false;
    target.entries.put("k", 1);
    now += reconciler.nextWake().orElseThrow().toNanos();
    assertNull(reconciler.apply().broken());
    assertEquals(2, target.lists);
    assertEquals(0, target.written, "found as desired");
    assertTrue(reconciler.isApplied("k"));
  }

  @Test
  void readsBackPeriodicallyAndRepairs() {
    Reconciler<String, Integer> periodic = start(Duration.ofSeconds(100));
    periodic.desire("k", 1);
    periodic.apply();
    target.entries.put("k", 9);
    Duration wait = periodic.nextWake().orElseThrow();
    assertTrue(wait.toSeconds() >= 90 && wait.toSeconds() <= 110, wait.toString());
    now += wait.toNanos();
    assertEquals(Set.of("k"), periodic.apply().changed());
    assertEquals(Map.of("k", 1), target.entries);
  }

  @Test
  void whatSomebodySawIsRepairedWithoutReadingBack() {
    reconciler.desire("k", 1);
    reconciler.apply();
    target.entries.remove("k");
    reconciler.observed("k", null);
    reconciler.apply();
    assertEquals(Map.of("k", 1), target.entries);
    assertEquals(1, target.lists);
  }
}
