package calico.felix.state;

import calico.model.Ip;

/** Where packets to a prefix go whose addresses are in use on some node. */
public sealed interface ClusterRoute {

  /** To another node as they are; both are on one subnet, or their network knows the way. */
  record Direct(Ip nodeIp) implements ClusterRoute {}

  /** Through the VXLAN device. */
  record Vxlan(Ip tunnelIp) implements ClusterRoute {}

  /** Through the IPIP device. */
  record Ipip(Ip nodeIp) implements ClusterRoute {}

  /**
   * Nowhere: the block is this node's, and what of it is in use has routes of its own. Without this
   * a packet to an address that is not would follow the default route and come back.
   */
  record Blackhole() implements ClusterRoute {}

  /** Through the WireGuard device. */
  record Wireguard(String node) implements ClusterRoute {}

  /** As if there was no WireGuard: the node is this one, or does not speak it. */
  record Unencrypted() implements ClusterRoute {}
}
