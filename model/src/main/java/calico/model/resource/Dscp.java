package calico.model.resource;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Differentiated services code points: 0 to 63, or by name. {@code AFxy} is 8x + 2y, {@code CSx} is
 * 8x.
 *
 * <p>Source: RFC 2474, RFC 2597, RFC 3246.
 */
public final class Dscp {
  private static final int MAX = 63;
  private static final int EXPEDITED = 46;

  private Dscp() {}

  /**
   * A code point, as a number or as text.
   *
   * @return null for anything else
   */
  public static @Nullable Integer parse(@Nullable Object value) {
    if (value instanceof Number number) {
      return number.doubleValue() == number.intValue() ? checked(number.intValue()) : null;
    }
    if (!(value instanceof String text)) {
      return null;
    }
    String name = text.strip().toUpperCase(Locale.ROOT);
    if (name.matches("[0-9]{1,2}")) {
      return checked(Integer.parseInt(name));
    }
    if (name.matches("AF[1-4][1-3]")) {
      return 8 * digit(name, 2) + 2 * digit(name, 3);
    }
    if (name.matches("CS[0-6]")) {
      return 8 * digit(name, 2);
    }
    return name.equals("DF") ? Integer.valueOf(0) : name.equals("EF") ? EXPEDITED : null;
  }

  private static @Nullable Integer checked(int number) {
    return number >= 0 && number <= MAX ? number : null;
  }

  private static int digit(String name, int at) {
    return name.charAt(at) - '0';
  }
}
