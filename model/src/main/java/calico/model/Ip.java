package calico.model;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An IP address. The 128 bits are {@code high:low}; an IPv4 address is the low 32 bits of {@code
 * low}. Prints as RFC 5952 says. Orders IPv4 before IPv6, then numerically.
 */
public record Ip(Family family, long high, long low) implements Comparable<Ip> {

  /**
   * Parses a textual IPv4 or IPv6 address without zone.
   *
   * @throws IllegalArgumentException naming the text, if it is not an address
   */
  public static Ip parse(String text) {
    Ip ip = tryParse(text);
    if (ip == null) {
      throw new IllegalArgumentException("'" + text + "' is not an IP address");
    }
    return ip;
  }

  /** As {@link #parse} but null for text that is not an address. */
  public static @Nullable Ip tryParse(String text) {
    byte[] bytes = text.indexOf(':') >= 0 ? IpText.parseV6(text) : IpText.parseV4(text);
    return bytes == null ? null : of(bytes);
  }

  /**
   * The address in network byte order.
   *
   * @param bytes 4 or 16 bytes
   */
  public static Ip of(byte[] bytes) {
    return switch (bytes.length) {
      case 4 -> new Ip(Family.IPV4, 0, ByteBuffer.wrap(bytes).getInt() & 0xffffffffL);
      case 16 -> {
        ByteBuffer b = ByteBuffer.wrap(bytes);
        yield new Ip(Family.IPV6, b.getLong(), b.getLong());
      }
      default ->
          throw new IllegalArgumentException("an address has 4 or 16 bytes, not " + bytes.length);
    };
  }

  /** The address in network byte order: 4 or 16 bytes. */
  public byte[] toBytes() {
    return family == Family.IPV4
        ? ByteBuffer.allocate(4).putInt((int) low).array()
        : ByteBuffer.allocate(16).putLong(high).putLong(low).array();
  }

  /** As the JDK's type. An IPv4-mapped IPv6 address becomes an Inet4Address there. */
  public InetAddress toInetAddress() {
    try {
      return InetAddress.getByAddress(toBytes());
    } catch (UnknownHostException e) {
      throw new AssertionError("4 or 16 bytes are always an address", e);
    }
  }

  /** From the JDK's type, without its zone. */
  public static Ip of(InetAddress address) {
    return of(
        address instanceof Inet4Address
            ? address.getAddress()
            : Arrays.copyOf(address.getAddress(), 16));
  }

  /** This address plus {@code offset}, modulo the width of the family. */
  public Ip plus(long offset) {
    if (family == Family.IPV4) {
      return new Ip(family, 0, (low + offset) & 0xffffffffL);
    }
    long sum = low + offset;
    long carry =
        offset >= 0
            ? (Long.compareUnsigned(sum, low) < 0 ? 1 : 0)
            : (Long.compareUnsigned(sum, low) > 0 ? -1 : 0);
    return new Ip(family, high + carry, sum);
  }

  /** The host route of this address: /32 or /128. */
  public Cidr toCidr() {
    return new Cidr(this, family.bits());
  }

  @Override
  public int compareTo(Ip other) {
    int c = family.compareTo(other.family);
    c = c != 0 ? c : Long.compareUnsigned(high, other.high);
    return c != 0 ? c : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    return IpText.print(this);
  }
}
