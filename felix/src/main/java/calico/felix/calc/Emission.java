package calico.felix.calc;

import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.reconcile.DeltaTracker;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What is to be emitted of one kind of thing, against what has been. */
final class Emission<K extends StateKey<V>, V> {
  private final DeltaTracker<K, V> tracker = new DeltaTracker<>();

  void put(K key, V value) {
    tracker.desire(key, value);
  }

  void remove(K key) {
    tracker.undesire(key);
  }

  /** Nothing counts as emitted. */
  void again() {
    tracker.replaceApplied(Map.of());
  }

  int size() {
    return tracker.desired().size();
  }

  void flushPuts(Consumer<StateChange> out) {
    for (Map.Entry<K, V> e : List.copyOf(tracker.pendingUpdates().entrySet())) {
      out.accept(new StateChange.Put<>(e.getKey(), e.getValue()));
      tracker.applied(e.getKey(), e.getValue());
    }
  }

  void flushRemovals(Consumer<StateChange> out) {
    for (K key : List.copyOf(tracker.pendingDeletions())) {
      out.accept(new StateChange.Removed(key));
      tracker.absent(key);
    }
  }
}
