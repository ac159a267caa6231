package calico.ipam;

import calico.model.Cidr;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.List;

/** A pool's prefix, cut into equal parts. */
public final class PoolSplit {
  private static final int MAX_PARTS_LOG = 16;

  private PoolSplit() {}

  /**
   * The parts in the order of their addresses.
   *
   * @param parts a power of two from 2 to 65536
   * @param blockLength prefix length of the pool's blocks, of which each part has one at least
   * @throws IpamException if it cannot be cut so
   */
  public static List<Cidr> parts(Cidr pool, int parts, int blockLength) {
    int log = Integer.numberOfTrailingZeros(parts);
    if (parts < 2 || Integer.bitCount(parts) != 1 || log > MAX_PARTS_LOG) {
      throw new IpamException(
          "number to split CIDR into is not a valid power of 2: %d; choose one from 2 to %d"
              .formatted(parts, 1 << MAX_PARTS_LOG));
    }
    int length = pool.length() + log;
    if (length > blockLength) {
      throw new IpamException(
          "the CIDR %s is not large enough to be split into %d parts: each needs a block, a /%d"
              .formatted(pool, parts, blockLength));
    }
    List<Cidr> out = new ArrayList<>();
    Ip next = pool.address();
    for (int i = 0; i < parts; i++) {
      Cidr part = new Cidr(next, length);
      out.add(part);
      next = part.last().plus(1);
    }
    return out;
  }
}
