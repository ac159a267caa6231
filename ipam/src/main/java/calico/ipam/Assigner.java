package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Serves one family of one request: from the host's own blocks, then from new blocks, then from
 * empty blocks of others, then, unless affinity is strict, from any block with space.
 */
final class Assigner {
  private static final int DEFAULT_MAX_BLOCKS = 20;

  /** An empty block is left to its host at least this long, so that two do not play ping-pong. */
  private static final Duration RECLAIM_AGE = Duration.ofMinutes(1);

  /** What all assigners of an {@link Ipam} share. */
  record Tools(
      Datastore datastore,
      Clock clock,
      RandomGenerator random,
      Retry retry,
      Affinities affinities,
      Handles handles) {}

  /** What was read for the whole request. */
  record Setting(IpamConfig config, Reservations reservations) {}

  private final Tools tools;
  private final Setting setting;
  private final AssignRequest request;
  private final Family family;
  private final PoolChoice choice;
  private final Owner owner;
  private final List<InterfaceAddress> assigned = new ArrayList<>();
  private final Set<Cidr> tried = new LinkedHashSet<>();
  private final int wanted;

  Assigner(Tools tools, Setting setting, AssignRequest request, Family family, PoolChoice choice) {
    this.tools = tools;
    this.setting = setting;
    this.request = request;
    this.family = family;
    this.choice = choice;
    this.owner = Owner.of(request.host(), request.use());
    this.wanted = request.counts().getOrDefault(family, 0);
  }

  /** Assigns, and tells what was assigned and why not more. */
  Assignment run() {
    IpamConfig config = setting.config();
    int owned = fromOwnBlocks();
    int limit = maxBlocks();
    String reason = null;
    while (missing() > 0 && reason == null) {
      if (!config.autoAllocateBlocks()) {
        reason = "the IPAM setting autoAllocateBlocks=false keeps it from claiming a block";
      } else if (owned >= limit) {
        reason =
            "it has "
                + owned
                + " blocks and maxBlocksPerHost"
                + (config.maxBlocksPerHost() == 0 ? " (default)" : "")
                + " is "
                + limit;
      } else {
        Entry<AllocationBlock> block = newBlock().orElse(null);
        if (block == null) {
          break;
        }
        owned++;
        take(block);
      }
    }
    if (missing() > 0 && reason == null) {
      if (config.strictAffinity()) {
        reason =
            "no block is left to claim and the IPAM setting strictAffinity=true keeps it from using"
                + " blocks of other nodes";
      } else {
        borrow();
        reason = "they have no free address left; add an IPPool or release addresses";
      }
    }
    return new Assignment(
        List.copyOf(assigned),
        missing() > 0 && reason != null ? List.of(shortfall(reason)) : List.of());
  }

  /**
   * A block of the host, claimed if it has none.
   *
   * @throws IpamException if there is none to claim
   */
  Cidr ensureBlock() {
    return tools.affinities().list(owner, family).stream()
        .filter(a -> PoolChoice.containing(choice.pools(), Affinities.cidr(a).address()) != null)
        .flatMap(a -> reach(Affinities.cidr(a), a).stream())
        .findFirst()
        .or(this::newBlock)
        .orElseThrow(
            () ->
                new IpamException(
                    "node "
                        + request.host()
                        + " has no block in pools "
                        + choice.pools()
                        + " and none is left to claim"))
        .value()
        .cidr();
  }

  private int missing() {
    return wanted - assigned.size();
  }

  private String shortfall(String reason) {
    return "assigned "
        + assigned.size()
        + " of "
        + wanted
        + " "
        + family
        + " addresses to node "
        + request.host()
        + (request.handleId() == null ? "" : " for handle " + request.handleId())
        + " from pools "
        + choice.pools()
        + ", blocks tried "
        + tried
        + ": "
        + reason;
  }

  private int maxBlocks() {
    int global = setting.config().maxBlocksPerHost();
    int own = request.maxBlocks();
    int limit = global > 0 && own > 0 ? Math.min(global, own) : Math.max(global, own);
    return limit > 0 ? limit : DEFAULT_MAX_BLOCKS;
  }

  /** Takes what the host's blocks have; returns how many blocks it has in these pools. */
  private int fromOwnBlocks() {
    int owned = 0;
    for (Entry<BlockAffinity> affinity : tools.affinities().list(owner, family)) {
      Cidr cidr = Affinities.cidr(affinity);
      if (PoolChoice.containing(choice.pools(), cidr.address()) == null) {
        giveUpIfUnselected(cidr);
        continue;
      }
      owned++;
      if (missing() > 0 && setting.reservations().covering(cidr) == null) {
        tried.add(cidr);
        reach(cidr, affinity).ifPresent(this::take);
      }
    }
    return owned;
  }

  private Optional<Entry<AllocationBlock>> reach(Cidr cidr, Entry<BlockAffinity> listed) {
    IpamKey.Affinity key = owner.key(cidr);
    boolean[] first = {true};
    return tools
        .retry()
        .whileConflicting(
            "using block " + cidr,
            () -> {
              Entry<BlockAffinity> affinity =
                  first[0] ? listed : tools.datastore().get(key).orElse(null);
              first[0] = false;
              return affinity == null
                  ? Optional.empty()
                  : tools.affinities().block(owner, affinity);
            });
  }

  private void giveUpIfUnselected(Cidr cidr) {
    if (PoolChoice.containing(choice.unselecting(), cidr.address()) != null) {
      tools
          .retry()
          .whileConflicting(
              "giving up block " + cidr,
              () -> tools.affinities().release(owner, cidr, true, null, cooldown()));
    }
  }

  private int cooldown() {
    return setting.config().ipCooldownSeconds();
  }

  /**
   * A block that is ours now: one that nobody had, or else an empty one of another; empty if there
   * is none. Lists the blocks once.
   */
  private Optional<Entry<AllocationBlock>> newBlock() {
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

  private Map<Cidr, Entry<AllocationBlock>> existing() {
    Map<Cidr, Entry<AllocationBlock>> blocks = new TreeMap<>();
    for (Entry<AllocationBlock> e : tools.datastore().list(new Query.Blocks(family)).entries()) {
      blocks.put(e.value().cidr(), e);
    }
    return blocks;
  }

  private Optional<Entry<AllocationBlock>> claim(Cidr cidr) {
    tried.add(cidr);
    return tools
        .retry()
        .whileConflicting("claiming block " + cidr, () -> tools.affinities().claim(owner, cidr))
        .filter(this::hasFree);
  }

  private boolean hasFree(Entry<AllocationBlock> block) {
    return edit(block).hasFree(setting.reservations());
  }

  private BlockEdit edit(Entry<AllocationBlock> block) {
    return new BlockEdit(block.value(), tools.clock().instant(), cooldown());
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
    tried.add(cidr);
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
    return tools
            .retry()
            .whileConflicting(
                "reclaiming block " + cidr,
                () -> tools.affinities().release(holder, cidr, true, unchanged, cooldown()))
        == Affinities.Outcome.RELEASED;
  }

  private boolean deleted(Entry<AllocationBlock> block) {
    try {
      tools.datastore().delete(block.key(), block.revision());
      return true;
    } catch (DatastoreException.Conflict | DatastoreException.DoesNotExist _) {
      return false; // somebody uses or deleted it
    }
  }

  /** Takes addresses from blocks of others. */
  private void borrow() {
    Map<Cidr, Entry<AllocationBlock>> existing = existing();
    for (Pool pool : choice.pools()) {
      Comparator<Cidr> order = new BlockOrder(pool, request.host(), tools.random()).comparator();
      existing.values().stream()
          .filter(b -> pool.cidr().contains(b.value().cidr()))
          .sorted(Comparator.comparing(b -> b.value().cidr(), order))
          .takeWhile(_ -> missing() > 0)
          .forEach(
              b -> {
                tried.add(b.value().cidr());
                take(b);
              });
    }
  }

  /**
   * Takes as many as are missing out of a block. The handle is incremented first and stays so while
   * the block's write is retried; what it counts too much in the end is taken back.
   */
  private void take(Entry<AllocationBlock> found) {
    Cidr cidr = found.value().cidr();
    String handle = request.handleId();
    int[] counted = {0};
    boolean[] first = {true};
    List<Ip> ips =
        tools
            .retry()
            .whileConflicting(
                "assigning from block " + cidr,
                () -> {
                  Entry<AllocationBlock> block =
                      first[0]
                          ? found
                          : tools.datastore().get(new IpamKey.Block(cidr)).orElse(null);
                  first[0] = false;
                  return block == null ? List.<Ip>of() : takeOnce(block, handle, counted);
                });
    if (counted[0] > ips.size()) {
      tools.handles().decrement(handle, cidr, counted[0] - ips.size());
    }
    ips.forEach(ip -> assigned.add(new InterfaceAddress(ip, cidr.length())));
  }

  private List<Ip> takeOnce(Entry<AllocationBlock> block, @Nullable String handle, int[] counted) {
    BlockEdit edit = edit(block);
    if (setting.config().strictAffinity() && !owner.owns(edit.affinity())) {
      return List.of();
    }
    List<Ip> ips = edit.autoAssign(missing(), handle, request.attributes(), setting.reservations());
    if (ips.size() > counted[0]) {
      tools.handles().increment(handle, block.value().cidr(), ips.size() - counted[0]);
      counted[0] = ips.size();
    }
    if (!ips.isEmpty()) {
      tools.datastore().update(block.key(), edit.toBlock(), block.revision());
    }
    return ips;
  }
}
