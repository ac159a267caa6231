package calico.model.key;

/**
 * The name of one thing in the datastore, independent of the backend.
 *
 * @param <V> what is stored under it
 */
public sealed interface Key<V> permits ResourceKey, IpamKey, StatusKey {}
