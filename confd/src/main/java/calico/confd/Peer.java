package calico.confd;

import calico.model.Ip;
import org.jspecify.annotations.Nullable;

/**
 * One BGP session of this node.
 *
 * @param protocol its name in BIRD, at most 64 characters
 * @param origin the resource that asks for it, for readers of the configuration
 * @param port TCP port of the other end, or 0 for the default of BGP
 * @param as AS number of the other end
 * @param usesNodeIp whether the session comes from the node's own address
 * @param passive waits for the other end to connect
 * @param ttlSecurityHops routers allowed between the two (RFC 5082), or 0 for no check
 * @param keepsNextHop passes on the next hop of a route unchanged
 * @param clientOf cluster id that this node reflects routes with to the peer, or null
 * @param restartSeconds how long the peer is to keep routes while this node restarts, or 0 for
 *     BIRD's default
 */
record Peer(
    String protocol,
    String origin,
    Ip address,
    int port,
    long as,
    boolean usesNodeIp,
    boolean passive,
    int ttlSecurityHops,
    boolean keepsNextHop,
    @Nullable String clientOf,
    int restartSeconds) {

  /** {@code Mesh_10_0_0_2}, {@code Node_fd00__2_port_1790}. */
  static String protocolName(String prefix, Ip address, int port) {
    return prefix
        + "_"
        + address.toString().replace('.', '_').replace(':', '_')
        + (port == 0 ? "" : "_port_" + port);
  }
}
