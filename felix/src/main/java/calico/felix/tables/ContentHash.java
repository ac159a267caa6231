package calico.felix.tables;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;

/** Names and numbers of what is called by its content, the same in every process. */
public final class ContentHash {
  private static final int NAME_BYTES = 16;
  private static final int OFFSET_BASIS = 0x811c9dc5;
  private static final int PRIME = 0x01000193;

  private ContentHash() {}

  /** A name of 22 characters that {@code nft} takes. */
  public static String name(String content) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(content.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(Arrays.copyOf(digest, NAME_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** A number; two contents may have the same one. FNV-1a of what they print, in order. */
  public static int id(Collection<?> content) {
    int hash = OFFSET_BASIS;
    for (Object each : content) {
      String text = each.toString();
      for (int i = 0; i < text.length(); i++) {
        hash = (hash ^ text.charAt(i)) * PRIME;
      }
      hash = (hash ^ '\n') * PRIME;
    }
    return hash;
  }
}
