package calico.felix.state;

import calico.model.Ip;

/**
 * One end of the VXLAN tunnels of a family.
 *
 * @param nodeIp address of the node, to which the UDP packets go
 * @param tunnelIp address of the VXLAN device, the gateway of routes to the node
 * @param mac of the VXLAN device, in lower case with colons
 */
public record Vtep(Ip nodeIp, Ip tunnelIp, String mac) {}
