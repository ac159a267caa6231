package calico.netlink.nftables;

import org.jspecify.annotations.Nullable;

/** What a conntrack expression reads or writes; {@code enum nft_ct_keys}. */
public enum CtKey {
  /** Bits of {@link CtState}, 4, host order. */
  STATE(0),
  /** 0 original, 1 reply; 1 byte. */
  DIRECTION(1),
  /** IPS_* bits (dnat 0x20, snat 0x10), 4, host order. */
  STATUS(2),
  /** Connection mark, 4, host order; can be set. */
  MARK(3),
  /** Milliseconds until expiry, 4, host order. */
  EXPIRATION(5),
  /** Layer 3 protocol, 1. */
  L3PROTOCOL(7),
  /** Layer 4 protocol, 1. */
  PROTOCOL(10),
  /** Source port of the tuple of a direction, 2, network order. */
  PROTO_SRC(11),
  /** Destination port of the tuple of a direction, 2, network order. */
  PROTO_DST(12),
  /** Connection labels, 16; can be set. */
  LABELS(13),
  /** Packets counted, 8, host order. */
  PACKETS(14),
  /** Bytes counted, 8, host order. */
  BYTES(15),
  /** Zone, 2, host order; can be set. */
  ZONE(17),
  /** IPv4 source of the tuple of a direction, 4. */
  SRC_IP(19),
  /** IPv4 destination of the tuple of a direction, 4. */
  DST_IP(20),
  /** IPv6 source of the tuple of a direction, 16. */
  SRC_IP6(21),
  /** IPv6 destination of the tuple of a direction, 16. */
  DST_IP6(22),
  /** The connection's id, 4. */
  ID(23);

  final int code;

  CtKey(int code) {
    this.code = code;
  }

  static @Nullable CtKey of(int code) {
    for (CtKey key : values()) {
      if (key.code == code) {
        return key;
      }
    }
    return null;
  }
}
