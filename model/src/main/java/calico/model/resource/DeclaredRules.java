package calico.model.resource;

import calico.model.cel.Cel;
import calico.model.schema.Holds;
import calico.model.schema.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks what {@link Holds} says on a record class, and on those that stand inline in it. */
final class DeclaredRules {
  private static final ClassValue<List<DeclaredRule>> ALL =
      new ClassValue<>() {
        @Override
        protected List<DeclaredRule> computeValue(Class<?> type) {
          return read(type);
        }
      };

  private DeclaredRules() {}

  private record DeclaredRule(Cel expression, Holds rule) {}

  private static List<DeclaredRule> read(Class<?> type) {
    List<DeclaredRule> out = new ArrayList<>();
    for (Holds rule : type.getAnnotationsByType(Holds.class)) {
      out.add(new DeclaredRule(Cel.parse(rule.value()), rule));
    }
    for (Schema inner : Schema.of(type).inlined()) {
      if (inner != null) {
        out.addAll(ALL.get(inner.type()));
      }
    }
    return List.copyOf(out);
  }

  /** Checks a record. */
  static void check(Record record, Problems problems) {
    if (!ALL.get(record.getClass()).isEmpty()) {
      check(record.getClass(), ResourceCodec.encodeRecord(record), problems);
    }
  }

  /** Checks a record's tree. */
  static void check(Class<?> type, Map<String, @Nullable Object> tree, Problems problems) {
    ALL.get(type).stream()
        .filter(r -> !r.rule.ofObject())
        .forEach(r -> check(r, tree, tree, problems));
  }

  /** Checks what depends on the object's metadata too. */
  static void check(Resource<?> resource, Problems problems) {
    List<DeclaredRule> rules =
        ALL.get(resource.kind().specType()).stream().filter(r -> r.rule.ofObject()).toList();
    if (!rules.isEmpty()) {
      Map<String, @Nullable Object> tree = ResourceCodec.encode(resource);
      rules.forEach(r -> check(r, tree, tree.get("spec"), problems.at("spec")));
    }
  }

  private static void check(
      DeclaredRule declared, Object self, @Nullable Object spec, Problems problems) {
    String field = declared.rule.field();
    if (problems.hasErrors(field)) {
      return; // one message for what is wrong there
    }
    try {
      problems.require(
          declared.expression.holds(self), field, at(spec, field), declared.rule.otherwise());
    } catch (IllegalArgumentException e) {
      // A value that cannot be read is in error itself; the rule says nothing about it.
      problems.require(
          problems.hasErrors(""), field, at(spec, field), String.valueOf(e.getMessage()));
    }
  }

  /** The value at a path, if it is a single one: an object would only repeat the document. */
  private static @Nullable Object at(@Nullable Object tree, String path) {
    Object value = tree;
    for (String name : path.isEmpty() ? new String[0] : path.split("\\.")) {
      value = value instanceof Map<?, ?> map ? map.get(name) : null;
    }
    return value instanceof Map ? null : value;
  }
}
