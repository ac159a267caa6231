package calico.confd;

import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A BGP community in BIRD's spelling: standard, of two numbers (RFC 1997), or large, of three (RFC
 * 8092).
 *
 * @param literal {@code (65000,100)} or {@code (65000,1,2)}
 */
record Community(String literal, boolean large) {
  private static final Pattern FORM = Pattern.compile("\\d{1,10}(:\\d{1,10}){1,2}");

  /**
   * Parses {@code aa:nn} or {@code aa:nn:mm}.
   *
   * @throws IllegalArgumentException if it is neither
   */
  static Community parse(String text) {
    Community community = tryParse(text);
    if (community == null) {
      throw new IllegalArgumentException("'" + text + "' is not a community aa:nn or aa:nn:mm");
    }
    return community;
  }

  /** As {@link #parse} but null for other text, and for numbers that are too large. */
  static @Nullable Community tryParse(String text) {
    if (!FORM.matcher(text).matches()) {
      return null;
    }
    String[] parts = text.split(":", -1);
    boolean large = parts.length == 3;
    StringBuilder literal = new StringBuilder();
    for (String part : parts) {
      long number = Long.parseLong(part);
      if (number > (large ? 0xffffffffL : 0xffff)) {
        return null;
      }
      literal.append(literal.isEmpty() ? '(' : ',').append(number);
    }
    return new Community(literal.append(')').toString(), large);
  }

  /** The attribute of a route that holds communities of this kind. */
  String attribute() {
    return large ? "bgp_large_community" : "bgp_community";
  }

  /** The statement that adds it to a route. */
  String addition() {
    return attribute() + ".add(" + literal + ");";
  }
}
