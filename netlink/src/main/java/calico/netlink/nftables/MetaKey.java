package calico.netlink.nftables;

import org.jspecify.annotations.Nullable;

/**
 * What a meta expression reads or writes; {@code enum nft_meta_keys}. Width in bytes beside each.
 */
public enum MetaKey {
  /** Packet length, 4, host order. */
  LENGTH(0),
  /** Ethertype, 2, network order. */
  PROTOCOL(1),
  /** Traffic control priority, 4, host order. */
  PRIORITY(2),
  /** Packet mark, 4, host order; can be set. */
  MARK(3),
  /** Input interface index, 4, host order. */
  IIF(4),
  /** Output interface index, 4, host order. */
  OIF(5),
  /** Input interface name, 16, zero-padded. */
  IIFNAME(6),
  /** Output interface name, 16, zero-padded. */
  OIFNAME(7),
  /** Input interface's ARPHRD type, 2, host order. */
  IIFTYPE(8),
  /** Output interface's ARPHRD type, 2, host order. */
  OIFTYPE(9),
  /** Owning user of a locally made packet, 4, host order. */
  SKUID(10),
  /** Owning group of a locally made packet, 4, host order. */
  SKGID(11),
  /** Trace flag, 1; can be set. */
  NFTRACE(12),
  /** Layer 3 protocol family, 1: 2 IPv4, 10 IPv6. */
  NFPROTO(15),
  /** Layer 4 protocol, 1. */
  L4PROTO(16),
  /** Packet type, 1: 0 host, 1 broadcast, 2 multicast. */
  PKTTYPE(19),
  /** A random number, 4, host order. */
  PRANDOM(24),
  /** Whether the packet came out of a transform (IPsec), 1. */
  SECPATH(25);

  final int code;

  MetaKey(int code) {
    this.code = code;
  }

  static @Nullable MetaKey of(int code) {
    for (MetaKey key : values()) {
      if (key.code == code) {
        return key;
      }
    }
    return null;
  }
}
