package calico.netlink.nftables;

import org.jspecify.annotations.Nullable;

/** Which packets a table sees; {@code NFPROTO_*} in {@code linux/netfilter.h}. */
public enum TableFamily {
  /** Both IPv4 and IPv6. */
  INET(1),
  IP(2),
  ARP(3),
  NETDEV(5),
  BRIDGE(7),
  IP6(10);

  final int code;

  TableFamily(int code) {
    this.code = code;
  }

  static @Nullable TableFamily of(int code) {
    for (TableFamily family : values()) {
      if (family.code == code) {
        return family;
      }
    }
    return null;
  }
}
