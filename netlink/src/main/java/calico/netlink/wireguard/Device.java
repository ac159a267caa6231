package calico.netlink.wireguard;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A WireGuard device.
 *
 * @param key its public key; null as long as it has no private key
 */
public record Device(@Nullable Key key, Settings settings, List<Peer> peers) {

  /**
   * @param port UDP port on which it listens
   * @param mark of the packets that it sends to other nodes; 0 for none
   */
  public record Settings(int port, int mark) {}

  public Device {
    peers = List.copyOf(peers);
  }
}
