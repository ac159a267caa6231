package calico.model;

import org.jspecify.annotations.Nullable;

/**
 * An address together with the prefix length of the subnet it is in, as on a network interface:
 * {@code 10.65.0.1/24}. Unlike in {@link Cidr}, host bits are kept.
 *
 * @param ip the address
 * @param length prefix length of its subnet in bits
 */
public record InterfaceAddress(Ip ip, int length) {

  /**
   * Parses {@code ADDRESS/LENGTH}, or a bare address with the family's full length.
   *
   * @throws IllegalArgumentException naming the text
   */
  public static InterfaceAddress parse(String text) {
    InterfaceAddress a = tryParse(text);
    if (a == null) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an address such as 10.0.0.1 or 10.0.0.1/24");
    }
    return a;
  }

  /** As {@link #parse} but null for text of another form. */
  public static @Nullable InterfaceAddress tryParse(String text) {
    int slash = text.indexOf('/');
    Ip ip = Ip.tryParse(slash < 0 ? text : text.substring(0, slash));
    if (ip == null) {
      return null;
    }
    if (slash < 0) {
      return new InterfaceAddress(ip, ip.family().bits());
    }
    String digits = text.substring(slash + 1);
    boolean plain =
        !digits.isEmpty()
            && digits.length() <= 3
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    if (!plain || (digits.length() > 1 && digits.charAt(0) == '0')) {
      return null;
    }
    int length = Integer.parseInt(digits);
    return length > ip.family().bits() ? null : new InterfaceAddress(ip, length);
  }

  public Cidr network() {
    return new Cidr(ip, length);
  }

  @Override
  public String toString() {
    return ip + "/" + length;
  }
}
