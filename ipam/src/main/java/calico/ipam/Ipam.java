package calico.ipam;

import static java.util.stream.Collectors.toUnmodifiableSet;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import java.time.Clock;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Assigns and releases addresses. Thread-safe; any number of these, and upstream's client, may work
 * on one datastore. Calls block and may be repeated after any failure.
 *
 * <p>One made by {@link #ofNode} remembers its node's blocks and follows what allocation is bound
 * by. {@link #autoAssign} then takes 2 datastore calls in the steady state, a node with space in
 * its block: 1 write of the handle and 1 of the block of each family; those who ask at the same
 * time share the latter. Without, there are 5 reads (config, reservations, pools, node,
 * affinities), per family 1 read of the block, and the writes. A new block costs these reads, 1
 * listing of keys and 3 writes. {@link #releaseHandle}: 2 writes if the handle was made here, else
 * 1 read (handle) more, and without a memory another 2 or 3.
 */
public final class Ipam implements AutoCloseable {
  private final Datastore datastore;
  private final Tools tools;
  private final @Nullable WatchedTerms watched;
  private final Releaser releaser;

  /**
   * Works on {@code datastore} and remembers nothing: for commands.
   *
   * @param random for pauses between attempts; must be thread-safe, as java.util.Random is
   */
  public Ipam(Datastore datastore, Clock clock, RandomGenerator random) {
    this(Tools.of(datastore, clock, random, new KnownBlocks(null)), null);
  }

  Ipam(Tools tools, @Nullable WatchedTerms watched) {
    this.datastore = tools.datastore();
    this.tools = tools;
    this.watched = watched;
    this.releaser = new Releaser(tools);
  }

  /**
   * For what allocates on one node again and again. Serves other nodes too, without remembering.
   *
   * @param random as above
   */
  public static Ipam ofNode(String node, Datastore datastore, Clock clock, RandomGenerator random) {
    Owner owner = Owner.of(node, Use.WORKLOAD);
    WatchedTerms watched = new WatchedTerms(datastore, owner);
    watched.start();
    return new Ipam(Tools.of(datastore, clock, random, new KnownBlocks(owner)), watched);
  }

  /** Ends what {@link #ofNode} follows; addresses stay as they are. */
  @Override
  public void close() {
    if (watched != null) {
      watched.close();
    }
  }

  private Terms terms() {
    Terms latest = watched == null ? null : watched.latest();
    return latest == null ? new Terms.Read(datastore) : latest;
  }

  /**
   * Assigns free addresses. The answer may be short, and tells why then; what it has is assigned.
   *
   * @throws IpamException if no pool can serve one of the families: then nothing is assigned
   */
  public Assignment autoAssign(AssignRequest request) {
    if (watched == null || !tools.known().areOf(Owner.of(request.host(), request.use()))) {
      return search(request);
    }
    Optional<ShortPath> path = shortPath(watched, request);
    if (path.isEmpty()) {
      // One searches, and who waits meanwhile is served from what that finds.
      tools.known().searching.lock();
      try {
        path = shortPath(watched, request);
        if (path.isEmpty()) {
          return search(request);
        }
      } finally {
        tools.known().searching.unlock();
      }
    }
    List<InterfaceAddress> assigned = path.get().take();
    AssignRequest rest = request.without(assigned);
    return rest.counts().isEmpty()
        ? new Assignment(assigned, List.of())
        : afterLostRace(assigned, rest);
  }

  private Optional<ShortPath> shortPath(WatchedTerms watching, AssignRequest request) {
    WatchedTerms.Snapshot latest = watching.latest();
    return latest == null ? Optional.empty() : ShortPath.find(tools, request, latest);
  }

  /** What has been assigned must not be lost, whatever becomes of the rest. */
  private Assignment afterLostRace(List<InterfaceAddress> assigned, AssignRequest rest) {
    try {
      Assignment more = search(rest);
      return new Assignment(
          Stream.concat(assigned.stream(), more.addresses().stream()).toList(), more.shortfalls());
    } catch (IpamException e) {
      return new Assignment(assigned, List.of(e.toString()));
    }
  }

  /** Assigns by what the datastore has, not by what is remembered of it. */
  private Assignment search(AssignRequest request) {
    Terms terms = new Terms.Read(datastore);
    Map<String, String> labels = request.labels(terms);
    if (labels == null) {
      throw new IpamException(
          "no address for node "
              + request.host()
              + ": it has no Node resource, which the node daemon creates at its start");
    }
    Map<Family, PoolChoice> choices = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      if (request.counts().getOrDefault(family, 0) > 0) {
        choices.put(family, PoolChoice.choose(terms.pools(), request, family, labels));
      }
    }
    List<InterfaceAddress> addresses = new ArrayList<>();
    List<String> shortfalls = new ArrayList<>();
    choices.forEach(
        (family, choice) -> {
          Assignment part = new Assigner(tools, terms, request, family, choice).run();
          addresses.addAll(part.addresses());
          shortfalls.addAll(part.shortfalls());
        });
    return new Assignment(List.copyOf(addresses), List.copyOf(shortfalls));
  }

  /**
   * Assigns one particular address, even a reserved one.
   *
   * @return the address with the length of its block
   * @throws IpamException.AlreadyAssigned if it is taken
   * @throws IpamException if no enabled pool has it, or its pool or block is not for this host or
   *     use
   */
  public InterfaceAddress assignIp(AssignIpRequest request) {
    Ip ip = request.ip();
    Terms terms = new Terms.Read(datastore);
    IpamConfig config = terms.config();
    List<Pool> pools = terms.pools().stream().filter(Pool::usable).toList();
    Pool pool = PoolChoice.containing(pools, ip);
    if (pool == null) {
      throw new IpamException("address " + ip + " is in none of the enabled IPPools " + pools);
    }
    if (request.use() != null && !pool.allows(request.use())) {
      throw new IpamException(
          "address "
              + ip
              + " is in IPPool "
              + pool
              + ", which has allowedUses "
              + pool.allowedUses()
              + ", not "
              + request.use());
    }
    Owner owner = Owner.of(request.host(), request.use() == null ? Use.WORKLOAD : request.use());
    int length =
        tools
            .retry()
            .whileConflicting("assigning " + ip, () -> assignOnce(request, pool, owner, config));
    return new InterfaceAddress(ip, length);
  }

  private int assignOnce(AssignIpRequest request, Pool pool, Owner owner, IpamConfig config) {
    Ip ip = request.ip();
    Entry<AllocationBlock> block = blockFor(ip, pool, owner);
    Cidr cidr = block.value().cidr();
    BlockEdit edit =
        new BlockEdit(block.value(), tools.clock().instant(), config.ipCooldownSeconds());
    if (config.strictAffinity() && !owner.owns(edit.affinity())) {
      throw new IpamException(
          "address "
              + ip
              + " is in block "
              + cidr
              + ", which belongs to "
              + edit.affinity()
              + ", and the IPAM setting strictAffinity=true keeps node "
              + request.host()
              + " from using it");
    }
    edit.assign(ip, request.handleId(), request.attributes());
    tools.handles().increment(request.handleId(), Map.of(cidr, 1));
    try {
      datastore.update(block.key(), edit.toBlock(), block.revision());
    } catch (DatastoreException.Conflict | DatastoreException.DoesNotExist e) {
      tools.handles().decrement(request.handleId(), Map.of(cidr, 1));
      throw e;
    }
    return cidr.length();
  }

  /** The block of an address; claimed if it does not exist. */
  private Entry<AllocationBlock> blockFor(Ip ip, Pool pool, Owner owner) {
    Cidr cidr = pool.blockOf(ip);
    return datastore
        .get(new IpamKey.Block(cidr))
        .or(
            () ->
                datastore.list(new Query.Blocks(ip.family())).entries().stream()
                    .filter(b -> b.value().cidr().contains(ip))
                    .findFirst())
        .or(() -> tools.affinities().claim(owner, cidr))
        .orElseThrow(() -> new DatastoreException.Conflict(cidr));
  }

  /**
   * Releases addresses; if one of a block cannot be released, none of that block is.
   *
   * @return those that were not assigned
   * @throws IpamException.BadHandle if another owner holds one
   * @throws IpamException.BadSequenceNumber if one has been released, and maybe assigned anew
   */
  public List<Ip> release(List<ReleaseRequest> requests) {
    return releaser.release(requests, terms());
  }

  /** Releases all that a handle holds, and returns it; nothing if there is no such handle. */
  public List<Ip> releaseByHandle(String handleId) {
    return releaser.releaseByHandle(handleId, terms());
  }

  /**
   * As {@link #releaseByHandle}, and the handle goes even if it counts more addresses than there
   * are, as after an allocator was killed. For the only one who assigns under it.
   */
  public List<Ip> releaseHandle(String handleId) {
    return releaser.releaseHandle(handleId, terms());
  }

  /**
   * Gives back a block or claim that {@link IpamCheck} has found: what holds no address goes; a
   * claim of a living owner to a block in use is finished instead. May be repeated, and comes never
   * too late: what has changed since stays.
   */
  public BlockLeak.Outcome free(BlockLeak leak) {
    return releaser.free(leak, terms().config());
  }

  /** What a handle holds; empty if there is no such handle. */
  public List<Ip> ipsByHandle(String handleId) {
    IpamConfig config = terms().config();
    return tools.handles().get(handleId).stream()
        .flatMap(h -> h.value().blocks().keySet().stream().sorted())
        .flatMap(c -> datastore.get(new IpamKey.Block(c)).stream())
        .flatMap(
            b ->
                new BlockEdit(b.value(), tools.clock().instant(), config.ipCooldownSeconds())
                    .ipsOf(handleId).stream())
        .toList();
  }

  /**
   * Makes sure that a host has a block of a pool, and returns one.
   *
   * @param pool CIDR of an enabled pool
   * @throws IpamException if it has none and cannot claim one
   */
  public Cidr ensureBlock(String host, Cidr pool) {
    AssignRequest request =
        new AssignRequest(
            host,
            null,
            Map.of(),
            Map.of(pool.family(), 1),
            List.of(pool),
            Map.of(),
            Map.of(),
            Use.WORKLOAD,
            0);
    Terms terms = new Terms.Read(datastore);
    PoolChoice choice = PoolChoice.choose(terms.pools(), request, pool.family(), Map.of());
    return new Assigner(tools, terms, request, pool.family(), choice).ensureBlock();
  }

  /**
   * Gives up a host's claims on all its blocks: empty ones vanish, others stay without owner.
   *
   * @param mustBeEmpty keep claims on blocks in use
   */
  public void releaseHostAffinities(String host, boolean mustBeEmpty) {
    IpamConfig config = new Terms.Read(datastore).config();
    Owner owner = Owner.of(host, Use.WORKLOAD);
    tools
        .affinities()
        .list(owner, null)
        .forEach(a -> releaser.giveUp(owner, Affinities.cidr(a), mustBeEmpty, config));
  }

  /** Gives up all claims on blocks of a pool, whoever has them; for its deletion. */
  public void releasePoolAffinities(Cidr pool) {
    IpamConfig config = new Terms.Read(datastore).config();
    Query.Affinities.all(pool.family()).stream()
        .flatMap(query -> datastore.list(query).entries().stream())
        .map(e -> (IpamKey.Affinity) e.key())
        .filter(k -> pool.contains(k.cidr()))
        .forEach(
            k -> releaser.giveUp(new Owner(k.affinityType(), k.host()), k.cidr(), false, config));
  }

  /** Names of the pools that serve: enabled, and with nothing wrong in them. */
  public Set<String> servingPools() {
    return new Terms.Read(datastore)
        .pools().stream().filter(Pool::usable).map(Pool::name).collect(toUnmodifiableSet());
  }

  /** The cluster's settings, or the default ones if there are none. */
  public IpamConfig settings() {
    return new Terms.Read(datastore).config();
  }

  /**
   * Changes the cluster's settings.
   *
   * @throws IpamException if hosts could neither claim blocks nor borrow addresses then, or the
   *     limit on blocks would be evaded by borrowing
   */
  public IpamConfig configure(UnaryOperator<IpamConfig> change) {
    IpamKey.Config key = new IpamKey.Config();
    return tools
        .retry()
        .whileConflicting(
            "changing the IPAM settings",
            () -> {
              Entry<IpamConfig> old = datastore.get(key).orElse(null);
              IpamConfig before = old == null ? IpamConfig.DEFAULT : old.value();
              IpamConfig after = change.apply(before);
              if (after.equals(before)) {
                return after;
              }
              if (!after.strictAffinity() && !after.autoAllocateBlocks()) {
                throw new IpamException(
                    "cannot disable 'StrictAffinity' and 'AutoAllocateBlocks' at the same time");
              }
              if (after.maxBlocksPerHost() > 0 && !after.strictAffinity()) {
                throw new IpamException("MaxBlocksPerHost requires StrictAffinity to be enabled");
              }
              return old == null
                  ? datastore.create(key, after).value()
                  : datastore.update(key, after, old.revision()).value();
            });
  }
}
