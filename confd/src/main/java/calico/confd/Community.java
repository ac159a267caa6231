package calico.confd;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A BGP community: standard, of two numbers (RFC 1997), or large, of three (RFC 8092).
 *
 * @param numbers two, each below 2^16, or three, each below 2^32
 */
record Community(List<Long> numbers) {
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
    List<Long> numbers = new ArrayList<>();
    for (String part : parts) {
      long number = Long.parseLong(part);
      if (number > (parts.length == 3 ? 0xffffffffL : 0xffff)) {
        return null;
      }
      numbers.add(number);
    }
    return new Community(List.copyOf(numbers));
  }

  boolean isLarge() {
    return numbers.size() == 3;
  }

  String joined(String separator) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(separator));
  }

  /** {@code aa:nn} or {@code aa:nn:mm}. */
  @Override
  public String toString() {
    return joined(":");
  }
}
