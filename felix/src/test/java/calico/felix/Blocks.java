package calico.felix;

import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.resource.Unknown;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Blocks of addresses, as IPAM writes them. */
public final class Blocks {
  private Blocks() {}

  /**
   * A block of 64 addresses.
   *
   * @param owner the node that has it
   * @param borrowers nodes that have some of its addresses, by their place in the block
   */
  public static AllocationBlock block(String cidr, String owner, Map<Integer, String> borrowers) {
    List<@Nullable Integer> allocations = new ArrayList<>();
    List<AllocationBlock.Attribute> attributes = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      String node = borrowers.get(i);
      allocations.add(node == null ? null : Integer.valueOf(attributes.size()));
      if (node != null) {
        attributes.add(
            new AllocationBlock.Attribute(null, Map.of("node", node), null, Unknown.NONE));
      }
    }
    return new AllocationBlock(
        Cidr.parse(cidr),
        "host:" + owner,
        null,
        allocations,
        List.of(),
        attributes,
        0,
        Map.of(),
        false,
        Unknown.NONE);
  }
}
