package calico.model.resource;

import calico.model.schema.Size;
import java.lang.reflect.ParameterizedType;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Checks what the annotations on the fields of a record and of the records in it demand. */
final class FieldRules {
  private FieldRules() {}

  static void check(Record record, Problems problems) {
    for (FieldRule rule : FieldRule.of(record.getClass())) {
      Object value = rule.field().get(record);
      if (value == null) {
        continue;
      }
      if (value instanceof Unknown unknown) {
        unknown
            .fields()
            .forEach((name, tree) -> problems.warning(name, tree, Validator.UNKNOWN_FIELD));
        continue;
      }
      Problems at = problems.at(rule.field().name());
      if (value instanceof List<?> list) {
        list(rule, list, problems, at);
      } else {
        value(rule, value, at);
      }
      if (rule.unused() && isGiven(value)) {
        boolean simple = !(value instanceof Record);
        at.warning("", simple ? value : null, Validator.UNUSED_FIELD);
      }
    }
    DeclaredRules.check(record, problems);
  }

  /** Whether a field that is not used asks for anything. */
  private static boolean isGiven(@Nullable Object value) {
    return switch (value) {
      case null -> false;
      case String s -> !s.isEmpty();
      case List<?> list -> !list.isEmpty();
      default -> true;
    };
  }

  private static void list(FieldRule rule, List<?> list, Problems outer, Problems at) {
    for (int i = 0; i < list.size(); i++) {
      Problems atItem = outer.at(rule.field().name(), i);
      Object item = list.get(i);
      value(rule, item, atItem);
      if (rule.unique() != null && list.indexOf(item) < i) {
        if (rule.unique().strict()) {
          atItem.error("", item, "stands there twice");
        } else {
          atItem.warning("", item, "stands there twice");
        }
      }
    }
    require(!list.isEmpty(), rule, list, at);
    Size size = rule.size();
    if (size != null && !list.isEmpty() && (list.size() < size.min() || list.size() > size.max())) {
      at.error("", list.size() + " items", expected(size, "items"));
    }
  }

  private static String expected(Size size, String what) {
    return size.min() == 0
        ? "expected at most " + size.max() + " " + what
        : size.min() == size.max()
            ? "expected exactly " + size.max()
            : "expected " + size.min() + " to " + size.max() + " " + what;
  }

  private static void value(FieldRule rule, @Nullable Object value, Problems at) {
    switch (value) {
      case null -> {}
      case String s when s.isEmpty() -> require(false, rule, s, at);
      case String s -> string(rule, s, at);
      case Integer n -> number(rule, n, at);
      case AsNumber _, Port _, Protocol _ -> {}
      case Record r -> check(r, at);
      default -> {}
    }
  }

  private static void require(boolean holds, FieldRule rule, @Nullable Object value, Problems at) {
    at.require(holds || !rule.required(), "", value, "the field is required");
  }

  private static void number(FieldRule rule, int n, Problems at) {
    if (rule.oneOf() != null && !rule.oneOf().contains(Integer.toString(n))) {
      at.error("", n, "expected " + String.join(" or ", rule.oneOf()));
    }
    if (rule.range() != null && (n < rule.range().min() || n > rule.range().max())) {
      at.error("", n, "expected " + rule.range().min() + " to " + rule.range().max());
    }
  }

  private static void string(FieldRule rule, String s, Problems at) {
    boolean inList = rule.field().type() instanceof ParameterizedType;
    if (rule.size() != null && !inList && s.length() > rule.size().max()) {
      at.error("", s, expected(rule.size(), "characters"));
      return;
    }
    String reason = rule.text().reason(s);
    if (reason != null) {
      at.error("", s, reason);
    }
  }
}
