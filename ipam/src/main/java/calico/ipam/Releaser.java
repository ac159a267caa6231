package calico.ipam;

import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Gives addresses back, and with them blocks that nobody is entitled to any more. */
final class Releaser {
  private final Tools tools;

  Releaser(Tools tools) {
    this.tools = tools;
  }

  /** Releases, block by block; a block that fails does not stop the others. */
  List<Ip> release(List<ReleaseRequest> requests, Terms terms) {
    Map<Cidr, List<ReleaseRequest>> byBlock = new LinkedHashMap<>();
    List<Ip> notHeld = new ArrayList<>();
    for (ReleaseRequest r : requests) {
      Cidr block = blockOf(r.ip(), terms.pools());
      if (block == null) {
        notHeld.add(r.ip());
      } else {
        byBlock.computeIfAbsent(block, _ -> new ArrayList<>()).add(r);
      }
    }
    IpamException failure = null;
    for (Map.Entry<Cidr, List<ReleaseRequest>> e : byBlock.entrySet()) {
      try {
        notHeld.addAll(releaseFrom(e.getKey(), e.getValue(), terms));
      } catch (IpamException x) {
        if (failure == null) {
          failure = x;
        } else {
          failure.addSuppressed(x);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
    return notHeld;
  }

  /** The block that holds an address; null if there is none. */
  private @Nullable Cidr blockOf(Ip ip, List<Pool> pools) {
    Pool pool = PoolChoice.containing(pools, ip);
    if (pool != null && tools.datastore().get(new IpamKey.Block(pool.blockOf(ip))).isPresent()) {
      return pool.blockOf(ip);
    }
    // The pool is gone or has another block size now.
    return tools.datastore().list(new Query.Blocks(ip.family())).entries().stream()
        .map(e -> e.value().cidr())
        .filter(c -> c.contains(ip))
        .findFirst()
        .orElse(null);
  }

  private List<Ip> releaseFrom(Cidr cidr, List<ReleaseRequest> requests, Terms terms) {
    BlockEdit.Released released =
        tools
            .writer(cidr)
            .change(terms.config(), 0, edit -> edit.release(requests))
            .orElseGet(
                () ->
                    new BlockEdit.Released(
                        requests.stream().map(ReleaseRequest::ip).toList(), Map.of()));
    released
        .released()
        .forEach((h, n) -> tools.handles().decrement(h.isEmpty() ? null : h, Map.of(cidr, n)));
    if (!released.released().isEmpty()) {
      giveUpIfUnselected(cidr, terms);
    }
    return released.unallocated();
  }

  /** Releases all that a handle holds; nothing if there is no such handle. */
  List<Ip> releaseByHandle(String id, Terms terms) {
    return tools.handles().get(id).stream()
        .flatMap(
            handle ->
                releaseAll(id, handle, terms, n -> tools.handles().decrement(id, n, handle))
                    .stream())
        .toList();
  }

  /** As above, where nobody else is about to assign under it: it goes, whatever it counts. */
  List<Ip> releaseHandle(String id, Terms terms) {
    List<Ip> all = new ArrayList<>();
    boolean[] gone = {false};
    Consumer<Entry<IpamHandle>> release =
        handle ->
            all.addAll(
                releaseAll(id, handle, terms, n -> gone[0] = tools.handles().drop(id, n, handle)));
    tools.handles().recall(id).ifPresent(release);
    if (!gone[0]) {
      tools.handles().get(id).ifPresent(release); // it is not what was remembered
    }
    return all;
  }

  private List<Ip> releaseAll(
      String id, Entry<IpamHandle> handle, Terms terms, Consumer<Map<Cidr, Integer>> settle) {
    List<Ip> all = new ArrayList<>();
    Map<Cidr, Integer> released = new TreeMap<>();
    for (Cidr cidr : handle.value().blocks().keySet()) {
      List<Ip> ips =
          tools
              .writer(cidr)
              .change(terms.config(), 0, edit -> edit.releaseByHandle(id))
              .orElse(List.of());
      if (!ips.isEmpty()) {
        released.put(cidr, ips.size());
        all.addAll(ips);
      }
    }
    settle.accept(released);
    released.keySet().forEach(cidr -> giveUpIfUnselected(cidr, terms));
    return all;
  }

  /** Takes an empty block away from a host that its pool no longer selects. */
  private void giveUpIfUnselected(Cidr cidr, Terms terms) {
    Pool pool =
        PoolChoice.containing(terms.pools().stream().filter(Pool::usable).toList(), cidr.address());
    if (pool == null || pool.nodeSelector().isEmpty() || pool.nodeSelector().equals("all()")) {
      return;
    }
    Owner owner =
        tools
            .datastore()
            .get(new IpamKey.Block(cidr))
            .map(b -> Owner.parse(b.value().affinity()))
            .orElse(null);
    if (owner == null || !owner.isHost()) {
      return;
    }
    tools
        .datastore()
        .get(ResourceKey.of(Kinds.NODE, owner.name()))
        .map(n -> n.value().metadata().labels())
        .filter(labels -> !PoolChoice.selects(pool.nodeSelector(), labels))
        .ifPresent(_ -> giveUp(owner, cidr, true, terms.config()));
  }

  /** Gives back what a check has found, unless it has changed since. */
  BlockLeak.Outcome free(BlockLeak leak, IpamConfig config) {
    Entry<AllocationBlock> block =
        tools.datastore().get(new IpamKey.Block(leak.block())).orElse(null);
    if (block != null && BlockStructure.problem(block.value(), tools.clock().instant()) != null) {
      return BlockLeak.Outcome.IN_USE; // by whom cannot be told
    }
    try {
      return leak.owner() == null
          ? freeBlock(leak, block, config)
          : freeClaim(leak, leak.owner(), block, config);
    } catch (DatastoreException.Conflict
        | DatastoreException.DoesNotExist
        | DatastoreException.AlreadyExists _) {
      return BlockLeak.Outcome.CHANGED;
    }
  }

  private BlockLeak.Outcome freeClaim(
      BlockLeak leak, Owner owner, @Nullable Entry<AllocationBlock> block, IpamConfig config) {
    Entry<BlockAffinity> claim = tools.datastore().get(owner.key(leak.block())).orElse(null);
    if (claim == null || !claim.revision().equals(leak.revision())) {
      return BlockLeak.Outcome.CHANGED;
    }
    if (tools.affinities().release(owner, claim, true, null, config.ipCooldownSeconds())
        != Affinities.Outcome.IN_USE) {
      return BlockLeak.Outcome.FREED;
    }
    boolean complete = Affinities.isConfirmed(claim.value().state());
    if (block != null && owner.owns(block.value().affinity()) && (complete || !lives(owner))) {
      return BlockLeak.Outcome.IN_USE;
    }
    return tools.affinities().block(owner, claim).isPresent()
        ? BlockLeak.Outcome.FINISHED
        : BlockLeak.Outcome.FREED;
  }

  private BlockLeak.Outcome freeBlock(
      BlockLeak leak, @Nullable Entry<AllocationBlock> block, IpamConfig config) {
    if (block == null || !block.revision().equals(leak.revision())) {
      return BlockLeak.Outcome.CHANGED;
    }
    Owner owner = Owner.parse(block.value().affinity());
    if (owner != null && tools.datastore().get(owner.key(leak.block())).isPresent()) {
      return BlockLeak.Outcome.CHANGED;
    }
    Instant now = tools.clock().instant();
    if (new BlockEdit(block.value(), now, config.ipCooldownSeconds()).isEmpty()) {
      tools.datastore().delete(block.key(), block.revision());
      return BlockLeak.Outcome.FREED;
    }
    return owner != null
            && lives(owner)
            && tools.affinities().claim(owner, leak.block()).isPresent()
        ? BlockLeak.Outcome.FINISHED
        : BlockLeak.Outcome.IN_USE;
  }

  private boolean lives(Owner owner) {
    return !owner.isHost()
        || tools.datastore().get(ResourceKey.of(Kinds.NODE, owner.name())).isPresent();
  }

  /** Releases an owner's claim on a block, whether or not it has it. */
  Affinities.Outcome giveUp(Owner owner, Cidr cidr, boolean mustBeEmpty, IpamConfig config) {
    return tools
        .retry()
        .whileConflicting(
            "releasing the affinity of " + owner + " to block " + cidr,
            () -> {
              try {
                return tools
                    .affinities()
                    .release(owner, cidr, mustBeEmpty, null, config.ipCooldownSeconds());
              } catch (DatastoreException.DoesNotExist _) {
                return Affinities.Outcome.NOT_OWNED; // another released it meanwhile
              }
            });
  }
}
