package calico.reconcile;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Moves the difference between what is desired and what a target holds into the target.
 *
 * <p>The target is read back before anything is written, at the resync interval, on request, and
 * after a batch that failed as a whole; at the interval only if the target does not know better.
 * Entries that failed alone are tried again after a growing wait and hold up no others. Nothing is
 * deleted before {@link #inputInSync()}: what is there from before a restart may still be wanted.
 *
 * <p>No threads and no clock of its own: the owner calls {@link #apply()} after changes and after
 * {@link #nextWake()}. Not thread-safe.
 */
public final class Reconciler<K, V> {
  private final Target<K, V> target;
  private final Duration resyncInterval;
  private final Backoff backoff;
  private final LongSupplier nanoTime;
  private final RandomGenerator random;

  private final DeltaTracker<K, V> tracker = new DeltaTracker<>();
  private final Map<K, Failure> failures = new HashMap<>();
  private boolean inputInSync;
  private boolean known;
  private boolean everKnown;
  private int repaired;
  private long resyncDueNanos;
  private int failuresInARow;

  private record Failure(int inARow, long retryDueNanos, Exception reason) {}

  /**
   * What {@link #apply()} did.
   *
   * @param changed keys that were written or deleted, or that a read-back found changed
   * @param failed keys that could not be written or deleted now
   * @param broken why nothing could be read or written at all, or null
   * @param repaired how many entries were found other than they had been left, since the last time
   */
  public record Outcome<K>(
      Set<K> changed, Map<K, Exception> failed, @Nullable Exception broken, int repaired) {}

  /**
   * A reconciler that knows nothing of the target yet.
   *
   * @param resyncInterval how often to read everything back, spread by 10%; zero for never
   * @param nanoTime a monotonic clock such as {@code System::nanoTime}
   */
  public Reconciler(
      Target<K, V> target,
      Duration resyncInterval,
      Backoff backoff,
      LongSupplier nanoTime,
      RandomGenerator random) {
    this.target = target;
    this.resyncInterval = resyncInterval;
    this.backoff = backoff;
    this.nanoTime = nanoTime;
    this.random = random;
    this.resyncDueNanos = nanoTime.getAsLong();
  }

  /**
   * Wants {@code key} to have {@code value}. A new value is tried at once, whatever failed before.
   */
  public void desire(K key, V value) {
    boolean changed = !value.equals(tracker.desired(key));
    tracker.desire(key, value);
    if (changed) {
      forgetFailure(key);
    }
  }

  /** Wants {@code key} to be absent. */
  public void undesire(K key) {
    boolean changed = tracker.desired(key) != null;
    tracker.undesire(key);
    if (changed) {
      forgetFailure(key);
    }
  }

  /**
   * What failed may be done all the same, as when only the answer was lost, or be half done. So if
   * the target seems to hold what is wanted now, it has to be asked.
   */
  private void forgetFailure(K key) {
    if (failures.remove(key) != null
        && !tracker.pendingUpdates().containsKey(key)
        && !tracker.pendingDeletions().contains(key)) {
      resync();
    }
  }

  /** Everything that was wanted before the last restart has been desired again: prune the rest. */
  public void inputInSync() {
    inputInSync = true;
  }

  /** Distrusts what is known of the target: the next {@link #apply()} reads it back. */
  public void resync() {
    if (known || failuresInARow == 0) {
      known = false;
      resyncDueNanos = nanoTime.getAsLong();
    }
  }

  /**
   * Somebody saw what the target now holds for one key.
   *
   * @param value null if it is gone
   */
  public void observed(K key, @Nullable V value) {
    if (value == null) {
      tracker.absent(key);
    } else {
      tracker.applied(key, value);
    }
  }

  /** As {@link #observed}; it is not the owner's doing, so putting it right is a repair. */
  public void observedForeign(K key, @Nullable V value) {
    boolean before = isApplied(key);
    observed(key, value);
    if (before && !isApplied(key)) {
      repaired++;
    }
  }

  /** Reads back if that is due, then writes all that is pending and not waiting after a failure. */
  public Outcome<K> apply() {
    long now = nanoTime.getAsLong();
    Set<K> changed = new LinkedHashSet<>();
    if (!known || (!resyncInterval.isZero() && now - resyncDueNanos >= 0)) {
      if (now - resyncDueNanos < 0) {
        return outcome(Set.of(), Map.of(), null);
      }
      try {
        if (known && target.isUntouched()) {
          scheduleResync();
        } else {
          readBack(changed);
        }
      } catch (Exception e) {
        return broken(changed, e);
      }
    }
    Map<K, V> updates = dueUpdates(now);
    Set<K> deletions = dueDeletions(now);
    if (updates.isEmpty() && deletions.isEmpty()) {
      return outcome(changed, Map.of(), null);
    }
    Map<K, Exception> failed;
    try {
      failed = target.apply(updates, deletions);
    } catch (Exception e) {
      return broken(changed, e);
    }
    failuresInARow = 0;
    updates.forEach(
        (key, value) -> {
          if (succeeded(key, failed, changed)) {
            tracker.applied(key, value);
          }
        });
    deletions.forEach(
        key -> {
          if (succeeded(key, failed, changed)) {
            tracker.absent(key);
          }
        });
    return outcome(changed, failed, null);
  }

  private Outcome<K> outcome(Set<K> changed, Map<K, Exception> failed, @Nullable Exception broken) {
    int told = repaired;
    repaired = 0;
    return new Outcome<>(changed, failed, broken, told);
  }

  private void readBack(Set<K> changed) throws Exception {
    Map<K, V> actual = target.list();
    Set<K> before = new HashSet<>(tracker.pendingUpdates().keySet());
    Set<K> foreign = new HashSet<>(tracker.pendingDeletions());
    tracker.replaceApplied(actual);
    if (known) {
      tracker.pendingUpdates().keySet().stream()
          .filter(k -> !before.contains(k))
          .forEach(changed::add);
    }
    if (everKnown) {
      repaired += others(tracker.pendingUpdates().keySet(), before);
      repaired += others(tracker.pendingDeletions(), foreign);
    }
    known = true;
    everKnown = true;
    scheduleResync();
  }

  private static <K> int others(Set<K> all, Set<K> but) {
    return (int) all.stream().filter(key -> !but.contains(key)).count();
  }

  private void scheduleResync() {
    if (!resyncInterval.isZero()) {
      double spread = 0.9 + 0.2 * random.nextDouble();
      resyncDueNanos = nanoTime.getAsLong() + (long) (resyncInterval.toNanos() * spread);
    }
  }

  private Outcome<K> broken(Set<K> changed, Exception e) {
    failuresInARow++;
    known = false;
    resyncDueNanos = nanoTime.getAsLong() + backoff.wait(failuresInARow, random).toNanos();
    return outcome(changed, Map.of(), e);
  }

  private boolean succeeded(K key, Map<K, Exception> failed, Set<K> changed) {
    Exception reason = failed.get(key);
    Failure before = failures.remove(key);
    if (reason == null) {
      changed.add(key);
      return true;
    }
    int inARow = before == null ? 1 : before.inARow + 1;
    long due = nanoTime.getAsLong() + backoff.wait(inARow, random).toNanos();
    failures.put(key, new Failure(inARow, due, reason));
    return false;
  }

  private Map<K, V> dueUpdates(long now) {
    Map<K, V> due = new LinkedHashMap<>(tracker.pendingUpdates());
    failures.forEach(
        (key, failure) -> {
          if (failure.retryDueNanos - now > 0) {
            due.remove(key);
          }
        });
    return due;
  }

  private Set<K> dueDeletions(long now) {
    if (!inputInSync) {
      return Set.of();
    }
    Set<K> due = new LinkedHashSet<>(tracker.pendingDeletions());
    failures.forEach(
        (key, failure) -> {
          if (failure.retryDueNanos - now > 0) {
            due.remove(key);
          }
        });
    return due;
  }

  /**
   * How long until {@link #apply()} has something to do, zero for now; empty if it only has to be
   * called after the next change.
   */
  public Optional<Duration> nextWake() {
    long now = nanoTime.getAsLong();
    long wait = Long.MAX_VALUE;
    if (!known || !resyncInterval.isZero()) {
      wait = resyncDueNanos - now;
    }
    if (known) {
      failures.keySet().removeIf(key -> !isPending(key));
      for (Failure failure : failures.values()) {
        wait = Math.min(wait, failure.retryDueNanos - now);
      }
      int pending =
          tracker.pendingUpdates().size() + (inputInSync ? tracker.pendingDeletions().size() : 0);
      if (pending > failures.size()) {
        wait = 0;
      }
    }
    return wait == Long.MAX_VALUE
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.max(wait, 0)));
  }

  private boolean isPending(K key) {
    return tracker.pendingUpdates().containsKey(key)
        || (inputInSync && tracker.pendingDeletions().contains(key));
  }

  /** Whether the target is known to hold the desired value of {@code key}, or its absence. */
  public boolean isApplied(K key) {
    return known
        && !tracker.pendingUpdates().containsKey(key)
        && !tracker.pendingDeletions().contains(key);
  }

  /** Why the last try to write {@code key} failed, or null if it did not or was not yet tried. */
  public @Nullable Exception failure(K key) {
    Failure failure = failures.get(key);
    return failure == null ? null : failure.reason;
  }

  public @Nullable V desired(K key) {
    return tracker.desired(key);
  }

  /** What is wanted, whether it is there or not. */
  public Map<K, V> desired() {
    return tracker.desired();
  }

  /** Whether the target is known to hold exactly what is desired. */
  public boolean isInSync() {
    return known && tracker.isInSync();
  }

  /** Keys that wait after a failure. */
  public Set<K> failing() {
    return Collections.unmodifiableSet(failures.keySet());
  }
}
