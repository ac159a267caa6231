package calico.datastore;

import calico.model.key.Key;
import calico.model.key.Query;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where the cluster's data is. Thread-safe. Calls block; each throws {@link DatastoreException}
 * with the key, what happened and what to do.
 *
 * <p>A {@link Revision} is opaque and belongs to the key (or query) that it came with.
 */
public interface Datastore extends AutoCloseable {

  /** The value under {@code key}, or empty. */
  <V> Optional<Entry<V>> get(Key<V> key);

  /** All entries of the query, and the revision to watch from. Undecodable entries are skipped. */
  <V> Listing<V> list(Query<V> query);

  /**
   * As {@link #list(Query)}, but gives each entry as it is read instead of holding all of them. If
   * it throws, some have been given.
   *
   * @return the revision to watch from
   */
  default <V> Revision list(Query<V> query, Consumer<Entry<V>> out) {
    Listing<V> listing = list(query);
    listing.entries().forEach(out);
    return listing.revision();
  }

  /**
   * Stores a new value. Resources get a uid and a creation timestamp.
   *
   * @throws DatastoreException.AlreadyExists if the key has a value
   */
  <V> Entry<V> create(Key<V> key, V value);

  /**
   * Replaces the value that was read at {@code revision}.
   *
   * @throws DatastoreException.Conflict if it has changed since
   * @throws DatastoreException.DoesNotExist if it has gone
   */
  <V> Entry<V> update(Key<V> key, V value, Revision revision);

  /**
   * Stores a value whatever was there before; for status reports and settings that have one writer.
   *
   * @param ttl after which the value vanishes unless put again, or null to keep it
   */
  <V> Entry<V> put(Key<V> key, V value, @Nullable Duration ttl);

  /**
   * Deletes a value and returns it.
   *
   * @param revision at which it was read, or null to delete whatever is there
   * @throws DatastoreException.Conflict if it has changed since
   * @throws DatastoreException.DoesNotExist if there is none
   */
  <V> Entry<V> delete(Key<V> key, @Nullable Revision revision);

  /**
   * Changes after {@code from}, in order. The listener is called from one thread; it must not
   * block. Ends with {@link WatchListener#onEnded} when the stream breaks or {@code from} is too
   * old: list again.
   */
  <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener);

  @Override
  void close();
}
