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
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Another datastore as one process sees it. At each call others may go on first. A write may be
 * lost on its way, or be carried out and its answer lost; and a process may be killed at either
 * moment, after which it gets nothing done any more.
 */
final class UnreliableDatastore implements Datastore {
  private final Datastore real;
  private final Runnable step;
  private final Random dice;
  private final int faults;
  private boolean killed;

  /**
   * @param step run before each call
   * @param faults out of 100 writes
   */
  UnreliableDatastore(Datastore real, Runnable step, Random dice, int faults) {
    this.real = real;
    this.step = step;
    this.dice = dice;
    this.faults = faults;
  }

  /** What a killed process gets. */
  static final class Killed extends DatastoreException {
    private static final long serialVersionUID = 1;

    Killed() {
      super("killed by the test", null);
    }
  }

  private void calling() {
    step.run();
    if (killed) {
      throw new Killed();
    }
  }

  private <T> T writing(Supplier<T> write) {
    calling();
    boolean fails = dice.nextInt(100) < faults;
    killed = fails && dice.nextBoolean();
    DatastoreException failure =
        killed ? new Killed() : new DatastoreException.Unavailable("lost by the test", null);
    if (fails && dice.nextBoolean()) {
      throw failure;
    }
    T result = write.get();
    if (fails) {
      throw failure;
    }
    return result;
  }

  @Override
  public <V> Optional<Entry<V>> get(Key<V> key) {
    calling();
    return real.get(key);
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
    calling();
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
    calling();
    return real.watch(query, from, listener);
  }

  @Override
  public void close() {}
}
