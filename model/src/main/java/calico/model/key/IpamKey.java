package calico.model.key;

import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.ipam.IpamHandle;

/** Names of IPAM data. */
public sealed interface IpamKey<V> extends Key<V> {

  /** A block of addresses. */
  record Block(Cidr cidr) implements IpamKey<AllocationBlock> {}

  /**
   * The claim of a host on a block.
   *
   * @param affinityType "host" or "virtual"
   */
  record Affinity(String affinityType, String host, Cidr cidr) implements IpamKey<BlockAffinity> {
    public static Affinity ofHost(String host, Cidr cidr) {
      return new Affinity("host", host, cidr);
    }
  }

  /** All addresses that one owner holds. */
  record Handle(String id) implements IpamKey<IpamHandle> {}

  /** The global IPAM settings. */
  record Config() implements IpamKey<IpamConfig> {}
}
