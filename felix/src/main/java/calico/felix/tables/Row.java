package calico.felix.tables;

/**
 * What decides about packets of some protocols to some ports.
 *
 * @param ports of packets without ports: all
 * @param rule which of the rules, from 0; {@link #NONE} if none does
 */
public record Row(int minProtocol, int maxProtocol, PortRange ports, int rule) {
  public static final int NONE = -1;

  /** Whether it decides about packets of this protocol to this port. */
  boolean has(int protocol, int port) {
    return minProtocol <= protocol
        && protocol <= maxProtocol
        && ports.min() <= port
        && port <= ports.max();
  }
}
