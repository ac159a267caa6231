package calico.benchmarks.allocation;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.Listing;
import calico.datastore.Revision;
import calico.datastore.Watch;
import calico.datastore.WatchListener;
import calico.model.key.Key;
import calico.model.key.Query;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Counts the calls of a datastore, and those of them that lost a race. */
final class CountedDatastore implements Datastore {
  private final Datastore real;
  private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

  CountedDatastore(Datastore real) {
    this.real = real;
  }

  private void count(String what) {
    counts.computeIfAbsent(what, _ -> new LongAdder()).increment();
  }

  /** What kind of thing a key or query names: Block, Handle, Affinities ... */
  private static String kind(Object keyOrQuery) {
    return keyOrQuery.getClass().getSimpleName();
  }

  private <T> T counted(String call, Object of, Supplier<T> action) {
    count(call + " " + kind(of));
    try {
      return action.get();
    } catch (DatastoreException.Conflict
        | DatastoreException.AlreadyExists
        | DatastoreException.DoesNotExist e) {
      count("lost: " + call + " " + kind(of));
      throw e;
    }
  }

  /** Number of calls that were made, races lost or not. */
  long calls() {
    return sum(false);
  }

  /** Number of writes that lost a race. */
  long lost() {
    return sum(true);
  }

  private long sum(boolean lost) {
    return counts.entrySet().stream()
        .filter(e -> e.getKey().startsWith("lost: ") == lost)
        .mapToLong(e -> e.getValue().sum())
        .sum();
  }

  /** Counts by call. */
  Map<String, Long> byCall() {
    Map<String, Long> out = new TreeMap<>();
    counts.forEach((what, n) -> out.put(what, n.sum()));
    return out;
  }

  void reset() {
    counts.clear();
  }

  @Override
  public <V> Optional<Entry<V>> get(Key<V> key) {
    return counted("get", key, () -> real.get(key));
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
    return counted("list", query, () -> real.scan(query, page));
  }

  @Override
  public <V> List<Key<V>> keys(Query<V> query) {
    return counted("keys", query, () -> real.keys(query));
  }

  @Override
  public <V> Entry<V> create(Key<V> key, V value) {
    return counted("create", key, () -> real.create(key, value));
  }

  @Override
  public <V> Entry<V> update(Key<V> key, V value, Revision revision) {
    return counted("update", key, () -> real.update(key, value, revision));
  }

  @Override
  public <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl) {
    return counted("put", key, () -> real.put(key, value, ttl));
  }

  @Override
  public <V> void delete(Key<V> key, @Nullable Revision revision) {
    boolean _ =
        counted(
            "delete",
            key,
            () -> {
              real.delete(key, revision);
              return true;
            });
  }

  @Override
  public <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    return counted("watch", query, () -> real.watch(query, from, listener));
  }

  @Override
  public void close() {
    real.close();
  }
}
