package calico.reconcile;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is desired, what is applied, and the difference between the two, kept incrementally. Each
 * call costs O(1); the difference is never searched for.
 *
 * <p>A key is a pending update if it is desired and is not applied with an equal value; a pending
 * deletion if it is applied and not desired. What is applied is kept only where it differs from
 * what is desired: in a large table that is in sync, each entry is held once. Not thread-safe.
 */
public final class DeltaTracker<K, V> {
  private final Map<K, V> desired = new HashMap<>();
  private final Map<K, V> updates = new LinkedHashMap<>();

  /** What is applied of the keys in {@link #updates}, where anything is. */
  private final Map<K, V> outdated = new HashMap<>();

  /** What is applied of keys that are not desired. */
  private final Map<K, V> deletions = new LinkedHashMap<>();

  /** Wants {@code key} to have {@code value}. */
  public void desire(K key, V value) {
    V have = applied(key);
    desired.put(key, value);
    settle(key, value, have);
  }

  /** Wants {@code key} to be absent. */
  public void undesire(K key) {
    V have = applied(key);
    desired.remove(key);
    settle(key, null, have);
  }

  /** Records that the target now has {@code value}. */
  public void applied(K key, V value) {
    settle(key, desired.get(key), value);
  }

  /** Records that the target does not have {@code key} (any more). */
  public void absent(K key) {
    settle(key, desired.get(key), null);
  }

  /** Replaces everything known of the target, after reading it back. O(size). */
  public void replaceApplied(Map<K, V> actual) {
    updates.clear();
    outdated.clear();
    deletions.clear();
    desired.forEach((key, want) -> settle(key, want, actual.get(key)));
    actual.forEach(
        (key, have) -> {
          if (!desired.containsKey(key)) {
            deletions.put(key, have);
          }
        });
  }

  private void settle(K key, @Nullable V want, @Nullable V have) {
    if (want == null) {
      updates.remove(key);
      outdated.remove(key);
      put(deletions, key, have);
    } else {
      deletions.remove(key);
      boolean same = want.equals(have);
      put(updates, key, same ? null : want);
      put(outdated, key, same ? null : have);
    }
  }

  private static <K, V> void put(Map<K, V> map, K key, @Nullable V value) {
    if (value == null) {
      map.remove(key);
    } else {
      map.put(key, value);
    }
  }

  private @Nullable V applied(K key) {
    V gone = deletions.get(key);
    if (gone != null) {
      return gone;
    }
    return updates.containsKey(key) ? outdated.get(key) : desired.get(key);
  }

  public @Nullable V desired(K key) {
    return desired.get(key);
  }

  public Map<K, V> desired() {
    return Collections.unmodifiableMap(desired);
  }

  /** Desired values to apply, in the order in which they became pending. */
  public Map<K, V> pendingUpdates() {
    return Collections.unmodifiableMap(updates);
  }

  /** Keys to remove, in the order in which they became pending. */
  public Set<K> pendingDeletions() {
    return Collections.unmodifiableSet(deletions.keySet());
  }

  public boolean isInSync() {
    return updates.isEmpty() && deletions.isEmpty();
  }
}
