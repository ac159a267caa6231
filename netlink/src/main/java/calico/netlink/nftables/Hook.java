package calico.netlink.nftables;

/** Where a base chain of an ip, ip6 or inet table runs; {@code NF_INET_*}, in order from 0. */
public enum Hook {
  PREROUTING,
  INPUT,
  FORWARD,
  OUTPUT,
  POSTROUTING
}
