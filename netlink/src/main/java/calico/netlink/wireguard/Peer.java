package calico.netlink.wireguard;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Somebody with whom a device exchanges packets.
 *
 * @param endpoint where to its packets go; null if it has to come first
 * @param keepAliveSeconds how often it hears something at least; 0 for never
 * @param allowed the sources of packets from it, and the destinations of packets to it
 */
public record Peer(
    Key key, @Nullable InetSocketAddress endpoint, int keepAliveSeconds, Set<Prefix> allowed) {

  /** A network. */
  public record Prefix(InetAddress address, int length) {}

  public Peer {
    allowed = Set.copyOf(allowed);
  }
}
