package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Serves one family of one request: from the host's own blocks, then from new blocks, then from
 * empty blocks of others, then, unless affinity is strict, from any block with space.
 */
final class Assigner {
  private static final int DEFAULT_MAX_BLOCKS = 20;

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
  private final Set<Cidr> used = new LinkedHashSet<>();
  private final BlockSearch search;
  private final int wanted;

  Assigner(Tools tools, Setting setting, AssignRequest request, Family family, PoolChoice choice) {
    this.tools = tools;
    this.setting = setting;
    this.request = request;
    this.family = family;
    this.choice = choice;
    this.owner = Owner.of(request.host(), request.use());
    this.wanted = request.counts().getOrDefault(family, 0);
    this.search = new BlockSearch(tools, setting, request, family, choice);
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
        Entry<AllocationBlock> block = search.newBlock().orElse(null);
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
        .or(search::newBlock)
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
        + used
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
              () ->
                  tools
                      .affinities()
                      .release(owner, cidr, true, null, setting.config().ipCooldownSeconds()));
    }
  }

  /** Takes addresses from blocks of others. */
  private void borrow() {
    search.existingInOrder().takeWhile(_ -> missing() > 0).forEach(this::take);
  }

  /**
   * Takes as many as are missing out of a block. The handle is incremented first and stays so while
   * the block's write is reused; what it counts too much in the end is taken back.
   */
  private void take(Entry<AllocationBlock> found) {
    Cidr cidr = found.value().cidr();
    used.add(cidr);
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
    BlockEdit edit = search.edit(block);
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
