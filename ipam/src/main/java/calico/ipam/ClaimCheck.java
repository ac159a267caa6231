package calico.ipam;

import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.key.IpamKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Blocks compared with affinities. In order is a block inside a pool whose owner lives and has a
 * confirmed affinity to it, and one without owner that holds addresses.
 */
final class ClaimCheck {
  private final Set<String> nodes;
  private final List<Cidr> pools;
  private final Predicate<AllocationBlock> isEmpty;
  private final Map<Cidr, Entry<AllocationBlock>> blocks = new TreeMap<>();
  private final Set<IpamKey.Affinity> claims = new HashSet<>();
  private final List<BlockLeak> leaks = new ArrayList<>();

  /**
   * Of a cluster.
   *
   * @param nodes their names
   * @param pools all, the disabled ones too
   * @param isEmpty whether a block holds no address, not even one that cools down
   */
  ClaimCheck(Set<String> nodes, List<Cidr> pools, Predicate<AllocationBlock> isEmpty) {
    this.nodes = nodes;
    this.pools = pools;
    this.isEmpty = isEmpty;
  }

  /** One for each affinity and each block that is not in order. */
  List<BlockLeak> leaks(
      List<Entry<AllocationBlock>> allBlocks, List<Entry<BlockAffinity>> affinities) {
    allBlocks.forEach(b -> blocks.put(b.value().cidr(), b));
    for (Entry<BlockAffinity> e : affinities) {
      IpamKey.Affinity key = (IpamKey.Affinity) e.key();
      claims.add(key);
      Owner owner = new Owner(key.affinityType(), key.host());
      String problem = problem(owner, key.cidr(), e.value().state());
      if (problem != null) {
        leaks.add(
            new BlockLeak(
                key.cidr(),
                owner,
                e.revision(),
                "the affinity of %s to block %s: %s".formatted(owner, key.cidr(), problem)));
      }
    }
    blocks.forEach(
        (cidr, block) -> {
          String problem = problem(block.value());
          if (problem != null) {
            leaks.add(
                new BlockLeak(
                    cidr, null, block.revision(), "block %s %s".formatted(cidr, problem)));
          }
        });
    return List.copyOf(leaks);
  }

  private @Nullable String problem(Owner owner, Cidr cidr, String state) {
    Entry<AllocationBlock> block = blocks.get(cidr);
    if (block == null) {
      return "there is no such block";
    }
    String holder = block.value().affinity();
    if (!owner.owns(holder)) {
      return "the block belongs to " + (holder == null ? "nobody" : holder);
    }
    if (owner.isHost() && !nodes.contains(owner.name())) {
      return "there is no such node";
    }
    if (!Affinities.isConfirmed(state)) {
      return "it is " + state + ", and whoever began that has not finished it";
    }
    return inPool(cidr) ? null : "the block is in no IPPool";
  }

  /** Of a block that no affinity accounts for. */
  private @Nullable String problem(AllocationBlock block) {
    Owner owner = Owner.parse(block.affinity());
    if (owner != null) {
      return claims.contains(owner.key(block.cidr()))
          ? null
          : "belongs to %s, which has no affinity to it".formatted(owner);
    }
    if (isEmpty.test(block)) {
      return "holds no address and belongs to nobody";
    }
    return inPool(block.cidr()) ? null : "is in no IPPool";
  }

  private boolean inPool(Cidr block) {
    return pools.stream().anyMatch(p -> p.overlaps(block));
  }
}
