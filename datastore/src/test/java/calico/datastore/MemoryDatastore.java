package calico.datastore;

import calico.datastore.etcd.EtcdKeys;
import calico.datastore.etcd.EtcdValues;
import calico.model.key.Key;
import calico.model.key.Query;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A datastore in memory with the real ones' semantics: one revision counter, conditional writes,
 * watches that replay history, compaction, values that expire by an injected clock.
 *
 * <p>Watches deliver from a thread of their own, as a real datastore's do. Values expire when the
 * datastore is next used or at {@link #expire}.
 */
public final class MemoryDatastore implements Datastore {
  /** Odd and small, so that tests meet listings of several pages. */
  private static final int PAGE_SIZE = 3;

  private final Stamp stamp;
  private final InstantSource clock;

  /** By {@link EtcdKeys#path}. */
  private final NavigableMap<String, Stored> values = new TreeMap<>();

  /** The paths of those that will expire. */
  private final Set<String> mortal = new TreeSet<>();

  private final Deque<Change> history = new ArrayDeque<>();
  private final List<Follower<?>> followers = new CopyOnWriteArrayList<>();
  private long revision = 1;
  private long compacted;
  private boolean unavailable;

  public MemoryDatastore() {
    this(InstantSource.system());
  }

  public MemoryDatastore(InstantSource clock) {
    this(clock, UUID::randomUUID);
  }

  public MemoryDatastore(InstantSource clock, Supplier<UUID> uids) {
    this.clock = clock;
    this.stamp = new Stamp(clock, uids);
  }

  /** A value, or the exception that tells why it cannot be decoded. */
  private record Stored(Key<?> key, Object value, long revision, @Nullable Instant expiry) {}

  /** A write (or a deletion, if the value is null) in the history that watches replay. */
  private record Change(Key<?> key, @Nullable Object value, long revision) {}

  @Override
  public synchronized <V> Optional<Entry<V>> get(Key<V> key) {
    prepare("get " + key);
    Optional<Entry<V>> builtIn = DefaultAllowProfile.get(key);
    if (builtIn.isPresent()) {
      return builtIn;
    }
    Stored stored = values.get(EtcdKeys.path(key));
    return stored == null ? Optional.empty() : Optional.of(entry(key, stored));
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> pages) {
    return paged(all(query), pages);
  }

  @Override
  public <V> Revision scan(
      Query<V> query, BiPredicate<Key<V>, String> wanted, Predicate<Listing<V>> pages) {
    Listing<V> all = all(query);
    List<Entry<V>> some =
        all.entries().stream()
            .filter(e -> wanted.test(e.key(), EtcdValues.encode(e.value())))
            .toList();
    return paged(new Listing<>(some, all.undecodable(), all.revision()), pages);
  }

  private static <V> Revision paged(Listing<V> all, Predicate<Listing<V>> pages) {
    int from = 0;
    int to;
    do {
      to = Math.min(from + PAGE_SIZE, all.entries().size());
      List<Undecodable<V>> undecodable = from == 0 ? all.undecodable() : List.of();
      if (!pages.test(
          new Listing<>(all.entries().subList(from, to), undecodable, all.revision()))) {
        break;
      }
      from = to;
    } while (to < all.entries().size());
    return all.revision();
  }

  private synchronized <V> Listing<V> all(Query<V> query) {
    prepare("list " + query);
    String prefix = EtcdKeys.prefix(query);
    List<Entry<V>> entries = new ArrayList<>();
    List<Undecodable<V>> undecodable = new ArrayList<>();
    for (Stored stored : values.subMap(prefix, prefix + Character.MAX_VALUE).values()) {
      if (!QueryFilter.matches(query, stored.key)) {
        continue;
      }
      if (stored.value instanceof RuntimeException e) {
        undecodable.add(undecodable(cast(stored.key), e, stored.revision));
      } else {
        entries.add(entry(cast(stored.key), stored));
      }
    }
    return new Listing<>(
        DefaultAllowProfile.addTo(query, List.copyOf(entries)),
        undecodable,
        new Revision(Long.toString(revision)));
  }

  @Override
  public synchronized <V> Entry<V> create(Key<V> key, V value) {
    prepare("create " + key);
    DefaultAllowProfile.refuseCreate(key);
    V created = stamp.created(value);
    if (values.containsKey(EtcdKeys.path(key))) {
      throw new DatastoreException.AlreadyExists(key);
    }
    return write(key, created, null);
  }

  @Override
  public synchronized <V> Entry<V> update(Key<V> key, V value, Revision expected) {
    prepare("update " + key);
    DefaultAllowProfile.refuseChange("Update", key);
    V updated = Stamp.updated(value);
    check(key, expected);
    return write(key, updated, null);
  }

  @Override
  public synchronized <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl) {
    prepare("put " + key);
    DefaultAllowProfile.refuseChange("Update", key);
    return write(key, stamp.completed(value), ttl == null ? null : clock.instant().plus(ttl));
  }

  @Override
  public synchronized <V> void delete(Key<V> key, @Nullable Revision expected) {
    prepare("delete " + key);
    DefaultAllowProfile.refuseChange("Delete", key);
    Stored stored = check(key, expected);
    remove(EtcdKeys.path(key), stored);
  }

  @Override
  public synchronized <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    prepare("watch " + query);
    long after = Long.parseLong(from.value());
    Follower<V> follower = new Follower<>(query, listener);
    if (after < compacted) {
      follower.end(new DatastoreException.Compacted("revision " + from + " has been compacted"));
    } else {
      history.stream().filter(change -> change.revision > after).forEach(follower::offer);
      followers.add(follower);
    }
    follower.thread.start();
    return follower;
  }

  /** Ends all watches. */
  @Override
  public void close() {
    breakWatches();
  }

  /** Lets values go whose time has come. */
  public synchronized void expire() {
    if (mortal.isEmpty()) {
      return;
    }
    Instant now = clock.instant();
    for (String path : List.copyOf(mortal)) {
      Stored stored = values.get(path);
      if (stored != null && stored.expiry != null && !stored.expiry.isAfter(now)) {
        remove(path, stored);
      }
    }
  }

  private void remove(String path, Stored stored) {
    values.remove(path);
    mortal.remove(path);
    record(new Change(stored.key, null, ++revision));
  }

  /** Forgets history: watches from earlier revisions end with Compacted. */
  public synchronized void compact() {
    compacted = revision;
    history.clear();
  }

  /** Breaks all watches that are running, as a lost connection does. */
  public synchronized void breakWatches() {
    List<Follower<?>> ending = List.copyOf(followers);
    followers.clear();
    ending.forEach(
        f ->
            f.end(
                new DatastoreException.Unavailable("the connection was broken by the test", null)));
  }

  /** Makes every call fail with Unavailable and breaks watches, or lets calls succeed again. */
  public synchronized void setUnavailable(boolean unavailable) {
    this.unavailable = unavailable;
    if (unavailable) {
      breakWatches();
    }
  }

  private void prepare(String call) {
    if (unavailable) {
      throw new DatastoreException.Unavailable("the test made the datastore fail: " + call, null);
    }
    expire();
  }

  private Stored check(Key<?> key, @Nullable Revision expected) {
    Stored stored = values.get(EtcdKeys.path(key));
    if (stored == null) {
      throw new DatastoreException.DoesNotExist(key);
    }
    if (expected != null && !expected.value().equals(Long.toString(stored.revision))) {
      throw new DatastoreException.Conflict(key);
    }
    return stored;
  }

  private <V> Entry<V> write(Key<V> key, V value, @Nullable Instant expiry) {
    Stored stored = store(key, Objects.requireNonNull(value), expiry);
    return entry(key, stored);
  }

  private Stored store(Key<?> key, Object value, @Nullable Instant expiry) {
    Stored stored = new Stored(key, value, ++revision, expiry);
    String path = EtcdKeys.path(key);
    values.put(path, stored);
    if (expiry == null) {
      mortal.remove(path);
    } else {
      mortal.add(path);
    }
    record(new Change(key, value, revision));
    return stored;
  }

  private void record(Change change) {
    history.add(change);
    followers.forEach(f -> f.offer(change));
  }

  /** Stores JSON that cannot be decoded, as a client may that goes by another schema. */
  public synchronized <V> void putUndecodable(Key<V> key, String json) {
    try {
      EtcdValues.decode(key, json, new Revision("1"));
    } catch (RuntimeException e) {
      prepare("put " + key);
      store(key, e, null);
      return;
    }
    throw new IllegalArgumentException("can be decoded: " + json);
  }

  private static <V> Undecodable<V> undecodable(Key<V> key, RuntimeException e, long at) {
    return Undecodable.of(key, e, new Revision(Long.toString(at)));
  }

  private static <V> Entry<V> entry(Key<V> key, Stored stored) {
    return entry(key, stored.value, stored.revision);
  }

  /** What is stored under a {@code Key<V>} is a V: only {@link #write} puts it there. */
  @SuppressWarnings("unchecked")
  private static <V> Entry<V> entry(Key<V> key, Object value, long at) {
    Revision revision = new Revision(Long.toString(at));
    if (value instanceof RuntimeException e) {
      throw new DatastoreException("the value of " + key + " cannot be read", e);
    }
    return new Entry<>(key, Stamp.read((V) value, revision), revision);
  }

  /** A key that matches a {@code Query<V>} is a {@code Key<V>}. */
  @SuppressWarnings("unchecked")
  private static <V> Key<V> cast(Key<?> key) {
    return (Key<V>) key;
  }

  private final class Follower<V> implements Watch {
    private final Query<V> query;
    private final WatchListener<V> listener;
    private final LinkedBlockingQueue<Runnable> pending = new LinkedBlockingQueue<>();
    private final Thread thread = Thread.ofVirtual().name("memory watch").unstarted(this::run);
    private volatile boolean closed;

    Follower(Query<V> query, WatchListener<V> listener) {
      this.query = query;
      this.listener = listener;
    }

    void offer(Change change) {
      if (QueryFilter.matches(query, change.key)) {
        Key<V> key = cast(change.key);
        Object value = change.value;
        pending.add(
            switch (value) {
              case null -> () -> listener.onDelete(key);
              case RuntimeException e ->
                  () -> listener.onUndecodable(undecodable(key, e, change.revision));
              default -> () -> listener.onPut(entry(key, value, change.revision));
            });
      }
    }

    void end(DatastoreException reason) {
      pending.add(
          () -> {
            closed = true;
            listener.onEnded(reason);
          });
    }

    private void run() {
      try {
        while (!closed) {
          Runnable next = pending.take();
          if (!closed) {
            next.run();
          }
        }
      } catch (InterruptedException _) {
        closed = true;
      }
    }

    @Override
    public void close() {
      closed = true;
      followers.remove(this);
      thread.interrupt();
    }
  }
}
