package calico.ctl;

import calico.model.Cidr;
import calico.model.resource.IpPoolSpec;

/** Specs of pools, derived from others. */
final class Pools {
  private Pools() {}

  /** The same with another prefix or flag. */
  static IpPoolSpec with(IpPoolSpec s, String cidr, boolean disabled) {
    return new IpPoolSpec(
        cidr,
        s.vxlanMode(),
        s.ipipMode(),
        s.natOutgoing(),
        disabled,
        s.disableBGPExport(),
        s.blockSize(),
        s.nodeSelector(),
        s.namespaceSelector(),
        s.allowedUses(),
        s.assignmentMode(),
        s.unknown());
  }

  /** Prefix length of the pool's blocks. */
  static int blockSize(IpPoolSpec pool) {
    Integer size = pool.blockSize();
    if (size != null && size != 0) {
      return size;
    }
    return switch (Cidr.parse(pool.cidr()).family()) {
      case IPV4 -> 26;
      case IPV6 -> 122;
    };
  }
}
