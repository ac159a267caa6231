package calico.model.resource;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Ports as a rule names them: one port, a range, or the name of an endpoint's port. In JSON an
 * integer, {@code "a:b"}, or a string.
 *
 * @param name null for numeric ports
 * @param min first port, 0 to 65535; 0 for named ports
 * @param max last port
 */
public record Port(@Nullable String name, int min, int max) {
  private static final Pattern DIGITS = Pattern.compile("[0-9]+");
  private static final Pattern RANGE = Pattern.compile("([0-9]+):([0-9]+)");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_.-]{1,128}");

  public static Port of(int port) {
    return new Port(null, port, port);
  }

  public static Port range(int min, int max) {
    return new Port(null, min, max);
  }

  public static Port named(String name) {
    return new Port(name, 0, 0);
  }

  /**
   * Parses any of the forms in JSON.
   *
   * @return null if the tree is neither a string nor an integer
   * @throws IllegalArgumentException with the reason, for a number out of range
   */
  static @Nullable Port of(Object tree) {
    return switch (tree) {
      case Long n -> of(port(n.toString()));
      case String s -> parse(s);
      default -> null;
    };
  }

  /**
   * Parses {@code 80}, {@code 80:90} or a name.
   *
   * @throws IllegalArgumentException with the reason
   */
  public static Port parse(String text) {
    if (DIGITS.matcher(text).matches()) {
      return of(port(text));
    }
    Matcher range = RANGE.matcher(text);
    if (range.matches()) {
      Port p = range(port(range.group(1)), port(range.group(2)));
      if (p.min > p.max) {
        throw new IllegalArgumentException("the range's first port is above its last");
      }
      return p;
    }
    if (!NAME.matcher(text).matches()) {
      throw new IllegalArgumentException(
          "expected a port, a range such as 80:90, or a name of at most 128 letters, digits, '.',"
              + " '_', '-'");
    }
    return named(text);
  }

  private static int port(String digits) {
    int port = digits.length() > 5 ? Integer.MAX_VALUE : Integer.parseInt(digits);
    if (port > 65535 || port < 0) {
      throw new IllegalArgumentException("a port is 0 to 65535");
    }
    return port;
  }

  Object tree() {
    return name != null ? name : min == max ? (Object) (long) min : min + ":" + max;
  }

  @Override
  public String toString() {
    return name != null ? name : min == max ? Integer.toString(min) : min + ":" + max;
  }
}
