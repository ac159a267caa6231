package calico.ipam;

import static java.util.stream.Collectors.joining;

import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Serves one family of one request: from the host's own blocks, then from new blocks, then from
 * empty blocks of others, then, unless affinity is strict, from any block with space.
 */
final class Assigner {
  private static final int DEFAULT_MAX_BLOCKS = 20;

  /** How many blocks a message names. */
  private static final int NAMED = 10;

  private final Tools tools;
  private final Terms terms;
  private final AssignRequest request;
  private final Family family;
  private final PoolChoice choice;
  private final Owner owner;
  private final List<InterfaceAddress> assigned = new ArrayList<>();

  /** Own blocks that had nothing left when last seen. */
  private final List<Entry<BlockAffinity>> full = new ArrayList<>();

  private final Set<Cidr> used = new LinkedHashSet<>();
  private final BlockSearch search;
  private final Taker taker;
  private final int wanted;

  Assigner(Tools tools, Terms terms, AssignRequest request, Family family, PoolChoice choice) {
    this.tools = tools;
    this.terms = terms;
    this.request = request;
    this.family = family;
    this.choice = choice;
    this.owner = Owner.of(request.host(), request.use());
    this.wanted = request.counts().getOrDefault(family, 0);
    this.search = new BlockSearch(tools, terms, request, family, choice);
    this.taker = new Taker(tools, request, terms);
  }

  /** Assigns, and tells what was assigned and why not more. */
  Assignment run() {
    IpamConfig config = terms.config();
    Set<Cidr> owned = fromOwnBlocks();
    int limit = maxBlocks();
    String reason = null;
    boolean mayClaim = owned.size() < limit && config.autoAllocateBlocks();
    // Another process may have released something of them; to read all for each claim costs more.
    takeFrom(
        !mayClaim || full.isEmpty()
            ? full
            : List.of(full.get(tools.random().nextInt(full.size()))));
    while (missing() > 0 && reason == null) {
      if (!config.autoAllocateBlocks()) {
        reason = "the IPAM setting autoAllocateBlocks=false keeps it from claiming a block";
      } else if (owned.size() >= limit) {
        reason =
            "it has "
                + owned.size()
                + " blocks and maxBlocksPerHost"
                + (config.maxBlocksPerHost() == 0 ? " (default)" : "")
                + " is "
                + limit;
      } else {
        Entry<AllocationBlock> block = search.newBlock().orElse(null);
        if (block == null) {
          break;
        }
        owned.add(block.value().cidr());
        take(block, false);
      }
    }
    if (missing() > 0 && reason == null) {
      if (config.strictAffinity()) {
        reason =
            "no block is left to claim and the IPAM setting strictAffinity=true keeps it from using"
                + " blocks of other nodes"
                + keptBack();
      } else {
        borrow();
        reason =
            "they have no free address left" + keptBack() + "; add an IPPool or release addresses";
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
        + some(used)
        + ": "
        + reason;
  }

  /** What else keeps addresses of the pools from being assigned. */
  private String keptBack() {
    List<Cidr> reserved =
        terms.reservations().cidrs().stream()
            .filter(r -> choice.pools().stream().anyMatch(p -> p.cidr().overlaps(r)))
            .toList();
    List<String> why = new ArrayList<>();
    if (!reserved.isEmpty()) {
      why.add("IPReservations keep back " + some(reserved));
    }
    int cooldown = terms.config().ipCooldownSeconds();
    if (cooldown > 0) {
      why.add(
          "the IPAM setting ipCooldownSeconds=%d keeps back what was just released"
              .formatted(cooldown));
    }
    return why.isEmpty() ? "" : why.stream().collect(joining("; ", " (", ")"));
  }

  private static String some(Collection<Cidr> blocks) {
    String first = String.join(", ", blocks.stream().limit(NAMED).map(Cidr::toString).toList());
    return "["
        + first
        + (blocks.size() > NAMED ? " and %d more]".formatted(blocks.size() - NAMED) : "]");
  }

  private int maxBlocks() {
    int global = terms.config().maxBlocksPerHost();
    int own = request.maxBlocks();
    int limit = global > 0 && own > 0 ? Math.min(global, own) : Math.max(global, own);
    return limit > 0 ? limit : DEFAULT_MAX_BLOCKS;
  }

  /** Takes what the host's blocks have; returns all that it has in these pools. */
  private Set<Cidr> fromOwnBlocks() {
    Set<Cidr> owned = new HashSet<>();
    List<Entry<BlockAffinity>> promising = new ArrayList<>();
    for (Entry<BlockAffinity> affinity : tools.affinities().list(owner, family)) {
      Cidr cidr = Affinities.cidr(affinity);
      if (PoolChoice.containing(choice.pools(), cidr.address()) == null) {
        giveUpIfUnselected(cidr);
        continue;
      }
      owned.add(cidr);
      if (terms.reservations().covering(cidr) == null) {
        (tools.known().isExhausted(cidr, terms) ? full : promising).add(affinity);
      }
    }
    takeFrom(promising);
    return owned;
  }

  private void takeFrom(List<Entry<BlockAffinity>> own) {
    own.stream()
        .takeWhile(_ -> missing() > 0)
        .flatMap(affinity -> reach(Affinities.cidr(affinity), affinity).stream())
        .forEach(block -> take(block, false));
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
                      .release(owner, cidr, true, null, terms.config().ipCooldownSeconds()));
    }
  }

  /** Takes addresses from blocks of others. */
  private void borrow() {
    List<Entry<AllocationBlock>> found = search.existingInOrder().toList();
    tools.known().lend(tools, choice, family, found.stream().filter(search::hasFree).toList());
    found.stream().takeWhile(_ -> missing() > 0).forEach(block -> take(block, true));
  }

  /** Takes as many as are missing out of a block. */
  private void take(Entry<AllocationBlock> found, boolean borrowed) {
    BlockWriter block = tools.writer(found);
    used.add(block.cidr());
    for (int count = block.promise(missing(), terms); count > 0; ) {
      List<InterfaceAddress> taken = taker.take(List.of(new Promise(block, count, borrowed)));
      assigned.addAll(taken);
      count = taken.isEmpty() ? 0 : block.promise(missing(), terms);
    }
  }
}
