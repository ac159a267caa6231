package calico.cni;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.ForwardingDatastore;
import calico.datastore.Revision;
import calico.datastore.Watch;
import calico.datastore.WatchListener;
import calico.model.key.Key;
import calico.model.key.Query;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** What one process sees of a datastore: after some calls nothing, as if it had been killed. */
final class MortalDatastore extends ForwardingDatastore {
  private final Datastore inner;
  private final AtomicInteger callsLeft = new AtomicInteger(Integer.MAX_VALUE);

  /** Is told of each update before it happens. */
  volatile Consumer<Key<?>> beforeUpdate = _ -> {};

  MortalDatastore(Datastore inner) {
    super(inner);
    this.inner = inner;
  }

  void dieAfter(int calls) {
    callsLeft.set(calls);
  }

  void revive() {
    callsLeft.set(Integer.MAX_VALUE);
  }

  @Override
  protected Datastore reach() {
    if (callsLeft.getAndUpdate(n -> n > 0 ? n - 1 : 0) == 0) {
      throw new DatastoreException.Unavailable("the process has been killed", null);
    }
    return inner;
  }

  @Override
  public <V> Entry<V> update(Key<V> key, V value, Revision revision) {
    beforeUpdate.accept(key);
    return super.update(key, value, revision);
  }

  /** Not a step of a call. */
  @Override
  public <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    return inner.watch(query, from, listener);
  }
}
