package calico.netlink.nftables;

import org.jspecify.annotations.Nullable;

/**
 * What a set's key field or value means. The kernel only stores the number; {@code nft} prints the
 * elements by it. A concatenation's number is its fields' numbers, six bits each, first one
 * highest. Source: {@code enum datatypes} of nftables.
 */
public enum DataType {
  IPV4_ADDR(7, 4, true),
  IPV6_ADDR(8, 16, true),
  ETHER_ADDR(9, 6, true),
  INET_PROTO(12, 1, true),
  INET_SERVICE(13, 2, true),
  ICMP_TYPE(14, 1, true),
  MARK(19, 4, false),

  /**
   * A mark in network order, as {@code nft} prints every mark of a concatenation. For a field
   * alone; in a concatenation it is {@link #MARK}.
   */
  NETWORK_MARK(19, 4, true),
  CT_STATE(26, 4, false),
  ICMPV6_TYPE(29, 1, true),
  IFNAME(41, 16, false);

  final int code;
  final int length;
  final boolean bigEndian;

  DataType(int code, int length, boolean bigEndian) {
    this.code = code;
    this.length = length;
    this.bigEndian = bigEndian;
  }

  int code() {
    return code;
  }

  /** Width in bytes, without padding. */
  public int length() {
    return length;
  }

  static @Nullable DataType of(int code) {
    for (DataType type : values()) {
      if (type.code == code) {
        return type;
      }
    }
    return null;
  }
}
