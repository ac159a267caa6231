package calico.model.crd;

import calico.model.resource.FelixConfigurationSpec;
import calico.model.schema.Holds;
import calico.model.schema.IsSelector;
import calico.model.schema.OnlyGlobal;
import calico.model.schema.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The validation rules of a schema, as JSON trees, from what records declare. */
final class Rules {
  private Rules() {}

  /**
   * What holds between the fields of a record.
   *
   * @param fields those that the schema has: rules about others are left out
   */
  static List<Object> of(Class<?> type, Set<String> fields) {
    List<Object> out = new ArrayList<>();
    Schema schema = Schema.of(type);
    for (Holds rule : declared(schema)) {
      boolean foreign =
          schema.fields().stream()
              .anyMatch(
                  f ->
                      f.has(OnlyGlobal.class)
                          && !fields.contains(f.name())
                          && rule.value().contains("self." + f.name()));
      if (!rule.ofObject() && !foreign) {
        out.add(tree(rule.value(), rule.otherwise(), path(rule.field())));
      }
    }
    for (Schema.Field field : schema.fields()) {
      IsSelector selector = field.annotation(IsSelector.class);
      if (selector != null && !selector.global() && fields.contains(field.name())) {
        out.add(
            tree(
                "!has(self.%s) || !self.%s.contains('global(')"
                    .formatted(field.name(), field.name()),
                "global() is only possible as the namespaceSelector of a rule's source or"
                    + " destination",
                path(field.name())));
      }
    }
    return out;
  }

  /** What holds between the fields of a kind's spec and its metadata. */
  static List<Object> ofObject(Class<?> specType) {
    List<Object> out = new ArrayList<>();
    for (Holds rule : specType.getAnnotationsByType(Holds.class)) {
      if (rule.ofObject()) {
        out.add(tree(rule.value(), rule.otherwise(), ".spec" + path(rule.field())));
      }
    }
    return out;
  }

  /** What holds between the fields of a FelixConfiguration. */
  static List<Object> felix() {
    List<Object> out = new ArrayList<>();
    for (Holds rule : FelixConfigurationSpec.class.getAnnotationsByType(Holds.class)) {
      if (!rule.ofObject()) {
        out.add(tree(rule.value(), rule.otherwise(), path(rule.field())));
      }
    }
    return out;
  }

  /** That a field keeps its value. */
  static Map<String, @Nullable Object> fixed(String field) {
    return tree("self == oldSelf", field + " cannot be changed once the object exists", "");
  }

  private static List<Holds> declared(Schema schema) {
    List<Holds> out = new ArrayList<>(List.of(schema.type().getAnnotationsByType(Holds.class)));
    for (Schema inner : schema.inlined()) {
      if (inner != null) {
        out.addAll(declared(inner));
      }
    }
    return out;
  }

  private static String path(String field) {
    return field.isEmpty() ? "" : "." + field;
  }

  private static Map<String, @Nullable Object> tree(String rule, String message, String path) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    if (!path.isEmpty()) {
      out.put("fieldPath", path);
    }
    out.put("message", message);
    out.put("rule", rule);
    return out;
  }
}
