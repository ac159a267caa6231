package calico.netlink.nftables;

import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Immutable bytes with value equality, ordered as unsigned big-endian numbers (as nf_tables
 * compares).
 */
public final class Value implements Data, Comparable<Value> {
  /** IFNAMSIZ: interface names fill 16 bytes, padded with zeros. */
  public static final int IFNAME_LENGTH = 16;

  private static final int OFFSET_BASIS = 0x811c9dc5;
  private static final int PRIME = 0x01000193;

  private final byte[] bytes;
  private final int hash;

  private Value(byte[] bytes) {
    this.bytes = bytes;
    this.hash = hash(bytes);
  }

  /** FNV-1a: neighbouring addresses have different ones, unlike what {@link Arrays} computes. */
  private static int hash(byte[] bytes) {
    int hash = OFFSET_BASIS;
    for (byte b : bytes) {
      hash = (hash ^ (b & 0xff)) * PRIME;
    }
    return hash;
  }

  public static Value of(byte... bytes) {
    return new Value(bytes.clone());
  }

  /** One byte: a protocol number, an ICMP type. */
  public static Value u8(int value) {
    return new Value(new byte[] {(byte) value});
  }

  /** Two bytes in network order: a port, an ethertype. */
  public static Value be16(int value) {
    return new Value(new byte[] {(byte) (value >> 8), (byte) value});
  }

  /** Four bytes in network order. */
  public static Value be32(int value) {
    return new Value(ByteBuffer.allocate(4).putInt(value).array());
  }

  /** Four bytes in the machine's order: marks, conntrack states, interface indexes. */
  public static Value host32(int value) {
    return new Value(ByteBuffer.allocate(4).order(ByteOrder.nativeOrder()).putInt(value).array());
  }

  /** Four or sixteen bytes. */
  public static Value ip(InetAddress address) {
    return new Value(address.getAddress());
  }

  /** A whole interface name, zero-padded to 16 bytes. */
  public static Value ifname(String name) {
    byte[] text = name.getBytes(StandardCharsets.UTF_8);
    if (text.length == 0 || text.length >= IFNAME_LENGTH) {
      throw new IllegalArgumentException(
          "interface name \"" + name + "\" has to have 1 to 15 bytes, not " + text.length);
    }
    return new Value(Arrays.copyOf(text, IFNAME_LENGTH));
  }

  /** The beginning of an interface name, for a comparison of only these bytes ({@code "cali*"}). */
  public static Value ifnamePrefix(String prefix) {
    return new Value(prefix.getBytes(StandardCharsets.UTF_8));
  }

  /** A network mask: {@code prefixLength} ones in {@code length} bytes. */
  public static Value prefixMask(int prefixLength, int length) {
    byte[] mask = new byte[length];
    for (int i = 0; i < length; i++) {
      int ones = Math.clamp(prefixLength - i * 8L, 0, 8);
      mask[i] = (byte) (0xff << (8 - ones));
    }
    return new Value(mask);
  }

  /** {@code length} zero bytes. */
  public static Value zeros(int length) {
    return new Value(new byte[length]);
  }

  /** The fields of a concatenated key, each padded with zeros to a multiple of four bytes. */
  public static Value concat(Value... fields) {
    int length = 0;
    for (Value field : fields) {
      length += padded(field.length());
    }
    byte[] all = new byte[length];
    int at = 0;
    for (Value field : fields) {
      System.arraycopy(field.bytes, 0, all, at, field.bytes.length);
      at += padded(field.length());
    }
    return new Value(all);
  }

  static int padded(int length) {
    return (length + 3) & ~3;
  }

  public int length() {
    return bytes.length;
  }

  /** A copy. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** The bytes themselves, for the codec only; never changed. */
  byte[] raw() {
    return bytes;
  }

  /** An interface name or other zero-padded text. */
  public String text() {
    int end = 0;
    while (end < bytes.length && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  /** The number in the machine's order; the value has to have four bytes. */
  public int hostInt() {
    if (bytes.length != 4) {
      throw new IllegalStateException("a 32-bit number has 4 bytes, this is " + this);
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt();
  }

  boolean isAllOnes() {
    for (byte b : bytes) {
      if (b != (byte) 0xff) {
        return false;
      }
    }
    return true;
  }

  /** The highest number of the same length. */
  Value allOnes() {
    byte[] ones = new byte[bytes.length];
    Arrays.fill(ones, (byte) 0xff);
    return new Value(ones);
  }

  /** The next number, same length; all ones wraps to zero. */
  Value plusOne() {
    byte[] next = bytes.clone();
    for (int i = next.length - 1; i >= 0 && ++next[i] == 0; i--) {}
    return new Value(next);
  }

  /** The number before, same length; zero wraps to all ones. */
  Value minusOne() {
    byte[] previous = bytes.clone();
    for (int i = previous.length - 1; i >= 0 && previous[i]-- == 0; i--) {}
    return new Value(previous);
  }

  @Override
  public int compareTo(Value other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return this == other
        || (other instanceof Value that && hash == that.hash && Arrays.equals(bytes, that.bytes));
  }

  @Override
  public int hashCode() {
    return hash;
  }

  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(bytes);
  }
}
