package calico.cli;

import java.util.function.Consumer;

/**
 * A word that has its meaning by its place.
 *
 * @param spelling as in the help: {@code NAME}, {@code [NAME]}, {@code NAME...}, {@code [NAME...]}
 */
record Parameter(String spelling, String description, Consumer<String> set) {
  boolean required() {
    return !spelling.startsWith("[");
  }

  boolean repeatable() {
    return spelling.contains("...");
  }
}
