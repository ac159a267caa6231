package calico.felix.rules;

import calico.netlink.nftables.Expr;

/**
 * Where the rules that deny send a copy of each packet: an NFLOG group, with what decided as the
 * text. While nobody reads the group this costs a look-up per denied packet, and others nothing.
 */
public final class DeniedPackets {
  /** Number of the NFLOG group; upstream's flow logs have 1 and 2. */
  public static final int GROUP = 11;

  /** NF_LOG_PREFIXLEN is 128 with the final zero. */
  static final int MAX_TEXT_CHARS = 127;

  private static final int WHOLE_PACKET = 0;
  private static final int AT_ONCE = 0;

  private DeniedPackets() {}

  static Expr copy(String text) {
    String prefix = text.substring(0, Math.min(text.length(), MAX_TEXT_CHARS));
    return new Expr.Nflog(prefix, GROUP, WHOLE_PACKET, AT_ONCE);
  }
}
