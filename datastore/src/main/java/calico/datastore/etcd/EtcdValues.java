package calico.datastore.etcd;

import calico.datastore.Revision;
import calico.datastore.Stamp;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamCodec;
import calico.model.ipam.IpamConfig;
import calico.model.ipam.IpamHandle;
import calico.model.json.Json;
import calico.model.json.JsonException;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.DecodeException;
import calico.model.resource.EndpointStatus;
import calico.model.resource.FelixStatus;
import calico.model.resource.Kind;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.StatusCodec;
import calico.model.resource.Tiered;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Values to the JSON under etcd's keys and back.
 *
 * <p>Policies carry the name that the user gave in an annotation, which upstream writes and strips
 * again: their key had a tier prefix once. Where it is missing, a leading {@code default.} of a
 * policy in the default tier is no part of the name.
 */
public final class EtcdValues {
  private static final String NAME_ANNOTATION = "projectcalico.org/metadata";
  private static final String DEFAULT_TIER = "default";

  private EtcdValues() {}

  /** The JSON to store. */
  public static String encode(Object value) {
    return switch (value) {
      case Resource<?> r -> Json.print(ResourceCodec.encode(stored(r)));
      case AllocationBlock v -> IpamCodec.print(v);
      case BlockAffinity v -> IpamCodec.print(v);
      case IpamHandle v -> IpamCodec.print(v);
      case IpamConfig v -> IpamCodec.print(v);
      case FelixStatus v -> StatusCodec.print(v);
      case EndpointStatus v -> StatusCodec.print(v);
      default -> throw new IllegalArgumentException("not a value of any key: " + value.getClass());
    };
  }

  /**
   * The value of a key, a resource with {@code revision} as its resourceVersion.
   *
   * @throws DecodeException naming the field
   * @throws JsonException if the text is not JSON
   */
  public static <V> V decode(Key<V> key, String json, Revision revision) {
    Object value =
        switch (key) {
          case ResourceKey<?> k -> named(ResourceCodec.decode(k.kind(), Json.parse(json)));
          case IpamKey.Block _ -> IpamCodec.parseBlock(json);
          case IpamKey.Affinity _ -> IpamCodec.parseAffinity(json);
          case IpamKey.Handle _ -> IpamCodec.parseHandle(json);
          case IpamKey.Config() -> IpamCodec.parseConfig(json);
          case StatusKey.Felix _, StatusKey.LastReported _ -> StatusCodec.parseFelixStatus(json);
          case StatusKey.Workload _, StatusKey.Host _ -> StatusCodec.parseEndpointStatus(json);
        };
    @SuppressWarnings("unchecked") // each case gives the type that its key names
    V typed = (V) value;
    return Stamp.read(typed, revision);
  }

  private static boolean isPolicy(Kind<?> kind) {
    return Tiered.class.isAssignableFrom(kind.specType());
  }

  private static Resource<?> stored(Resource<?> resource) {
    Metadata m = resource.metadata().withResourceVersion(null);
    if (isPolicy(resource.kind())) {
      Map<String, String> annotations = new LinkedHashMap<>(m.annotations());
      annotations.put(NAME_ANNOTATION, Json.print(Map.of("name", m.name())));
      m = m.withAnnotations(annotations);
    }
    return resource.withMetadata(m);
  }

  private static Resource<?> named(Resource<?> resource) {
    if (!isPolicy(resource.kind())) {
      return resource;
    }
    Metadata m = resource.metadata();
    Map<String, String> annotations = new LinkedHashMap<>(m.annotations());
    String annotation = annotations.remove(NAME_ANNOTATION);
    String name = m.name();
    if (annotation != null) {
      name = givenName(annotation, name);
    } else if (resource.spec() instanceof Tiered spec
        && (spec.tier() == null || spec.tier().isEmpty() || spec.tier().equals(DEFAULT_TIER))
        && name.startsWith(DEFAULT_TIER + ".")) {
      name = name.substring(DEFAULT_TIER.length() + 1);
    }
    return resource.withMetadata(
        new Metadata(
            name,
            m.namespace(),
            m.labels(),
            annotations,
            m.uid(),
            m.creationTimestamp(),
            m.resourceVersion(),
            m.unknown()));
  }

  private static String givenName(String annotation, String stored) {
    try {
      return Json.parse(annotation) instanceof Map<?, ?> map && map.get("name") instanceof String s
          ? s
          : stored;
    } catch (JsonException e) {
      throw new DecodeException(
          "metadata.annotations." + NAME_ANNOTATION, annotation, "is not JSON: " + e.getMessage());
    }
  }
}
