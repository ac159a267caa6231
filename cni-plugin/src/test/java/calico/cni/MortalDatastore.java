package calico.cni;

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
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What one process sees of a datastore: after some calls nothing, as if it had been killed. */
final class MortalDatastore implements Datastore {
  private final Datastore inner;
  private final AtomicInteger callsLeft = new AtomicInteger(Integer.MAX_VALUE);

  /** Is told of each update before it happens. */
  volatile Consumer<Key<?>> beforeUpdate = _ -> {};

  MortalDatastore(Datastore inner) {
    this.inner = inner;
  }

  void dieAfter(int calls) {
    callsLeft.set(calls);
  }

  void revive() {
    callsLeft.set(Integer.MAX_VALUE);
  }

  private Datastore alive() {
    if (callsLeft.getAndUpdate(n -> n > 0 ? n - 1 : 0) == 0) {
      throw new DatastoreException.Unavailable("the process has been killed", null);
    }
    return inner;
  }

  @Override
  public <V> Optional<Entry<V>> get(Key<V> key) {
    return alive().get(key);
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
    return alive().scan(query, page);
  }

  @Override
  public <V> Entry<V> create(Key<V> key, V value) {
    return alive().create(key, value);
  }

  @Override
  public <V> Entry<V> update(Key<V> key, V value, Revision revision) {
    beforeUpdate.accept(key);
    return alive().update(key, value, revision);
  }

  @Override
  public <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl) {
    return alive().put(key, value, ttl);
  }

  @Override
  public <V> Entry<V> delete(Key<V> key, @Nullable Revision revision) {
    return alive().delete(key, revision);
  }

  @Override
  public <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    return inner.watch(query, from, listener);
  }

  @Override
  public void close() {
    inner.close();
  }
}
