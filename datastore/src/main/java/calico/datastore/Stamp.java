package calico.datastore;

import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The metadata that a datastore gives to resources, and demands of them. Other values pass through
 * unchanged.
 */
public record Stamp(InstantSource clock, Supplier<UUID> uids) {
  public static final Stamp SYSTEM = new Stamp(InstantSource.system(), UUID::randomUUID);

  /** The value as it is first stored: with a uid and a creation timestamp. */
  public <V> V created(V value) {
    if (value instanceof Resource<?> r && r.metadata().resourceVersion() != null) {
      throw new DatastoreException(
          "error with field Metadata.ResourceVersion = '"
              + r.metadata().resourceVersion()
              + "' (must be empty when "
              + r.kind()
              + " "
              + r.metadata().name()
              + " is created; leave it out, or update instead)",
          null);
    }
    return completed(value);
  }

  /** The value with a uid and a creation timestamp, those that it has or else new ones. */
  public <V> V completed(V value) {
    if (!(value instanceof Resource<?> r)) {
      return value;
    }
    Metadata m = r.metadata();
    String uid = m.uid() != null ? m.uid() : uids.get().toString();
    String time =
        m.creationTimestamp() != null
            ? m.creationTimestamp()
            : clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
    @SuppressWarnings("unchecked") // a resource with other metadata is still a V
    V stamped = (V) r.withMetadata(m.created(uid, time).withResourceVersion(null));
    return stamped;
  }

  /** The value as it replaces an older one. It must carry the older one's uid and timestamp. */
  public static <V> V updated(V value) {
    if (!(value instanceof Resource<?> r)) {
      return value;
    }
    Metadata m = r.metadata();
    require(r, "UID", m.uid());
    require(r, "CreationTimestamp", m.creationTimestamp());
    @SuppressWarnings("unchecked")
    V stamped = (V) r.withMetadata(m.withResourceVersion(null));
    return stamped;
  }

  /** The value as it is returned to the caller: with the revision that it was read at. */
  public static <V> V read(V value, Revision revision) {
    if (!(value instanceof Resource<?> r)) {
      return value;
    }
    @SuppressWarnings("unchecked")
    V stamped = (V) r.withMetadata(r.metadata().withResourceVersion(revision.value()));
    return stamped;
  }

  private static void require(Resource<?> r, String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw new DatastoreException(
          "error with field Metadata."
              + field
              + " = '' (must be set when "
              + r.kind()
              + " "
              + r.metadata().name()
              + " is updated; take it from what you read)",
          null);
    }
  }
}
