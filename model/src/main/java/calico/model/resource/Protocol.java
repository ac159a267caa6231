package calico.model.resource;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An IP protocol as a rule names it: a name such as TCP, or a number. In JSON a string or an
 * integer.
 *
 * @param name as written, or null if a number was written
 * @param number IANA protocol number, 1 to 255
 */
public record Protocol(@Nullable String name, int number) {
  public static final Protocol TCP = new Protocol("TCP", 6);
  public static final Protocol UDP = new Protocol("UDP", 17);

  /** The protocols that have names here. */
  private static final List<Protocol> NAMED =
      List.of(
          TCP,
          UDP,
          new Protocol("ICMP", 1),
          new Protocol("ICMPv6", 58),
          new Protocol("SCTP", 132),
          new Protocol("UDPLite", 136));

  /**
   * Parses a name in any case, or a number.
   *
   * @throws IllegalArgumentException with the reason
   */
  public static Protocol parse(String text) {
    if (text.matches("[0-9]{1,5}")) {
      return numbered(Integer.parseInt(text));
    }
    for (Protocol known : NAMED) {
      if (text.equalsIgnoreCase(known.name)) {
        return known;
      }
    }
    throw new IllegalArgumentException(
        "expected TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite or a number from 1 to 255");
  }

  /** A protocol by its number. */
  public static Protocol numbered(int number) {
    if (number < 1 || number > 255) {
      throw new IllegalArgumentException("a protocol's number is 1 to 255");
    }
    return new Protocol(null, number);
  }

  /** The name of a protocol, or its number where it has no name here. */
  public static String text(int number) {
    for (Protocol known : NAMED) {
      if (known.number == number) {
        return known.toString();
      }
    }
    return Integer.toString(number);
  }

  static @Nullable Protocol of(Object tree) {
    return switch (tree) {
      case Long n -> numbered(Math.clamp(n, 0, 256));
      case String s -> parse(s);
      default -> null;
    };
  }

  Object tree() {
    return name != null ? name : (Object) (long) number;
  }

  /** Whether packets of this protocol have ports that rules can match: TCP, UDP, SCTP. */
  public boolean hasPorts() {
    return number == 6 || number == 17 || number == 132;
  }

  @Override
  public String toString() {
    return name != null ? name : Integer.toString(number);
  }
}
