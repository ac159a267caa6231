package calico.felix.rules;

import calico.netlink.nftables.Expr;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A rule of a chain.
 *
 * @param comment {@code cali:HASH; TEXT}, where HASH is of the expressions and the text; at most
 *     127 bytes, which is as much as nft prints
 */
public record NftRule(List<Expr> expressions, String comment) {
  private static final String PREFIX = "cali:";
  private static final int MAX_COMMENT = 127;
  private static final long OFFSET_BASIS = 0xcbf29ce484222325L;
  private static final long PRIME = 0x100000001b3L;

  public NftRule {
    expressions = List.copyOf(expressions);
  }

  /** A rule whose comment is made from {@code text}, shortened if need be. */
  public static NftRule of(String text, List<Expr> expressions) {
    long hash = OFFSET_BASIS;
    for (Expr expr : expressions) {
      hash = hash(hash, canonical(expr));
    }
    hash = hash(hash, text);
    String comment = PREFIX + HexFormat.of().toHexDigits(hash) + "; " + text;
    return new NftRule(
        expressions, comment.length() <= MAX_COMMENT ? comment : comment.substring(0, MAX_COMMENT));
  }

  /** The same text in every process; a set prints in an order of the process's own. */
  private static String canonical(Expr expr) {
    if (expr instanceof Expr.Fib fib) {
      String flags = fib.flags().stream().sorted().map(Enum::name).collect(Collectors.joining(","));
      return "Fib " + fib.result() + " " + flags + " " + fib.dreg();
    }
    return expr.toString();
  }

  /** FNV-1a; nobody tries to make two rules alike. */
  private static long hash(long before, String text) {
    long hash = before;
    for (int i = 0; i < text.length(); i++) {
      hash = (hash ^ text.charAt(i)) * PRIME;
    }
    return (hash ^ '\n') * PRIME;
  }

  @Override
  public String toString() {
    return comment;
  }
}
