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
  private static final ClassValue<Declared> ALL =
      new ClassValue<>() {
        @Override
        protected Declared computeValue(Class<?> type) {
          List<DeclaredRule> all = read(type);
          return new Declared(
              all.stream().filter(r -> !r.rule.ofObject()).toList(),
              all.stream().filter(r -> r.rule.ofObject()).toList());
        }
      };

  private DeclaredRules() {}

  private record DeclaredRule(Cel expression, Holds rule) {}

  /**
   * What a record class declares.
   *
   * @param ofObject what depends on the object's metadata too
   */
  private record Declared(List<DeclaredRule> ofRecord, List<DeclaredRule> ofObject) {}

  private static List<DeclaredRule> read(Class<?> type) {
    List<DeclaredRule> out = new ArrayList<>();
    for (Holds rule : type.getAnnotationsByType(Holds.class)) {
      out.add(new DeclaredRule(Cel.parse(rule.value()), rule));
    }
    for (Schema inner : Schema.of(type).inlined()) {
      if (inner != null) {
        Declared declared = ALL.get(inner.type());
        out.addAll(declared.ofRecord);
        out.addAll(declared.ofObject);
      }
    }
    return List.copyOf(out);
  }

  /** Checks a record. */
  static void check(Record record, Problems problems) {
    List<DeclaredRule> rules = ALL.get(record.getClass()).ofRecord;
    if (!rules.isEmpty()) {
      check(rules, new RecordTree(record), problems);
    }
  }

  /** Checks a record's tree. */
  static void check(Class<?> type, Map<String, @Nullable Object> tree, Problems problems) {
    check(ALL.get(type).ofRecord, tree, problems);
  }

  private static void check(
      List<DeclaredRule> rules, Map<String, @Nullable Object> tree, Problems problems) {
    for (DeclaredRule rule : rules) {
      check(rule, tree, tree, problems);
    }
  }

  /** Checks what depends on the object's metadata too. */
  static void check(Resource<?> resource, Problems problems) {
    List<DeclaredRule> rules = ALL.get(resource.kind().specType()).ofObject;
    if (!rules.isEmpty()) {
      Map<String, @Nullable Object> tree = ResourceCodec.encode(resource);
      rules.forEach(r -> check(r, tree, tree.get("spec"), problems.at("spec")));
    }
  }

  private static void check(
      DeclaredRule declared, Object self, @Nullable Object spec, Problems problems) {
    String reason;
    try {
      if (declared.expression.holds(self)) {
        return;
      }
      reason = declared.rule.otherwise();
    } catch (IllegalArgumentException e) {
      if (problems.hasErrors("")) {
        return; // a value that cannot be read is in error itself; the rule says nothing about it
      }
      reason = String.valueOf(e.getMessage());
    }
    String field = declared.rule.field();
    if (!problems.hasErrors(field)) { // one message for what is wrong there
      problems.error(field, at(spec, field), reason);
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
