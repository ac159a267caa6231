package calico.model;

import org.jspecify.annotations.Nullable;

/**
 * An IP prefix. Host bits are always zero: use {@link InterfaceAddress} for an address with the
 * length of its subnet. Orders by address, then by length (wider first).
 *
 * @param address the network's first address
 * @param length prefix length in bits, 0 to the family's width
 */
public record Cidr(Ip address, int length) implements Comparable<Cidr> {

  /** Masks {@code address} to {@code length}. */
  public Cidr {
    if (length < 0 || length > address.family().bits()) {
      throw new IllegalArgumentException(
          "prefix length " + length + " of " + address + " is not 0 to " + address.family().bits());
    }
    address = mask(address, length);
  }

  /**
   * Parses {@code ADDRESS/LENGTH}, or a bare address as its host route; host bits are dropped.
   *
   * @throws IllegalArgumentException naming the text
   */
  public static Cidr parse(String text) {
    Cidr cidr = tryParse(text);
    if (cidr == null) {
      throw new IllegalArgumentException(
          "'" + text + "' is not an IP prefix such as 10.0.0.0/8 or fd00::/8");
    }
    return cidr;
  }

  /** As {@link #parse} but null for text that is not a prefix. */
  public static @Nullable Cidr tryParse(String text) {
    InterfaceAddress a = InterfaceAddress.tryParse(text);
    return a == null ? null : a.network();
  }

  public Family family() {
    return address.family();
  }

  public boolean contains(Ip ip) {
    return ip.family() == family() && mask(ip, length).equals(address);
  }

  public boolean contains(Cidr other) {
    return other.length >= length && contains(other.address);
  }

  public boolean overlaps(Cidr other) {
    return contains(other) || other.contains(this);
  }

  /** Whether this is a single address, /32 or /128. */
  public boolean isHost() {
    return length == family().bits();
  }

  /** The last address of the prefix. */
  public Ip last() {
    int hostBits = family().bits() - length;
    long low = hostBits >= 64 ? -1L : (1L << hostBits) - 1;
    long high = hostBits <= 64 ? 0 : hostBits == 128 ? -1L : (1L << (hostBits - 64)) - 1;
    return new Ip(
        family(),
        address.high() | high,
        address.low() | (family() == Family.IPV4 ? low & 0xffffffffL : low));
  }

  private static Ip mask(Ip ip, int length) {
    if (ip.family() == Family.IPV4) {
      return new Ip(ip.family(), 0, length == 0 ? 0 : ip.low() & (0xffffffffL << (32 - length)));
    }
    long high = length >= 64 ? ip.high() : length == 0 ? 0 : ip.high() & (-1L << (64 - length));
    long low = length <= 64 ? 0 : ip.low() & (-1L << (128 - length));
    return new Ip(ip.family(), high, low);
  }

  @Override
  public int compareTo(Cidr other) {
    int c = address.compareTo(other.address);
    return c != 0 ? c : Integer.compare(length, other.length);
  }

  @Override
  public String toString() {
    return address + "/" + length;
  }
}
