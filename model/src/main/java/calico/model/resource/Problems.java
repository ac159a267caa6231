package calico.model.resource;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Collects the problems of one resource, relative to a place in it. Nearly always there are none,
 * so a place is not spelled out before there is one.
 */
final class Problems {
  private static final int NO_INDEX = -1;

  private final List<Problem> found;
  private final boolean warnings;
  private final @Nullable Problems outer;
  private final String field;
  private final int index;

  private Problems(
      List<Problem> found, boolean warnings, @Nullable Problems outer, String field, int index) {
    this.found = found;
    this.warnings = warnings;
    this.outer = outer;
    this.field = field;
    this.index = index;
  }

  /** None so far; of errors only, or also of what is possible but hardly meant. */
  static Problems none(boolean warnings) {
    return new Problems(new ArrayList<>(), warnings, null, "", NO_INDEX);
  }

  /** The same collection, seen from a field below. */
  Problems at(String below) {
    return at(below, NO_INDEX);
  }

  /** The same collection, seen from an item of a list. */
  Problems at(String list, int item) {
    return new Problems(found, warnings, this, list, item);
  }

  void error(String below, @Nullable Object value, String reason) {
    found.add(Problem.error(join(below), value, reason));
  }

  void warning(String below, @Nullable Object value, String reason) {
    if (warnings) {
      found.add(Problem.warning(join(below), value, reason));
    }
  }

  /** Has warnings looked for where that takes time, if they are wanted at all. */
  void warnings(Consumer<Problems> check) {
    if (warnings) {
      check.accept(this);
    }
  }

  /** An error unless {@code holds}. */
  void require(boolean holds, String below, @Nullable Object value, String reason) {
    if (!holds) {
      error(below, value, reason);
    }
  }

  /** Whether something at a field of this place, or below it, is in error. */
  boolean hasErrors(String below) {
    if (found.isEmpty()) {
      return false;
    }
    String at = join(below);
    return found.stream()
        .filter(p -> p.severity() == Severity.ERROR && p.fieldPath().startsWith(at))
        .anyMatch(p -> p.fieldPath().substring(at.length()).matches("|[.\\[].*"));
  }

  List<Problem> found() {
    return List.copyOf(found);
  }

  private String join(String below) {
    StringBuilder path = new StringBuilder();
    appendTo(path);
    append(path, below, NO_INDEX);
    return path.toString();
  }

  private void appendTo(StringBuilder path) {
    if (outer != null) {
      outer.appendTo(path);
    }
    append(path, field, index);
  }

  private static void append(StringBuilder path, String name, int item) {
    if (!path.isEmpty() && !name.isEmpty()) {
      path.append('.');
    }
    path.append(name);
    if (item != NO_INDEX) {
      path.append('[').append(item).append(']');
    }
  }
}
