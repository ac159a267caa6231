package calico.cli;

import java.util.function.Consumer;

/**
 * A word that has its meaning by its place.
 *
 * @param spelling as in the help: {@code NAME}, {@code [NAME]}, {@code NAME...}, {@code [NAME...]}
 * @param set is called with each word
 */
public record Parameter(String spelling, String description, Consumer<String> set) {
  boolean required() {
    return !spelling.startsWith("[");
  }

  boolean repeatable() {
    return spelling.endsWith(required() ? "..." : "...]");
  }

  /** What it stands for, such as {@code NAME}. */
  public String label() {
    int start = required() ? 0 : 1;
    return spelling.substring(start, spelling.length() - start - (repeatable() ? 3 : 0));
  }
}
