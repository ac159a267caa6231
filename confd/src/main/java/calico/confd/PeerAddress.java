package calico.confd;

import calico.model.Family;
import calico.model.Ip;
import org.jspecify.annotations.Nullable;

/**
 * The other end of a BGPPeer, as its {@code peerIP} spells it.
 *
 * @param port 1 to 65535, or 0 if none is given
 */
record PeerAddress(Ip ip, int port) {

  /** Parses {@code ADDRESS}, {@code IPV4:PORT} or {@code [ADDRESS]:PORT}; null for other text. */
  static @Nullable PeerAddress parse(@Nullable String text) {
    if (text == null) {
      return null;
    }
    Ip bare = Ip.tryParse(text);
    if (bare != null) {
      return new PeerAddress(bare, 0);
    }
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      return null;
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    Ip ip = Ip.tryParse(bracketed ? host.substring(1, host.length() - 1) : host);
    int port = port(text.substring(colon + 1));
    boolean wellFormed = ip != null && port > 0 && (bracketed || ip.family() == Family.IPV4);
    return wellFormed && ip != null ? new PeerAddress(ip, port) : null;
  }

  private static int port(String digits) {
    if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(PeerAddress::isDigit)) {
      return 0;
    }
    int port = Integer.parseInt(digits);
    return port > 65535 ? 0 : port;
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }
}
