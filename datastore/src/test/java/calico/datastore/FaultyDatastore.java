package calico.datastore;

import calico.model.key.Key;
import calico.model.key.Query;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Wraps a datastore so that listings and watches fail at random; a watch may also break after it
 * has reported a few changes. Writes and gets are left alone.
 */
public final class FaultyDatastore extends ForwardingDatastore {
  private final RandomGenerator random;
  private volatile boolean faulty = true;

  public FaultyDatastore(Datastore inner, RandomGenerator random) {
    super(inner);
    this.random = random;
  }

  /** No new faults from now on; a watch that is to break soon still does. */
  public void heal() {
    faulty = false;
  }

  private void fail(String call) {
    if (faulty && next(3) == 0) {
      throw new DatastoreException.Unavailable("fault injected into " + call, null);
    }
  }

  private int next(int bound) {
    synchronized (random) {
      return random.nextInt(bound);
    }
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
    fail("list");
    return super.scan(query, page);
  }

  @Override
  public <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    fail("watch");
    return super.watch(query, from, faulty ? new Breaking<>(listener, 1 + next(10)) : listener);
  }

  private static final class Breaking<V> implements WatchListener<V> {
    private final WatchListener<V> listener;
    private int left;

    Breaking(WatchListener<V> listener, int left) {
      this.listener = listener;
      this.left = left;
    }

    @Override
    public void onPut(Entry<V> entry) {
      if (spend()) {
        listener.onPut(entry);
      }
    }

    @Override
    public void onDelete(Key<V> key) {
      if (spend()) {
        listener.onDelete(key);
      }
    }

    @Override
    public void onUndecodable(Undecodable<V> value) {
      if (spend()) {
        listener.onUndecodable(value);
      }
    }

    @Override
    public void onEnded(DatastoreException reason) {
      if (left > 0) {
        left = 0;
        listener.onEnded(reason);
      }
    }

    private boolean spend() {
      if (left > 0 && --left == 0) {
        listener.onEnded(new DatastoreException.Unavailable("fault injected into a watch", null));
      }
      return left > 0;
    }
  }
}
