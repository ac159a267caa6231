package calico.model.resource;

import org.jspecify.annotations.Nullable;

/**
 * A BGP autonomous system number (RFC 6793). In JSON an integer, or a string of an integer or
 * {@code "high.low"}.
 *
 * @param value 0 to 2^32-1
 */
public record AsNumber(long value) {
  private static final long MAX = 0xffffffffL;

  /**
   * Parses {@code 64512} or {@code 1.10}.
   *
   * @throws IllegalArgumentException with the reason
   */
  public static AsNumber parse(String text) {
    if (text.matches("[0-9]{1,10}")) {
      return checked(Long.parseLong(text));
    }
    if (text.matches("[0-9]{1,5}\\.[0-9]{1,5}")) {
      int dot = text.indexOf('.');
      long high = Long.parseLong(text.substring(0, dot));
      long low = Long.parseLong(text.substring(dot + 1));
      if (high <= 0xffff && low <= 0xffff) {
        return new AsNumber(high << 16 | low);
      }
    }
    throw new IllegalArgumentException("expected 0 to 4294967295 or high.low, each 0 to 65535");
  }

  private static AsNumber checked(long value) {
    if (value < 0 || value > MAX) {
      throw new IllegalArgumentException("an AS number is 0 to 4294967295");
    }
    return new AsNumber(value);
  }

  static @Nullable AsNumber of(Object tree) {
    return switch (tree) {
      case Long n -> checked(n);
      case String s -> parse(s);
      default -> null;
    };
  }

  Object tree() {
    return value;
  }

  @Override
  public String toString() {
    return Long.toString(value);
  }
}
