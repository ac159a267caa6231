package calico.datastore;

import calico.model.key.Key;
import calico.model.key.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
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

  /** All entries of the query, what of it is undecodable, and the revision to watch from. */
  default <V> Listing<V> list(Query<V> query) {
    List<Entry<V>> entries = new ArrayList<>();
    List<Undecodable<V>> undecodable = new ArrayList<>();
    Revision revision =
        scan(
            query,
            page -> {
              entries.addAll(page.entries());
              undecodable.addAll(page.undecodable());
              return true;
            });
    return new Listing<>(List.copyOf(entries), List.copyOf(undecodable), revision);
  }

  /**
   * As {@link #list}, in pages, so that a listing of any length takes little memory: at least one,
   * in the order of the keys' paths, all as of one revision.
   *
   * @param page takes one part of the listing, with the revision of the whole; false to end
   * @return that revision
   */
  <V> Revision scan(Query<V> query, Predicate<Listing<V>> page);

  /**
   * As {@link #scan(Query, Predicate)}, for those who want few of very many: what {@code wanted}
   * refuses need not be decoded, and may be left out.
   *
   * @param wanted decides by a key and the JSON that is stored under it
   */
  default <V> Revision scan(
      Query<V> query, BiPredicate<Key<V>, String> wanted, Predicate<Listing<V>> page) {
    return scan(query, page);
  }

  /**
   * The keys of the query, in no particular order, those of undecodable entries too: for those who
   * need no values, which may be a hundred times as long.
   */
  default <V> List<Key<V>> keys(Query<V> query) {
    return list(query).entries().stream().map(Entry::key).toList();
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
   * Deletes a value, which may be one that cannot be decoded.
   *
   * @param revision at which it was read, or null to delete whatever is there
   * @throws DatastoreException.Conflict if it has changed since
   * @throws DatastoreException.DoesNotExist if there is none
   */
  <V> void delete(Key<V> key, @Nullable Revision revision);

  /**
   * Changes after {@code from}, in order. The listener is called from one thread; it must not
   * block. Ends with {@link WatchListener#onEnded} when the stream breaks or {@code from} is too
   * old: list again.
   */
  <V> Watch watch(Query<V> query, Revision from, WatchListener<V> listener);

  @Override
  void close();
}
