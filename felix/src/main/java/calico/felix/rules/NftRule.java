package calico.felix.rules;

import calico.netlink.nftables.Expr;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
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
  private static final int HASH_BYTES = 12;

  public NftRule {
    expressions = List.copyOf(expressions);
  }

  /** A rule whose comment is made from {@code text}, shortened if need be. */
  public static NftRule of(String text, List<Expr> expressions) {
    MessageDigest sha = sha256();
    for (Expr expr : expressions) {
      sha.update(canonical(expr).getBytes(StandardCharsets.UTF_8));
      sha.update((byte) '\n');
    }
    sha.update(text.getBytes(StandardCharsets.UTF_8));
    String hash =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(Arrays.copyOf(sha.digest(), HASH_BYTES));
    String comment = PREFIX + hash + "; " + text;
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

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return comment;
  }
}
