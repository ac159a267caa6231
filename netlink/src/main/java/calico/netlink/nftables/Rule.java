package calico.netlink.nftables;

import java.util.List;

/** A rule as the kernel has it; {@code comment} is empty when there is none. */
public record Rule(String chain, long handle, List<Expr> expressions, String comment) {
  public Rule {
    expressions = List.copyOf(expressions);
  }
}
