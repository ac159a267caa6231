package calico.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An option.
 *
 * @param spelling as in the help: {@code -A, --all} takes no value, {@code -o, --output=FORMAT}
 *     takes one, {@code --since[=TIME]} may take one, {@code --from=FILE...} may be given again
 * @param choices the only values that it takes; empty if they are not that few
 * @param set is called with the value, {@code ""} if there is none
 */
public record Option(
    String spelling,
    String description,
    boolean required,
    List<String> choices,
    Consumer<String> set) {

  /** Whether and how a value follows the names. */
  private String tail() {
    int equals = spelling.indexOf('=');
    return equals < 0
        ? ""
        : spelling.substring(spelling.charAt(equals - 1) == '[' ? equals - 1 : equals);
  }

  boolean takesValue() {
    return spelling.indexOf('=') >= 0;
  }

  boolean needsValue() {
    return tail().startsWith("=");
  }

  boolean repeatable() {
    return spelling.endsWith("...");
  }

  /** Such as {@code -A} and {@code --all}. */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    String rest = spelling.substring(0, spelling.length() - tail().length());
    for (int comma = rest.indexOf(", "); comma >= 0; comma = rest.indexOf(", ")) {
      names.add(rest.substring(0, comma));
      rest = rest.substring(comma + 2);
    }
    names.add(rest);
    return names;
  }

  boolean isNamed(String name) {
    return names().contains(name);
  }

  /** The name by which messages call it: the long one. */
  public String name() {
    return names().getLast();
  }

  /** What the help says of it. */
  String help() {
    return choices.isEmpty() ? description : String.join(", ", choices) + ". " + description;
  }

  /**
   * Takes a value.
   *
   * @return what is wrong with it, or null
   */
  @Nullable String accept(String value) {
    if (!choices.isEmpty() && !choices.contains(value)) {
      return "choose from " + String.join(", ", choices);
    }
    return setOrReason(set, value);
  }

  /** Calls a setter; the message of an {@link IllegalArgumentException} is the reason. */
  static @Nullable String setOrReason(Consumer<String> set, String value) {
    try {
      set.accept(value);
      return null;
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
