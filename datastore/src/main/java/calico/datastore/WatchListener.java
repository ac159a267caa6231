package calico.datastore;

import calico.model.key.Key;

/** Receives the changes of a watch. */
public interface WatchListener<V> {

  /** A value was created or changed. */
  void onPut(Entry<V> entry);

  /** A value was deleted, or its new content cannot be decoded. */
  void onDelete(Key<V> key);

  /** The watch has ended for this reason; no further call follows. */
  void onEnded(DatastoreException reason);
}
