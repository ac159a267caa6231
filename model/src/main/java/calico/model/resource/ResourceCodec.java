package calico.model.resource;

import calico.model.json.Yaml;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Resources to and from JSON trees; see {@link calico.model.json.Json} for their text. */
public final class ResourceCodec {
  private ResourceCodec() {}

  /**
   * Decodes a resource of a known kind. {@code kind} and {@code apiVersion} may be absent.
   *
   * @throws DecodeException naming the field
   */
  public static <S> Resource<S> decode(Kind<S> kind, @Nullable Object tree) {
    Map<String, @Nullable Object> fields = object(tree, "");
    Object given = fields.remove("kind");
    if (given != null && !given.equals(kind.name())) {
      throw new DecodeException("kind", given, "expected " + kind);
    }
    checkVersion(fields.remove("apiVersion"), true);
    Metadata metadata = metadata(fields.remove("metadata"));
    Object spec = fields.remove("spec");
    Object specTree = spec == null ? Map.of() : spec;
    return new Resource<>(
        kind,
        metadata,
        spec(kind, specTree),
        fields.remove("status"),
        fields.isEmpty() ? Unknown.NONE : new Unknown(fields));
  }

  /**
   * Decodes a resource of the kind that it names.
   *
   * @throws DecodeException naming the field, also for an unknown kind or apiVersion
   */
  public static Resource<?> decode(@Nullable Object tree) {
    Map<String, @Nullable Object> fields = object(tree, "");
    Object name = fields.get("kind");
    checkVersion(fields.get("apiVersion"), false);
    Kind<?> kind =
        Kinds.all().stream()
            .filter(k -> k.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new DecodeException(
                        "kind", name, name == null ? "the field is required" : "no such kind"));
    return decode(kind, tree);
  }

  /** With the fields in upstream's order: kind, apiVersion, metadata, spec, status. */
  public static Map<String, @Nullable Object> encode(Resource<?> resource) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    out.put("kind", resource.kind().name());
    out.put("apiVersion", Kind.API_VERSION);
    out.put("metadata", encodeMetadata(resource.metadata()));
    out.put("spec", encodeSpec(resource.spec()));
    if (resource.status() != null) {
      out.put("status", resource.status());
    }
    out.putAll(resource.unknown().fields());
    return out;
  }

  /**
   * Decodes a record by its components.
   *
   * @throws DecodeException naming the field
   */
  public static <R extends Record> R decodeRecord(Class<R> type, @Nullable Object tree) {
    Object value = RecordCodec.of(type).decode(tree);
    if (value == null) {
      throw new DecodeException("", null, "expected an object");
    }
    return type.cast(value);
  }

  /** Encodes a record by its components. */
  public static Map<String, @Nullable Object> encodeRecord(Record value) {
    return RecordCodec.of(value.getClass()).encodeRecord(value);
  }

  private static <S> S spec(Kind<S> kind, Object tree) {
    if (kind.specType() == FelixConfigurationSpec.class) {
      return kind.specType().cast(new FelixConfigurationSpec(object(tree, "spec")));
    }
    try {
      return kind.specType()
          .cast(Objects.requireNonNull(RecordCodec.of(kind.specType()).decode(tree)));
    } catch (DecodeException e) {
      throw e.under("spec");
    }
  }

  private static Map<String, @Nullable Object> encodeSpec(@Nullable Object spec) {
    return switch (spec) {
      case FelixConfigurationSpec felix -> felix.fields();
      case Record record -> encodeRecord(record);
      case null, default -> throw new IllegalArgumentException("not a spec: " + spec);
    };
  }

  private static void checkVersion(@Nullable Object version, boolean optional) {
    if (version == null ? !optional : !version.equals(Kind.API_VERSION)) {
      throw new DecodeException("apiVersion", version, "expected " + Kind.API_VERSION);
    }
  }

  private static Metadata metadata(@Nullable Object tree) {
    Map<String, @Nullable Object> fields = object(tree == null ? Map.of() : tree, "metadata");
    String name = string(fields, "name");
    return new Metadata(
        name == null ? "" : name,
        string(fields, "namespace"),
        strings(fields, "labels"),
        strings(fields, "annotations"),
        string(fields, "uid"),
        string(fields, "creationTimestamp"),
        string(fields, "resourceVersion"),
        fields.isEmpty() ? Unknown.NONE : new Unknown(fields));
  }

  private static Map<String, @Nullable Object> encodeMetadata(Metadata m) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    put(out, "name", m.name());
    put(out, "namespace", m.namespace());
    put(out, "uid", m.uid());
    put(out, "resourceVersion", m.resourceVersion());
    put(out, "creationTimestamp", m.creationTimestamp());
    if (!m.labels().isEmpty()) {
      out.put("labels", new TreeMap<>(m.labels()));
    }
    if (!m.annotations().isEmpty()) {
      out.put("annotations", new TreeMap<>(m.annotations()));
    }
    out.putAll(m.unknown().fields());
    return out;
  }

  private static void put(Map<String, @Nullable Object> out, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      out.put(name, value);
    }
  }

  private static @Nullable String string(Map<String, @Nullable Object> fields, String name) {
    Object value = fields.remove(name);
    if (value == null || value.equals("")) {
      return null;
    }
    String s = Yaml.string(value);
    if (s != null) {
      return s;
    }
    throw new DecodeException("metadata." + name, value, "expected a string");
  }

  private static Map<String, String> strings(Map<String, @Nullable Object> fields, String name) {
    Object tree = fields.remove(name);
    Map<String, String> out = new LinkedHashMap<>();
    object(tree == null ? Map.of() : tree, "metadata." + name)
        .forEach(
            (k, v) -> {
              String s = v == null ? "" : Yaml.string(v);
              if (s == null) {
                throw new DecodeException("metadata." + name + "." + k, v, "expected a string");
              }
              out.put(k, s);
            });
    return out.isEmpty() ? Map.of() : Collections.unmodifiableMap(out);
  }

  /** A copy of an object's members. */
  private static Map<String, @Nullable Object> object(@Nullable Object tree, String path) {
    if (!(tree instanceof Map<?, ?> map)) {
      throw new DecodeException(path, tree, "expected an object");
    }
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    map.forEach((k, v) -> out.put(String.valueOf(k), v));
    return out;
  }
}
