package calico.confd;

import calico.model.Ip;
import calico.model.key.ResourceKey;
import org.jspecify.annotations.Nullable;

/**
 * One BGP session of this node.
 *
 * @param protocol its name in the daemon, at most 64 characters
 * @param resource that asks for it
 * @param origin the same, for readers of the configuration
 * @param port TCP port of the other end, or 0 for the default of BGP
 * @param as AS number of the other end
 * @param ownAs AS number of this end, towards this peer
 * @param usesNodeIp whether the session comes from the node's own address
 * @param passive waits for the other end to connect
 * @param clientOf cluster id that this node reflects routes with to the peer, or null
 */
record Peer(
    String protocol,
    ResourceKey<?> resource,
    String origin,
    Ip address,
    int port,
    long as,
    long ownAs,
    boolean usesNodeIp,
    boolean passive,
    @Nullable String clientOf,
    PeerOptions options) {

  /** {@code Mesh_10_0_0_2}, {@code Node_fd00__2_port_1790}. */
  static String protocolName(String prefix, Ip address, int port) {
    return prefix
        + "_"
        + address.toString().replace('.', '_').replace(':', '_')
        + (port == 0 ? "" : "_port_" + port);
  }

  /** Whether both ends are in the same AS. */
  boolean internal() {
    return as == ownAs;
  }
}
