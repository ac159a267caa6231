package calico.netlink.nftables;

/**
 * How a base chain is attached.
 *
 * @param type "filter", "nat" or "route"
 * @param hook for arp tables only INPUT and OUTPUT exist
 * @param priority lower runs first; raw -300, mangle -150, dstnat -100, filter 0, srcnat 100
 * @param policyDrop what happens at the chain's end: drop, else accept
 */
public record BaseChain(String type, Hook hook, int priority, boolean policyDrop) {
  public static BaseChain filter(Hook hook, int priority) {
    return new BaseChain("filter", hook, priority, false);
  }

  public static BaseChain nat(Hook hook, int priority) {
    return new BaseChain("nat", hook, priority, false);
  }
}
