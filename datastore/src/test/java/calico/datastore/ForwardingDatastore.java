package calico.datastore;

import calico.model.key.Key;
import calico.model.key.Query;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Another datastore, for tests that come between in some of its calls. */
public class ForwardingDatastore implements Datastore {
  private final Datastore inner;

  public ForwardingDatastore(Datastore inner) {
    this.inner = inner;
  }

  /** What a call goes to. */
  protected Datastore reach() {
    return inner;
  }

  /** Makes a call that writes. */
  protected <T> T write(Function<Datastore, T> call) {
    return call.apply(reach());
  }

  @Override
  public <V> Optional<Entry<V>> get(Key<V> key) {
    return reach().get(key);
  }

  @Override
  public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
    return reach().scan(query, page);
  }

  @Override
  public <V> Entry<V> create(Key<V> key, V value) {
    return write(to -> to.create(key, value));
  }

  @Override
  public <V> Entry<V> update(Key<V> key, V value, Revision revision) {
    return write(to -> to.update(key, value, revision));
  }

  @Override
  public <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl) {
    return write(to -> to.put(key, value, ttl));
  }

  @Override
  public <V> void delete(Key<V> key, @Nullable Revision revision) {
    boolean _ =
        write(
            to -> {
              to.delete(key, revision);
              return true;
            });
  }

  @Override
  public <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener) {
    return reach().watch(query, from, listener);
  }

  @Override
  public void close() {
    inner.close();
  }
}
