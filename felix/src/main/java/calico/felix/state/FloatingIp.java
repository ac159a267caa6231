package calico.felix.state;

import calico.model.Ip;

/**
 * What a floating address is translated to.
 *
 * @param internal the workload's address
 * @param interfaceName the workload's interface on this node
 */
public record FloatingIp(Ip internal, String interfaceName) {}
