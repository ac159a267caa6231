package calico.model.ipam;

import calico.model.Cidr;
import java.util.Map;

/**
 * How many addresses an owner holds in each block.
 *
 * @param blocks number of addresses by block
 */
public record IpamHandle(Map<Cidr, Integer> blocks, boolean deleted) {}
