package calico.model.reference;

import calico.model.json.Json;
import calico.model.resource.CalicoNodeStatusSpec;
import calico.model.resource.CalicoNodeStatusStatus;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Unknown;
import calico.model.schema.Default;
import calico.model.schema.Doc;
import calico.model.schema.Fixed;
import calico.model.schema.OnlyGlobal;
import calico.model.schema.Required;
import calico.model.schema.Schema;
import calico.model.schema.Size;
import calico.model.schema.Unique;
import calico.model.schema.Unused;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The page of one kind: a table for its spec, one for a status that users read, then one for each
 * record in these.
 */
final class KindPage {
  /** By the spec's type. */
  private static final Map<Class<?>, Class<?>> STATUS =
      Map.of(CalicoNodeStatusSpec.class, CalicoNodeStatusStatus.class);

  /** Records in the order in which they are met. */
  private final List<Class<?>> records = new ArrayList<>();

  private final Kind<?> kind;

  KindPage(Kind<?> kind) {
    this.kind = kind;
    records.add(kind.specType());
    Class<?> status = STATUS.get(kind.specType());
    if (status != null) {
      records.add(status);
    }
  }

  /** Title, meaning and names. */
  static String head(Kind<?> kind) {
    StringBuilder out = new StringBuilder();
    out.append("# ").append(kind).append("\n\n").append(kind.doc()).append("\n\n");
    if (Kinds.all().contains(kind)) {
      out.append("- Names for `calicoctl`: `").append(kind.name().toLowerCase(Locale.ROOT));
      out.append("`, `").append(kind.plural()).append('`');
      kind.shortNames().forEach(name -> out.append(", `").append(name).append('`'));
      out.append('\n');
    }
    out.append("- Scope: ").append(kind.namespaced() ? "a namespace\n" : "the cluster\n");
    out.append("- Key in etcd: `/calico/resources/v3/").append(Kind.API_VERSION.split("/")[0]);
    out.append('/').append(kind.plural()).append(kind.namespaced() ? "/NAMESPACE" : "");
    return out.append("/NAME`\n").toString();
  }

  /** The tables. */
  String fields() {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < records.size(); i++) {
      Class<?> type = records.get(i);
      out.append("\n## ").append(heading(type));
      out.append("\n\n| Field | Value | Default | Meaning |\n|---|---|---|---|\n");
      for (Schema.Field field : Schema.of(type).fields()) {
        boolean foreign = kind.namespaced() && field.has(OnlyGlobal.class);
        if (field.type() != Unknown.class && !foreign) {
          out.append(row(field));
        }
      }
    }
    return out.toString();
  }

  private String heading(Class<?> type) {
    if (type == kind.specType()) {
      return "spec";
    }
    return STATUS.containsValue(type) ? "status" : type.getSimpleName();
  }

  private String row(Schema.Field field) {
    Doc doc = field.annotation(Doc.class);
    return "| `%s` | %s | %s | %s |\n"
        .formatted(
            field.name(),
            value(field, field.type()),
            field.has(Required.class) ? "required" : byDefault(field),
            doc == null ? "" : cell(doc.value()) + notes(field));
  }

  private static String notes(Schema.Field field) {
    Size size = field.annotation(Size.class);
    String what = field.type() == String.class ? " characters." : ".";
    String limit =
        size == null
            ? ""
            : size.min() == 0
                ? " At most " + size.max() + what
                : size.min() == size.max()
                    ? " Exactly " + size.max() + "."
                    : " " + size.min() + " to " + size.max() + ".";
    return limit
        + (field.has(Unique.class) ? " Without repetition." : "")
        + (field.has(Fixed.class) ? " Cannot be changed." : "")
        + (field.has(Unused.class) ? " *Kept, without effect in this version.*" : "");
  }

  private static String byDefault(Schema.Field field) {
    Default given = field.annotation(Default.class);
    if (given == null) {
      return "";
    }
    Object tree = Json.parse(given.value());
    return "`" + (tree instanceof List<?> list ? words(list) : String.valueOf(tree)) + "`";
  }

  private static String words(List<?> list) {
    return String.join("`, `", list.stream().map(Objects::toString).toList());
  }

  private String value(Schema.Field field, Type type) {
    if (type instanceof ParameterizedType p) {
      Type[] arguments = p.getActualTypeArguments();
      String item = value(field, arguments[arguments.length - 1]);
      return (p.getRawType() == List.class ? "list: " : "by name: ") + item;
    }
    Class<?> c = (Class<?>) type;
    if (!ValueText.isScalar(c)) {
      if (!records.contains(c)) {
        records.add(c);
      }
      String name = c.getSimpleName();
      return "[%s](#%s)".formatted(name, name.toLowerCase(Locale.ROOT));
    }
    return cell(ValueText.of(field, c));
  }

  /** Text that a table's cell can hold. */
  static String cell(@Nullable String text) {
    return text == null ? "" : text.replace("|", "\\|");
  }
}
