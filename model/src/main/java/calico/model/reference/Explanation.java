package calico.model.reference;

import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.config.UnusedParameters;
import calico.model.json.Json;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kind;
import calico.model.resource.Unknown;
import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.OnlyGlobal;
import calico.model.schema.Required;
import calico.model.schema.Schema;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a field is, and which fields it has, from the declarations.
 *
 * @param value which values it may have, such as "integer, 1 to 65535"
 * @param byDefault as it would be written; empty if it has no default
 * @param doc empty if the declaration says nothing
 * @param record the class of what is in it, or null if it has no fields
 */
public record Explanation(
    String name,
    String value,
    boolean required,
    String byDefault,
    String doc,
    Kind<?> kind,
    @Nullable Class<?> record) {

  /** The kind itself, whose fields are metadata and spec. */
  public static Explanation of(Kind<?> kind) {
    return new Explanation(kind.name(), "object", false, "", kind.doc(), kind, Kind.class);
  }

  /** The field of this name, or null if there is none. */
  public @Nullable Explanation field(String wanted) {
    return fields().stream().filter(f -> f.name.equals(wanted)).findFirst().orElse(null);
  }

  /** The fields in order of declaration; of a list or a map those of its items. */
  public List<Explanation> fields() {
    if (record == null) {
      return List.of();
    }
    if (record == Kind.class) {
      return top();
    }
    if (record == Metadata.class) {
      return metadata();
    }
    if (record == FelixConfigurationSpec.class) {
      return felix();
    }
    List<Explanation> out = new ArrayList<>();
    for (Schema.Field field : Schema.of(record).fields()) {
      if (field.type() != Unknown.class && !(kind.namespaced() && field.has(OnlyGlobal.class))) {
        out.add(of(field));
      }
    }
    return out;
  }

  private Explanation of(Schema.Field field) {
    String prefix = "";
    Type type = field.type();
    while (type instanceof ParameterizedType p) {
      Type[] arguments = p.getActualTypeArguments();
      type = arguments[arguments.length - 1];
      prefix += p.getRawType() == List.class ? "list of " : "map by name of ";
    }
    Class<?> c = (Class<?>) type;
    boolean scalar = ValueText.isScalar(c);
    Default given = field.annotation(Default.class);
    Doc doc = field.annotation(Doc.class);
    return new Explanation(
        field.name(),
        prefix + (scalar ? ValueText.of(field, c).replace("`", "") : "object"),
        field.has(Required.class),
        given == null ? "" : plain(Json.parse(given.value())),
        doc == null ? "" : doc.value(),
        kind,
        scalar ? null : c);
  }

  private static String plain(@Nullable Object tree) {
    return tree instanceof String s ? s : Json.print(tree);
  }

  private List<Explanation> top() {
    return List.of(
        new Explanation("metadata", "object", true, "", "Name and labels.", kind, Metadata.class),
        new Explanation("spec", "object", false, "", kind.doc(), kind, kind.specType()));
  }

  /** Stands for the record of metadata, whose fields have no declarations. */
  private static final class Metadata {}

  private List<Explanation> metadata() {
    List<Explanation> out = new ArrayList<>();
    out.add(leaf("name", "name", true, "Unique among its kind, in its namespace if it has one."));
    if (kind.namespaced()) {
      out.add(leaf("namespace", "name", false, "The namespace; default if absent."));
    }
    out.add(leaf("labels", "map by name of text", false, "What selectors match."));
    out.add(leaf("annotations", "map by name of text", false, "Notes; no component reads them."));
    out.add(leaf("resourceVersion", "text", false, "If given, the version that may be replaced."));
    out.add(leaf("uid", "UUID", false, "Set at creation."));
    out.add(leaf("creationTimestamp", "time", false, "Set at creation."));
    return out;
  }

  private Explanation leaf(String field, String values, boolean needed, String meaning) {
    return new Explanation(field, values, needed, "", meaning, kind, null);
  }

  private List<Explanation> felix() {
    List<Explanation> out = new ArrayList<>();
    for (Parameter<?> p : FelixParameters.all()) {
      if (!p.fieldName().isEmpty()) {
        out.add(felix(p, ""));
      }
    }
    UnusedParameters.all().forEach(p -> out.add(felix(p, " Without effect in this version.")));
    return out;
  }

  private Explanation felix(Parameter<?> p, String note) {
    return new Explanation(
        p.fieldName(),
        p.type().expected().replace("`", ""),
        false,
        FelixPage.value(p.defaultValue()),
        p.doc() + (p.unit().isEmpty() ? "" : " A bare number is in " + p.unit() + ".") + note,
        kind,
        null);
  }
}
