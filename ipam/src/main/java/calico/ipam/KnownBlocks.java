package calico.ipam;

import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that one host was seen to have, with the writer that everybody here uses for each. It
 * need be neither complete nor true: a block that is missed is found by a search, and that one is
 * not the host's any more its next write tells.
 */
final class KnownBlocks {
  private final @Nullable Owner owner;
  private final Map<Cidr, BlockWriter> writers = new ConcurrentSkipListMap<>();

  /** Held by who searches for a block, so that the others find what it has found. */
  final ReentrantLock searching = new ReentrantLock();

  /**
   * Of one owner.
   *
   * @param owner null to remember nothing
   */
  KnownBlocks(@Nullable Owner owner) {
    this.owner = owner;
  }

  boolean areOf(Owner who) {
    return who.equals(owner);
  }

  /** In the order of their addresses. */
  List<BlockWriter> of(Family family) {
    return writers.values().stream().filter(w -> w.cidr().family() == family).toList();
  }

  /** Writes a block as it was just read; remembered if it is the owner's. */
  BlockWriter writer(Tools tools, Entry<AllocationBlock> block) {
    Cidr cidr = block.value().cidr();
    BlockWriter writer =
        owner != null && owner.owns(block.value().affinity())
            ? writers.computeIfAbsent(cidr, c -> new BlockWriter(tools, c))
            : writer(tools, cidr);
    writer.saw(block);
    return writer;
  }

  BlockWriter writer(Tools tools, Cidr cidr) {
    BlockWriter known = writers.get(cidr);
    return known == null ? new BlockWriter(tools, cidr) : known;
  }

  /** Whether a block is known and has nothing left as far as is known. */
  boolean isExhausted(Cidr cidr, Terms terms) {
    BlockWriter known = writers.get(cidr);
    return known != null && known.isExhausted(terms);
  }

  void forget(Cidr cidr) {
    writers.remove(cidr);
  }
}
