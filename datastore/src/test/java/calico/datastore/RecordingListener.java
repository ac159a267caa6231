package calico.datastore;

import calico.model.key.Key;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Keeps what a watch reports, for tests to wait for. */
public final class RecordingListener<V> implements WatchListener<V> {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  private final List<String> events = new ArrayList<>();
  private final List<Entry<V>> entries = new ArrayList<>();
  private final List<DatastoreException> ends = new ArrayList<>();

  @Override
  public synchronized void onPut(Entry<V> entry) {
    entries.add(entry);
    add("put " + entry.key());
  }

  @Override
  public synchronized void onDelete(Key<V> key) {
    add("delete " + key);
  }

  @Override
  public synchronized void onUndecodable(Undecodable<V> value) {
    add("undecodable " + value.key() + ": " + value.problem());
  }

  @Override
  public synchronized void onEnded(DatastoreException reason) {
    ends.add(reason);
    add("ended " + reason.getClass().getSimpleName());
  }

  private void add(String event) {
    events.add(event);
    notifyAll();
  }

  /** Such as {@code put Profile(a)}, {@code delete Profile(a)}, {@code ended Compacted}. */
  public synchronized List<String> events() {
    return List.copyOf(events);
  }

  public synchronized List<Entry<V>> entries() {
    return List.copyOf(entries);
  }

  public synchronized List<DatastoreException> ends() {
    return List.copyOf(ends);
  }

  /** Waits until there are at least {@code count} events, and returns them. */
  public List<String> awaitEvents(int count) throws InterruptedException {
    return awaitEvents(seen -> seen.size() >= count, count + " events");
  }

  public synchronized List<String> awaitEvents(Predicate<List<String>> condition, String what)
      throws InterruptedException {
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    while (!condition.test(List.copyOf(events))) {
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        throw new AssertionError("waited " + DEADLINE + " for " + what + ", saw " + events);
      }
      wait(left);
    }
    return List.copyOf(events);
  }
}
