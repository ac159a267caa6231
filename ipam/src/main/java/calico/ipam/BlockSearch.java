package calico.ipam;

import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds blocks beyond those that a host has, and claims them. */
final class BlockSearch {
  /** An empty block is left to its host at least this long, so that two do not play ping-pong. */
  private static final Duration RECLAIM_AGE = Duration.ofMinutes(1);

  private final Tools tools;
  private final Terms terms;
  private final AssignRequest request;
  private final Family family;
  private final PoolChoice choice;
  private final Owner owner;
  private final Map<Cidr, Entry<AllocationBlock>> listed = new TreeMap<>();

  BlockSearch(Tools tools, Terms terms, AssignRequest request, Family family, PoolChoice choice) {
    this.tools = tools;
    this.terms = terms;
    this.request = request;
    this.family = family;
    this.choice = choice;
    this.owner = Owner.of(request.host(), request.use());
  }

  /**
   * A block that is ours now: one that nobody had, or else an empty one of another; empty if there
   * is none. Lists the blocks' keys once, and once more whenever another host was faster; what they
   * hold it lists only if none is left.
   */
  Optional<Entry<AllocationBlock>> newBlock() {
    Set<Cidr> lost = new HashSet<>();
    while (true) {
      Set<Cidr> taken = taken();
      Optional<Cidr> candidate =
          choice.pools().stream()
              .flatMap(pool -> candidate(pool, taken, lost).stream())
              .findFirst();
      if (candidate.isEmpty()) {
        return existingBlock();
      }
      Optional<Entry<AllocationBlock>> claimed = claim(candidate.get());
      if (claimed.isPresent()) {
        return claimed;
      }
      lost.add(candidate.get());
    }
  }

  private Set<Cidr> taken() {
    return tools.datastore().keys(new Query.Blocks(family)).stream()
        .map(key -> ((IpamKey.Block) key).cidr())
        .collect(Collectors.toSet());
  }

  /**
   * A block of a pool that nobody has. Looks here and there first: hosts that all went upwards from
   * where they start would pile up behind the same stretches of taken blocks and claim the same
   * free one at their ends.
   */
  private Optional<Cidr> candidate(Pool pool, Set<Cidr> taken, Set<Cidr> lost) {
    // Blocks of another size, left from an earlier pool, must not be overlapped.
    List<Cidr> odd =
        taken.stream()
            .filter(c -> c.length() != pool.blockLength() && c.overlaps(pool.cidr()))
            .toList();
    Predicate<Cidr> claimable =
        c ->
            !lost.contains(c)
                && !taken.contains(c)
                && terms.reservations().covering(c) == null
                && odd.stream().noneMatch(c::overlaps);
    BlockOrder order = new BlockOrder(pool, request.host(), tools.random());
    return order.jumps().filter(claimable).findFirst().or(() -> sweep(order, claimable));
  }

  /** One that names us without our knowing, or an empty one of another. */
  private Optional<Entry<AllocationBlock>> existingBlock() {
    list();
    return existingInOrder()
        .filter(b -> owner.owns(b.value().affinity()) && !tools.writer(b).isExhausted(terms))
        .flatMap(b -> claim(b.value().cidr()).stream())
        .findFirst()
        .or(
            () ->
                existingInOrder()
                    .filter(this::mayReclaim)
                    .flatMap(block -> reclaim(block).stream())
                    .findFirst());
  }

  private Optional<Cidr> sweep(BlockOrder order, Predicate<Cidr> claimable) {
    for (Cidr cidr = order.next(); cidr != null; cidr = order.next()) {
      if (claimable.test(cidr)) {
        return Optional.of(cidr);
      }
      Cidr reserved = terms.reservations().covering(cidr);
      if (reserved != null) {
        order.skip(reserved);
      }
    }
    return Optional.empty();
  }

  /**
   * What there is in the pools, whoever has it, in the order in which this host would look; as
   * listed by {@link #newBlock}.
   */
  Stream<Entry<AllocationBlock>> existingInOrder() {
    return choice.pools().stream()
        .flatMap(
            pool ->
                listed.values().stream()
                    .filter(b -> pool.cidr().contains(b.value().cidr()))
                    .sorted(
                        Comparator.comparing(
                            b -> b.value().cidr(),
                            new BlockOrder(pool, request.host(), tools.random()).comparator())));
  }

  private void list() {
    listed.clear();
    for (Entry<AllocationBlock> e : tools.datastore().list(new Query.Blocks(family)).entries()) {
      listed.put(e.value().cidr(), e);
    }
  }

  private Optional<Entry<AllocationBlock>> claim(Cidr cidr) {
    return tools
        .retry()
        .whileConflicting("claiming block " + cidr, () -> tools.affinities().claim(owner, cidr))
        .filter(this::hasFree);
  }

  boolean hasFree(Entry<AllocationBlock> block) {
    return edit(block).hasFree(terms.reservations());
  }

  private BlockEdit edit(Entry<AllocationBlock> block) {
    return new BlockEdit(
        block.value(), tools.clock().instant(), terms.config().ipCooldownSeconds());
  }

  private boolean mayReclaim(Entry<AllocationBlock> block) {
    String claimTime = block.value().affinityClaimTime();
    Instant oldEnough = tools.clock().instant().minus(RECLAIM_AGE);
    BlockEdit edit = edit(block);
    return edit.isEmpty()
        && edit.hasFree(terms.reservations())
        && !owner.owns(block.value().affinity())
        && (claimTime == null || !Times.parse(claimTime).isAfter(oldEnough));
  }

  /** Takes over an empty block, unless it changed since it was listed. */
  private Optional<Entry<AllocationBlock>> reclaim(Entry<AllocationBlock> block) {
    Cidr cidr = block.value().cidr();
    Owner holder = Owner.parse(block.value().affinity());
    if (!(holder == null ? deleted(block) : released(holder, block))) {
      return Optional.empty();
    }
    Pool pool = PoolChoice.containing(choice.pools(), cidr.address());
    return pool == null ? Optional.empty() : claim(pool.blockOf(cidr.address()));
  }

  private boolean released(Owner holder, Entry<AllocationBlock> block) {
    Cidr cidr = block.value().cidr();
    long unchanged = block.value().sequenceNumber();
    Affinities.Outcome outcome =
        tools
            .retry()
            .whileConflicting(
                "reclaiming block " + cidr,
                () ->
                    tools
                        .affinities()
                        .release(
                            holder, cidr, true, unchanged, terms.config().ipCooldownSeconds()));
    return switch (outcome) {
      case RELEASED -> true;
      case NOT_OWNED -> deleted(block); // its affinity is lost: nobody can be using it
      case IN_USE, CHANGED -> false;
    };
  }

  private boolean deleted(Entry<AllocationBlock> block) {
    try {
      tools.datastore().delete(block.key(), block.revision());
      return true;
    } catch (DatastoreException.Conflict | DatastoreException.DoesNotExist _) {
      return false; // somebody uses or deleted it
    }
  }
}
