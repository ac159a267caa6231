package calico.model.resource;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A resource's metadata.
 *
 * @param namespace null for kinds that are not namespaced
 * @param uid version-4 UUID, set at creation
 * @param creationTimestamp RFC 3339, UTC, whole seconds, set at creation
 * @param resourceVersion the datastore's revision when the resource was read; never stored
 */
public record Metadata(
    String name,
    @Nullable String namespace,
    Map<String, String> labels,
    Map<String, String> annotations,
    @Nullable String uid,
    @Nullable String creationTimestamp,
    @Nullable String resourceVersion,
    Unknown unknown) {

  public static Metadata named(String name) {
    return new Metadata(name, null, Map.of(), Map.of(), null, null, null, Unknown.NONE);
  }

  public static Metadata named(String namespace, String name) {
    return new Metadata(name, namespace, Map.of(), Map.of(), null, null, null, Unknown.NONE);
  }

  public Metadata withLabels(Map<String, String> newLabels) {
    return new Metadata(
        name, namespace, newLabels, annotations, uid, creationTimestamp, resourceVersion, unknown);
  }

  public Metadata withAnnotations(Map<String, String> newAnnotations) {
    return new Metadata(
        name, namespace, labels, newAnnotations, uid, creationTimestamp, resourceVersion, unknown);
  }

  public Metadata withResourceVersion(@Nullable String newVersion) {
    return new Metadata(
        name, namespace, labels, annotations, uid, creationTimestamp, newVersion, unknown);
  }

  /** With the fields that the datastore sets at creation. */
  public Metadata created(String newUid, String timestamp) {
    return new Metadata(
        name, namespace, labels, annotations, newUid, timestamp, resourceVersion, unknown);
  }
}
