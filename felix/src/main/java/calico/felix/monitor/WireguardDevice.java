package calico.felix.monitor;

import java.util.List;

/**
 * A device of WireGuard's, for those who watch it.
 *
 * @param name of the interface
 * @param key public, in base64; empty if it has none yet
 * @param port UDP port on which it listens
 */
public record WireguardDevice(String name, String key, int port, List<Peer> peers) {

  /**
   * Another node.
   *
   * @param key public, in base64
   * @param endpoint address and port; empty if it is not known
   * @param handshakeSeconds when they last shook hands, in seconds of the epoch; 0: not yet
   */
  public record Peer(
      String key, String endpoint, long handshakeSeconds, long receivedBytes, long sentBytes) {}
}
