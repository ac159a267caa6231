package calico.ipam;

import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The blocks that one host was seen to have, with the writer that everybody here uses for each. It
 * need be neither complete nor true: a block that is missed is found by a search, and that one is
 * not the host's any more its next write tells. Where it has to borrow, it remembers where.
 */
final class KnownBlocks {
  /** How long a node borrows before it looks for a block of its own again. */
  private static final Duration LENDING = Duration.ofMinutes(1);

  private static final int MOST_LENDERS = 16;

  private final @Nullable Owner owner;
  private final Map<Cidr, BlockWriter> writers = new ConcurrentSkipListMap<>();
  private final Map<Family, Lenders> lenders = new ConcurrentHashMap<>();

  /**
   * Blocks of others that had free addresses when none was left to claim.
   *
   * @param pools in which there was none
   * @param until when there may be one again
   */
  private record Lenders(List<Pool> pools, Instant until, List<BlockWriter> blocks) {}

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

  boolean remembers() {
    return owner != null;
  }

  boolean areOf(Owner who) {
    return who.equals(owner);
  }

  /** In the order of their addresses. */
  List<BlockWriter> of(Family family) {
    return writers.values().stream().filter(w -> w.cidr().family() == family).toList();
  }

  /** Where to borrow without a search, if one in these pools has found nothing to claim lately. */
  List<BlockWriter> lenders(Family family, List<Pool> pools, Instant now) {
    Lenders known = lenders.get(family);
    return known != null && known.pools().equals(pools) && now.isBefore(known.until())
        ? known.blocks()
        : List.of();
  }

  /** Remembers some of the blocks that a search has found to borrow from, best first. */
  void lend(Tools tools, PoolChoice choice, Family family, List<Entry<AllocationBlock>> found) {
    if (owner != null) {
      List<BlockWriter> blocks = new CopyOnWriteArrayList<>();
      found.stream()
          .filter(b -> !owner.owns(b.value().affinity()))
          .limit(MOST_LENDERS)
          .forEach(b -> blocks.add(writer(tools, b)));
      Instant until = tools.clock().instant().plus(LENDING);
      lenders.put(family, new Lenders(choice.pools(), until, blocks));
    }
  }

  /** Writes a block as it was just read; remembered if it is the owner's. */
  BlockWriter writer(Tools tools, Entry<AllocationBlock> block) {
    Cidr cidr = block.value().cidr();
    BlockWriter writer =
        owner != null && owner.owns(block.value().affinity())
            ? writers.computeIfAbsent(cidr, c -> writer(tools, c))
            : writer(tools, cidr);
    writer.saw(block);
    return writer;
  }

  BlockWriter writer(Tools tools, Cidr cidr) {
    BlockWriter known = writers.get(cidr);
    return known != null
        ? known
        : lenders.values().stream()
            .flatMap(l -> l.blocks().stream())
            .filter(b -> b.cidr().equals(cidr))
            .findFirst()
            .orElseGet(() -> new BlockWriter(tools, cidr));
  }

  /** Whether a block is known and has nothing left as far as is known. */
  boolean isExhausted(Cidr cidr, Terms terms) {
    BlockWriter known = writers.get(cidr);
    return known != null && known.isExhausted(terms);
  }

  void forget(Cidr cidr) {
    writers.remove(cidr);
    lenders.values().forEach(l -> l.blocks().removeIf(b -> b.cidr().equals(cidr)));
  }
}
