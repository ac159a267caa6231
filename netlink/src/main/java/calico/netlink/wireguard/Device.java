package calico.netlink.wireguard;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A WireGuard device.
 *
 * @param key its public key; null as long as it has no private key
 * @param traffic with each peer
 */
public record Device(
    @Nullable Key key, Settings settings, List<Peer> peers, Map<Key, Traffic> traffic) {

  /**
   * @param port UDP port on which it listens
   * @param mark of the packets that it sends to other nodes; 0 for none
   */
  public record Settings(int port, int mark) {}

  /**
   * What has been exchanged with a peer since the device has it.
   *
   * @param handshakeSeconds when they last shook hands, in seconds of the epoch; 0: not yet
   */
  public record Traffic(long handshakeSeconds, long receivedBytes, long sentBytes) {}

  public Device {
    peers = List.copyOf(peers);
    traffic = Map.copyOf(traffic);
  }
}
