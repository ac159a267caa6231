package calico.confd;

import calico.model.Ip;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/** BGP identifiers of nodes that have no IPv4 address to serve as one (RFC 6286). */
final class RouterId {
  /** First byte of the first multicast address. */
  private static final int MULTICAST = 224;

  private RouterId() {}

  /** The first four bytes of the name's SHA-256, kept out of the multicast range. */
  static Ip ofName(String nodeName) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(nodeName.getBytes(StandardCharsets.UTF_8));
      byte[] id = Arrays.copyOf(digest, 4);
      if ((id[0] & 0xff) >= MULTICAST) {
        id[0] = (byte) (id[0] - 32);
      }
      return Ip.of(id);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
