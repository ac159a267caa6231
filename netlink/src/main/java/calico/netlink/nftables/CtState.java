package calico.netlink.nftables;

/** Bits of {@link CtKey#STATE}: {@code NF_CT_STATE_BIT} over {@code enum ip_conntrack_info}. */
public enum CtState {
  INVALID(1),
  ESTABLISHED(2),
  RELATED(4),
  NEW(8),
  UNTRACKED(64);

  final int bit;

  CtState(int bit) {
    this.bit = bit;
  }

  /** The bits of all of {@code states}. */
  public static int mask(CtState... states) {
    int mask = 0;
    for (CtState state : states) {
      mask |= state.bit;
    }
    return mask;
  }
}
