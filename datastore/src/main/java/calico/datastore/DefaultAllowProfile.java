package calico.datastore;

import calico.model.json.Json;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.ProfileSpec;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The profile that every datastore appears to have, though none stores it: it is got and listed but
 * never changes, so that no watch reports it.
 */
public final class DefaultAllowProfile {
  public static final ResourceKey<ProfileSpec> KEY =
      ResourceKey.of(Kinds.PROFILE, "projectcalico-default-allow");

  private static final Revision REVISION = new Revision("1");

  private DefaultAllowProfile() {}

  /** The profile if the key names it. */
  public static <V> Optional<Entry<V>> get(Key<V> key) {
    return key.equals(KEY) ? Optional.of(entry(key)) : Optional.empty();
  }

  /** What is stored, and after it the profile if the query names it. */
  public static <V> List<Entry<V>> addTo(Query<V> query, List<Entry<V>> stored) {
    if (!QueryFilter.matches(query, KEY)) {
      return stored;
    }
    @SuppressWarnings("unchecked") // it matches a Query<V>
    Key<V> key = (Key<V>) KEY;
    return Stream.concat(stored.stream(), Stream.of(entry(key))).toList();
  }

  /**
   * Refuses to create it.
   *
   * @throws DatastoreException.AlreadyExists if the key names it
   */
  public static void refuseCreate(Key<?> key) {
    if (key.equals(KEY)) {
      throw new DatastoreException.AlreadyExists(key);
    }
  }

  /**
   * Refuses to change it.
   *
   * @param operation Update or Delete
   * @throws DatastoreException.NotSupported if the key names it
   */
  public static void refuseChange(String operation, Key<?> key) {
    if (key.equals(KEY)) {
      throw new DatastoreException.NotSupported(
          operation, key, "it is built in; use a profile of your own instead");
    }
  }

  private static <V> Entry<V> entry(Key<V> key) {
    Resource<ProfileSpec> profile =
        ResourceCodec.decode(
            Kinds.PROFILE,
            Json.parse(
                """
                {"metadata": {"name": "projectcalico-default-allow", "resourceVersion": "1"},
                 "spec": {"ingress": [{"action": "Allow"}], "egress": [{"action": "Allow"}]}}
                """));
    @SuppressWarnings("unchecked") // the key is KEY, so V is Resource<ProfileSpec>
    V value = (V) profile;
    return new Entry<>(key, value, REVISION);
  }
}
