package calico.netlink.nftables;

/**
 * What happens to the packet next.
 *
 * <pre>
 * NFTA_DATA_VERDICT (nested)
 *   NFTA_VERDICT_CODE  (1)  be32: DROP 0, ACCEPT 1, CONTINUE -1, BREAK -2, JUMP -3, GOTO -4, RETURN -5
 *   NFTA_VERDICT_CHAIN (2)  string, for JUMP and GOTO
 * </pre>
 */
public sealed interface Verdict extends Data {
  /** Let the packet pass this base chain; later base chains on the hook still see it. */
  record Accept() implements Verdict {}

  /** Discard the packet now. */
  record Drop() implements Verdict {}

  /** Go on with the next rule; useful as a map's value. */
  record Continue() implements Verdict {}

  /** Stop this rule and go on with the next one. */
  record Break() implements Verdict {}

  /** Back to the rule after the jump; in a base chain, apply its policy. */
  record Return() implements Verdict {}

  /** Evaluate {@code chain}, then come back here. */
  record Jump(String chain) implements Verdict {}

  /** Evaluate {@code chain}; its end returns to where the calling chain was jumped to from. */
  record Goto(String chain) implements Verdict {}

  /**
   * Hand the packet to user-space queue {@code number}; {@code bypass} accepts when nobody listens.
   */
  record Queue(int number, boolean bypass) implements Verdict {}
}
