package calico.model;

import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/** Textual forms of addresses: dotted decimal (RFC 6943 strict form) and RFC 4291 / RFC 5952. */
final class IpText {
  private IpText() {}

  static byte @Nullable [] parseV4(String text) {
    byte[] out = new byte[4];
    int at = 0;
    for (int octet = 0; octet < 4; octet++) {
      int start = at;
      int value = 0;
      while (at < text.length()
          && at - start < 3
          && Character.isDigit(text.charAt(at))
          && text.charAt(at) < 128) {
        value = value * 10 + (text.charAt(at++) - '0');
      }
      boolean leadingZero = at - start > 1 && text.charAt(start) == '0';
      boolean separated =
          octet == 3 ? at == text.length() : at < text.length() && text.charAt(at) == '.';
      if (at == start || value > 255 || leadingZero || !separated) {
        return null;
      }
      out[octet] = (byte) value;
      at++;
    }
    return out;
  }

  static byte @Nullable [] parseV6(String text) {
    int gap = text.indexOf("::");
    if (gap != text.lastIndexOf("::")) {
      return null;
    }
    byte[] head = parseGroups(gap < 0 ? text : text.substring(0, gap), gap < 0);
    byte[] tail = gap < 0 ? new byte[0] : parseGroups(text.substring(gap + 2), true);
    if (head == null || tail == null) {
      return null;
    }
    int length = head.length + tail.length;
    if (gap < 0 ? length != 16 : length > 14) {
      return null;
    }
    byte[] out = new byte[16];
    System.arraycopy(head, 0, out, 0, head.length);
    System.arraycopy(tail, 0, out, 16 - tail.length, tail.length);
    return out;
  }

  /** Groups of four hexadecimal digits; the last may be an IPv4 address if {@code atEnd}. */
  private static byte @Nullable [] parseGroups(String text, boolean atEnd) {
    if (text.isEmpty()) {
      return new byte[0];
    }
    String[] groups = text.split(":", -1);
    byte[] out = new byte[16];
    int n = 0;
    for (int i = 0; i < groups.length; i++) {
      String g = groups[i];
      if (atEnd && i == groups.length - 1 && g.indexOf('.') >= 0) {
        byte[] v4 = parseV4(g);
        if (v4 == null || n > 12) {
          return null;
        }
        System.arraycopy(v4, 0, out, n, 4);
        n += 4;
      } else if (g.isEmpty()
          || g.length() > 4
          || n > 14
          || !g.chars().allMatch(HexFormat::isHexDigit)) {
        return null;
      } else {
        int value = HexFormat.fromHexDigits(g);
        out[n++] = (byte) (value >> 8);
        out[n++] = (byte) value;
      }
    }
    return java.util.Arrays.copyOf(out, n);
  }

  static String print(Ip ip) {
    if (ip.family() == Family.IPV4) {
      long v = ip.low();
      return (v >> 24) + "." + (v >> 16 & 255) + "." + (v >> 8 & 255) + "." + (v & 255);
    }
    if (ip.high() == 0 && ip.low() >>> 32 == 0xffff) {
      return "::ffff:" + print(new Ip(Family.IPV4, 0, ip.low() & 0xffffffffL));
    }
    int[] groups = new int[8];
    for (int i = 0; i < 8; i++) {
      groups[i] = (int) ((i < 4 ? ip.high() : ip.low()) >>> (48 - 16 * (i & 3))) & 0xffff;
    }
    int bestStart = -1;
    int bestLength = 1; // a single zero group is not compressed
    for (int i = 0; i < 8; i++) {
      int j = i;
      while (j < 8 && groups[j] == 0) {
        j++;
      }
      if (j - i > bestLength) {
        bestStart = i;
        bestLength = j - i;
      }
      i = Math.max(i, j - 1);
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == bestStart) {
        out.append("::");
        i += bestLength - 1;
      } else {
        out.append(out.isEmpty() || out.charAt(out.length() - 1) == ':' ? "" : ":")
            .append(Integer.toHexString(groups[i]));
      }
    }
    return out.toString();
  }
}
