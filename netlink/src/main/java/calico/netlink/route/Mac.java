package calico.netlink.route;

import java.util.HexFormat;

/** An Ethernet address; the first byte is the highest of the low 48 bits. */
public record Mac(long bits) {
  private static final HexFormat FORMAT = HexFormat.ofDelimiter(":");
  static final int LENGTH = 6;

  public Mac {
    if (bits >>> 48 != 0) {
      throw new IllegalArgumentException(
          "a MAC address has 48 bits, not 0x" + Long.toHexString(bits));
    }
  }

  /** For example {@code ee:ee:ee:ee:ee:ee}. */
  public static Mac parse(String text) {
    try {
      return of(FORMAT.parseHex(text));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is no MAC address like ee:ee:ee:ee:ee:ee", e);
    }
  }

  /** Six bytes. */
  public static Mac of(byte[] bytes) {
    if (bytes.length != LENGTH) {
      throw new IllegalArgumentException("a MAC address has 6 bytes, not " + bytes.length);
    }
    long bits = 0;
    for (byte b : bytes) {
      bits = (bits << 8) | (b & 0xff);
    }
    return new Mac(bits);
  }

  public byte[] bytes() {
    byte[] bytes = new byte[LENGTH];
    for (int i = 0; i < LENGTH; i++) {
      bytes[i] = (byte) (bits >> (40 - 8 * i));
    }
    return bytes;
  }

  @Override
  public String toString() {
    return FORMAT.formatHex(bytes());
  }
}
