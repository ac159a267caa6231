package calico.datastore;

import calico.model.key.Key;
import calico.model.key.Query;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Another datastore, for tests that come between in some of its calls. */
public class ForwardingDatastore implements Datastore {
  private final Datastore inner;

  public ForwardingDatastore(Datastore inner) {
    this.inner = inner;
  }

  @Override
  public <V> Optional<Entry<V>> get(Key<V> key) {
    return inner.get(key);
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
    return inner.scan(query, page);
  }

  @Override
  public <V> Entry<V> create(Key<V> key, V value) {
    return inner.create(key, value);
  }

  @Override
  public <V> Entry<V> update(Key<V> key, V value, Revision revision) {
    return inner.update(key, value, revision);
  }

  @Override
  public <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl) {
    return inner.put(key, value, ttl);
  }

  @Override
  public <V> Entry<V> delete(Key<V> key, @Nullable Revision revision) {
    return inner.delete(key, revision);
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
