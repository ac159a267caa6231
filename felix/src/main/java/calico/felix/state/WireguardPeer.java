package calico.felix.state;

import calico.model.Ip;

/**
 * Another node's WireGuard device.
 *
 * @param publicKey base64
 * @param nodeIp address of the node, to which the UDP packets go
 */
public record WireguardPeer(String publicKey, Ip nodeIp) {}
