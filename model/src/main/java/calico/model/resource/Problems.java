package calico.model.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Collects the problems of one resource, relative to a place in it. */
final class Problems {
  private final List<Problem> found;
  private final String path;

  Problems() {
    this(new ArrayList<>(), "");
  }

  private Problems(List<Problem> found, String path) {
    this.found = found;
    this.path = path;
  }

  /** The same collection, seen from a field below. */
  Problems at(String field) {
    return new Problems(found, path.isEmpty() ? field : path + "." + field);
  }

  /** The same collection, seen from an item of a list. */
  Problems at(String field, int index) {
    return at(field + "[" + index + "]");
  }

  void error(String field, @Nullable Object value, String reason) {
    found.add(Problem.error(join(field), value, reason));
  }

  void warning(String field, @Nullable Object value, String reason) {
    found.add(Problem.warning(join(field), value, reason));
  }

  /** An error unless {@code holds}. */
  void require(boolean holds, String field, @Nullable Object value, String reason) {
    if (!holds) {
      error(field, value, reason);
    }
  }

  /** Whether something at a field of this place, or below it, is in error. */
  boolean hasErrors(String field) {
    String at = join(field);
    return found.stream()
        .filter(p -> p.severity() == Severity.ERROR && p.fieldPath().startsWith(at))
        .anyMatch(p -> p.fieldPath().substring(at.length()).matches("|[.\\[].*"));
  }

  List<Problem> found() {
    return List.copyOf(found);
  }

  private String join(String field) {
    return field.isEmpty() ? path : Objects.requireNonNull(at(field).path);
  }
}
