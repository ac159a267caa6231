package calico.model.ipam;

import calico.model.resource.Unknown;

/**
 * Global IPAM settings.
 *
 * @param strictAffinity no borrowing from other hosts' blocks
 * @param autoAllocateBlocks hosts may claim new blocks
 * @param maxBlocksPerHost 0 means the default of 20
 * @param ipCooldownSeconds how long a released address is kept back, in seconds
 */
public record IpamConfig(
    boolean strictAffinity,
    boolean autoAllocateBlocks,
    int maxBlocksPerHost,
    int ipCooldownSeconds,
    Unknown unknown) {
  public static final IpamConfig DEFAULT = new IpamConfig(false, true, 0, 0, Unknown.NONE);
}
