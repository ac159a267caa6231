package calico.felix.calc;

import calico.model.Ip;

/**
 * The first packet of a connection, of which one asks what policy does with it. For ICMP and ICMPv6
 * it is an echo request.
 *
 * @param protocol IANA number
 * @param sourcePort ignored by protocols without ports
 * @param port the destination's; ignored by protocols without ports
 */
public record Flow(Peer source, Peer destination, int protocol, int sourcePort, int port) {

  /** A source port such as a client's kernel picks. */
  private static final int EPHEMERAL_PORT = 49152;

  /** One end of a flow. */
  public sealed interface Peer {
    /**
     * A workload's first endpoint, or a node.
     *
     * @param name {@code NAMESPACE/WORKLOAD}, or {@code WORKLOAD} if there is only one of that
     *     name, or a node's name; {@code node/NAME} is always a node
     */
    record Named(String name) implements Peer {
      @Override
      public String toString() {
        return name;
      }
    }

    /** An address, of a workload or not. */
    record Address(Ip ip) implements Peer {
      @Override
      public String toString() {
        return ip.toString();
      }
    }

    /** Reads an address or a name. */
    static Peer parse(String text) {
      Ip ip = Ip.tryParse(text);
      return ip == null ? new Named(text) : new Address(ip);
    }
  }

  /** A flow from some ephemeral port. */
  public static Flow of(Peer source, Peer destination, int protocol, int port) {
    return new Flow(source, destination, protocol, EPHEMERAL_PORT, port);
  }
}
