package calico.model.config;

import calico.model.Cidr;
import org.jspecify.annotations.Nullable;

/**
 * A port that stays open whatever policy says.
 *
 * @param protocol "tcp", "udp" or "sctp"
 * @param net the remote addresses to which that is limited, or null
 */
public record HostPort(String protocol, int port, @Nullable Cidr net) {
  /** {@code tcp:10.0.0.0/8:22}, {@code udp:[fd00::/8]:53} or {@code tcp:22}. */
  @Override
  public String toString() {
    if (net == null) {
      return protocol + ":" + port;
    }
    return protocol
        + ":"
        + (net.toString().indexOf(':') >= 0 ? "[" + net + "]" : net.toString())
        + ":"
        + port;
  }
}
