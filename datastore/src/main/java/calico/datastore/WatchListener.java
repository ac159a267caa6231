package calico.datastore;

import calico.model.key.Key;

/** Receives the changes of a watch. */
public interface WatchListener<V> {

  /** A value was created or changed. */
  void onPut(Entry<V> entry);

  /** A value was deleted. */
  void onDelete(Key<V> key);

  /** A value was created or changed, and cannot be decoded. */
  default void onUndecodable(Undecodable<V> value) {
    onDelete(value.key());
  }

  /** The watch has ended for this reason; no further call follows. */
  void onEnded(DatastoreException reason);
}
