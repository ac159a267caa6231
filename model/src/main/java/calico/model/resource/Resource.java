package calico.model.resource;

import org.jspecify.annotations.Nullable;

/**
 * One object of the data model.
 *
 * @param <S> the spec's record type
 * @param status a JSON tree, or null; of a Node see {@link NodeStatus}
 * @param unknown top-level fields other than apiVersion, kind, metadata, spec and status
 */
public record Resource<S>(
    Kind<S> kind, Metadata metadata, S spec, @Nullable Object status, Unknown unknown) {

  public static <S> Resource<S> of(Kind<S> kind, Metadata metadata, S spec) {
    return new Resource<>(kind, metadata, spec, null, Unknown.NONE);
  }

  public Resource<S> withMetadata(Metadata newMetadata) {
    return new Resource<>(kind, newMetadata, spec, status, unknown);
  }

  public Resource<S> withSpec(S newSpec) {
    return new Resource<>(kind, metadata, newSpec, status, unknown);
  }

  /** The same with another status, a JSON tree. */
  public Resource<S> withStatus(@Nullable Object newStatus) {
    return new Resource<>(kind, metadata, spec, newStatus, unknown);
  }
}
