package calico.datastore;

import calico.model.key.Key;

/** A value as it was read or written. */
public record Entry<V>(Key<V> key, V value, Revision revision) {}
