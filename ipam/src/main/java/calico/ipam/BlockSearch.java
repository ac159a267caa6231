package calico.ipam;

import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import calico.model.key.Query;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Finds blocks beyond those that a host has, and claims them. */
final class BlockSearch {
  /** An empty block is left to its host at least this long, so that two do not play ping-pong. */
  private static final Duration RECLAIM_AGE = Duration.ofMinutes(1);

  private final Assigner.Tools tools;
  private final Assigner.Setting setting;
  private final AssignRequest request;
  private final Family family;
  private final PoolChoice choice;
  private final Owner owner;

  BlockSearch(
      Assigner.Tools tools,
      Assigner.Setting setting,
      AssignRequest request,
      Family family,
      PoolChoice choice) {
    this.tools = tools;
    this.setting = setting;
    this.request = request;
    this.family = family;
    this.choice = choice;
    this.owner = Owner.of(request.host(), request.use());
  }

  /**
   * A block that is ours now: one that nobody had, or else an empty one of another; empty if there
   * is none. Lists the blocks once.
   */
  Optional<Entry<AllocationBlock>> newBlock() {
    Map<Cidr, Entry<AllocationBlock>> existing = existing();
    List<Entry<AllocationBlock>> reclaimable = new ArrayList<>();
    for (Pool pool : choice.pools()) {
      // Blocks of another size, left from an earlier pool, must not be overlapped.
      List<Cidr> odd =
          existing.keySet().stream()
              .filter(c -> c.length() != pool.blockLength() && c.overlaps(pool.cidr()))
              .toList();
      odd.stream().map(existing::get).filter(this::mayReclaim).forEach(reclaimable::add);
      BlockOrder order = new BlockOrder(pool, request.host(), tools.random());
      for (Cidr cidr = order.next(); cidr != null; cidr = order.next()) {
        Cidr reserved = setting.reservations().covering(cidr);
        if (reserved != null) {
          order.skip(reserved);
          continue;
        }
        Cidr candidate = cidr;
        Entry<AllocationBlock> there = existing.get(cidr);
        boolean ours = there != null && owner.owns(there.value().affinity());
        if (there != null && !(ours && hasFree(there))) {
          if (mayReclaim(there)) {
            reclaimable.add(there);
          }
        } else if (odd.stream().noneMatch(candidate::overlaps)) {
          Optional<Entry<AllocationBlock>> claimed = claim(cidr);
          if (claimed.isPresent()) {
            return claimed;
          }
        }
      }
    }
    return reclaimable.stream().flatMap(b -> reclaim(b).stream()).findFirst();
  }

  /** What there is in the pools, whoever has it, in the order in which this host would look. */
  Stream<Entry<AllocationBlock>> existingInOrder() {
    Map<Cidr, Entry<AllocationBlock>> existing = existing();
    return choice.pools().stream()
        .flatMap(
            pool ->
                existing.values().stream()
                    .filter(b -> pool.cidr().contains(b.value().cidr()))
                    .sorted(
                        Comparator.comparing(
                            b -> b.value().cidr(),
                            new BlockOrder(pool, request.host(), tools.random()).comparator())));
  }

  private Map<Cidr, Entry<AllocationBlock>> existing() {
    Map<Cidr, Entry<AllocationBlock>> blocks = new TreeMap<>();
    for (Entry<AllocationBlock> e : tools.datastore().list(new Query.Blocks(family)).entries()) {
      blocks.put(e.value().cidr(), e);
    }
    return blocks;
  }

  private Optional<Entry<AllocationBlock>> claim(Cidr cidr) {
    return tools
        .retry()
        .whileConflicting("claiming block " + cidr, () -> tools.affinities().claim(owner, cidr))
        .filter(this::hasFree);
  }

  private boolean hasFree(Entry<AllocationBlock> block) {
    return edit(block).hasFree(setting.reservations());
  }

  BlockEdit edit(Entry<AllocationBlock> block) {
    return new BlockEdit(
        block.value(), tools.clock().instant(), setting.config().ipCooldownSeconds());
  }

  private boolean mayReclaim(Entry<AllocationBlock> block) {
    String claimTime = block.value().affinityClaimTime();
    Instant oldEnough = tools.clock().instant().minus(RECLAIM_AGE);
    BlockEdit edit = edit(block);
    return edit.isEmpty()
        && edit.hasFree(setting.reservations())
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
                            holder, cidr, true, unchanged, setting.config().ipCooldownSeconds()));
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
