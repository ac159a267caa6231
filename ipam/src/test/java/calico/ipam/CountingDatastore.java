package calico.ipam;

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
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Another datastore as one client sees it: counted, and cut off for good when that client is to
 * die, before or after the write at which it does.
 */
final class CountingDatastore implements Datastore {
  private final Datastore real;
  private final int lastWrite;
  private final boolean lastIsStored;
  private final AtomicInteger calls = new AtomicInteger();
  private final AtomicInteger writes = new AtomicInteger();
  private final AtomicInteger lost = new AtomicInteger();

  CountingDatastore(Datastore real) {
    this(real, Integer.MAX_VALUE, true);
  }

  /**
   * Dies.
   *
   * @param lastWrite number of the write at which the client dies, from 1
   * @param lastIsStored whether that write still happens
   */
  CountingDatastore(Datastore real, int lastWrite, boolean lastIsStored) {
    this.real = real;
    this.lastWrite = lastWrite;
    this.lastIsStored = lastIsStored;
  }

  /** What a killed client gets from then on. */
  static final class Killed extends DatastoreException {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed by the test", null);
    }
  }

  int calls() {
    return calls.get();
  }

  int writes() {
    return writes.get();
  }

  /** Number of writes that lost a race. */
  int lost() {
    return lost.get();
  }

  private void reading() {
    calls.incrementAndGet();
    if (writes.get() >= lastWrite) {
      throw new Killed();
    }
  }

  private <T> T writing(Supplier<T> write) {
    reading();
    boolean last = writes.incrementAndGet() == lastWrite;
    if (last && !lastIsStored) {
      throw new Killed();
    }
    T result;
    try {
      result = write.get();
    } catch (DatastoreException.Conflict
        | DatastoreException.AlreadyExists
        | DatastoreException.DoesNotExist e) {
      lost.incrementAndGet();
      throw e;
    }
    if (last) {
      throw new Killed();
    }
    return result;
  }

  @Override
  public <V> Optional<Entry<V>> get(Key<V> key) {
    reading();
    return real.get(key);
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
    reading();
    return real.scan(query, page);
  }

  @Override
  public <V> Entry<V> create(Key<V> key, V value) {
    return writing(() -> real.create(key, value));
  }

  @Override
  public <V> Entry<V> update(Key<V> key, V value, Revision revision) {
    return writing(() -> real.update(key, value, revision));
  }

  @Override
  public <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl) {
    return writing(() -> real.put(key, value, ttl));
  }

  @Override
  public <V> Entry<V> delete(Key<V> key, @Nullable Revision revision) {
    return writing(() -> real.delete(key, revision));
  }

  @Override
  public <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    reading();
    return real.watch(query, from, listener);
  }

  @Override
  public void close() {}
}
