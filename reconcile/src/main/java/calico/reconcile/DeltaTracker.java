package calico.reconcile;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is desired, what is applied, and the difference between the two, kept incrementally. Each
 * call costs O(1); the difference is never searched for.
 *
 * <p>A key is a pending update if it is desired and is not applied with an equal value; a pending
 * deletion if it is applied and not desired. Not thread-safe.
 */
public final class DeltaTracker<K, V> {
  private final Map<K, V> desired = new HashMap<>();
  private final Map<K, V> applied = new HashMap<>();
  private final Map<K, V> updates = new LinkedHashMap<>();
  private final Set<K> deletions = new LinkedHashSet<>();

  /** Wants {@code key} to have {@code value}. */
  public void desire(K key, V value) {
    desired.put(key, value);
    compare(key);
  }

  /** Wants {@code key} to be absent. */
  public void undesire(K key) {
    desired.remove(key);
    compare(key);
  }

  /** Records that the target now has {@code value}. */
  public void applied(K key, V value) {
    applied.put(key, value);
    compare(key);
  }

  /** Records that the target does not have {@code key} (any more). */
  public void absent(K key) {
    applied.remove(key);
    compare(key);
  }

  /** Replaces everything known of the target, after reading it back. O(size). */
  public void replaceApplied(Map<K, V> actual) {
    applied.clear();
    applied.putAll(actual);
    updates.clear();
    deletions.clear();
    desired.keySet().forEach(this::compare);
    applied.keySet().forEach(this::compare);
  }

  private void compare(K key) {
    V want = desired.get(key);
    V have = applied.get(key);
    if (want != null && !want.equals(have)) {
      updates.put(key, want);
    } else {
      updates.remove(key);
    }
    if (want == null && have != null) {
      deletions.add(key);
    } else {
      deletions.remove(key);
    }
  }

  public @Nullable V desired(K key) {
    return desired.get(key);
  }

  public @Nullable V applied(K key) {
    return applied.get(key);
  }

  public Map<K, V> desired() {
    return Collections.unmodifiableMap(desired);
  }

  public Map<K, V> applied() {
    return Collections.unmodifiableMap(applied);
  }

  /** Desired values to apply, in the order in which they became pending. */
  public Map<K, V> pendingUpdates() {
    return Collections.unmodifiableMap(updates);
  }

  /** Keys to remove, in the order in which they became pending. */
  public Set<K> pendingDeletions() {
    return Collections.unmodifiableSet(deletions);
  }

  public boolean isInSync() {
    return updates.isEmpty() && deletions.isEmpty();
  }
}
