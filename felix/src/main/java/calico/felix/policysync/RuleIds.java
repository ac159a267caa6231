package calico.felix.policysync;

import calico.policysync.Rule;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Names of the rules of one direction, made the way upstream makes them: SHA-224 over the hash so
 * far and the rule's message, of which the first 16 characters in base64 for URLs are the name.
 */
final class RuleIds {
  private static final int LENGTH_CHARS = 16;

  private final MessageDigest digest;
  private byte[] hash;

  /**
   * Starts a chain.
   *
   * @param seed direction and name of the policy or profile
   */
  RuleIds(String seed) {
    try {
      digest = MessageDigest.getInstance("SHA-224");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("the JDK has SHA-224", e);
    }
    hash = digest.digest(seed.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The next rule's identifier.
   *
   * @param rule without one
   */
  String next(Rule rule) {
    digest.update(hash);
    hash = digest.digest(rule.toByteArray());
    return Base64.getUrlEncoder().withoutPadding().encodeToString(hash).substring(0, LENGTH_CHARS);
  }
}
