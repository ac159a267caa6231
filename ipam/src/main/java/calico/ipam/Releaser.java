package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Gives addresses back, and with them blocks that nobody is entitled to any more. */
final class Releaser {
  private final Datastore datastore;
  private final Clock clock;
  private final Retry retry;
  private final Affinities affinities;
  private final Handles handles;

  Releaser(Assigner.Tools tools) {
    this.datastore = tools.datastore();
    this.clock = tools.clock();
    this.retry = tools.retry();
    this.affinities = tools.affinities();
    this.handles = tools.handles();
  }

  /** Releases, block by block; a block that fails does not stop the others. */
  List<Ip> release(List<ReleaseRequest> requests, IpamConfig config) {
    List<Pool> pools = PoolChoice.read(datastore);
    Map<Cidr, List<ReleaseRequest>> byBlock = new LinkedHashMap<>();
    List<Ip> notHeld = new ArrayList<>();
    for (ReleaseRequest r : requests) {
      Cidr block = blockOf(r.ip(), pools);
      if (block == null) {
        notHeld.add(r.ip());
      } else {
        byBlock.computeIfAbsent(block, _ -> new ArrayList<>()).add(r);
      }
    }
    IpamException failure = null;
    for (Map.Entry<Cidr, List<ReleaseRequest>> e : byBlock.entrySet()) {
      try {
        notHeld.addAll(releaseFrom(e.getKey(), e.getValue(), config, pools));
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
    if (pool != null && datastore.get(new IpamKey.Block(pool.blockOf(ip))).isPresent()) {
      return pool.blockOf(ip);
    }
    // The pool is gone or has another block size now.
    return datastore.list(new Query.Blocks(ip.family())).entries().stream()
        .map(e -> e.value().cidr())
        .filter(c -> c.contains(ip))
        .findFirst()
        .orElse(null);
  }

  private List<Ip> releaseFrom(
      Cidr cidr, List<ReleaseRequest> requests, IpamConfig config, List<Pool> pools) {
    BlockEdit.Released released =
        change(
            cidr,
            config,
            new BlockEdit.Released(requests.stream().map(ReleaseRequest::ip).toList(), Map.of()),
            edit -> edit.release(requests),
            r -> !r.released().isEmpty());
    if (!released.released().isEmpty()) {
      released.released().forEach((h, n) -> handles.decrement(h.isEmpty() ? null : h, cidr, n));
      giveUpIfUnselected(cidr, config, pools);
    }
    return released.unallocated();
  }

  /** Releases all that a handle holds; nothing if there is no such handle. */
  List<Ip> releaseByHandle(String handleId, IpamConfig config) {
    String id = handleId;
    List<Ip> all = new ArrayList<>();
    List<Cidr> blocks =
        handles.get(id).map(h -> List.copyOf(h.blocks().keySet())).orElse(List.of());
    for (Cidr cidr : blocks) {
      List<Ip> ips =
          change(
              cidr,
              config,
              List.of(),
              edit -> edit.releaseByHandle(id),
              released -> !released.isEmpty());
      if (!ips.isEmpty()) {
        handles.decrement(id, cidr, ips.size());
        giveUpIfUnselected(cidr, config, PoolChoice.read(datastore));
        all.addAll(ips);
      }
    }
    return all;
  }

  /** Edits a block and writes it if it changed; deletes it if nobody holds or claims it then. */
  private <T> T change(
      Cidr cidr,
      IpamConfig config,
      T withoutBlock,
      Function<BlockEdit, T> change,
      Function<T, Boolean> changed) {
    return retry.whileConflicting(
        "releasing from block " + cidr,
        () -> {
          Entry<AllocationBlock> block = datastore.get(new IpamKey.Block(cidr)).orElse(null);
          if (block == null) {
            return withoutBlock;
          }
          BlockEdit edit =
              new BlockEdit(block.value(), clock.instant(), config.ipCooldownSeconds());
          T result = change.apply(edit);
          if (changed.apply(result)) {
            if (edit.isEmpty() && edit.affinity() == null) {
              datastore.delete(block.key(), block.revision());
            } else {
              datastore.update(block.key(), edit.toBlock(), block.revision());
            }
          }
          return result;
        });
  }

  /** Takes an empty block away from a host that its pool no longer selects. */
  private void giveUpIfUnselected(Cidr cidr, IpamConfig config, List<Pool> pools) {
    Pool pool = PoolChoice.containing(pools.stream().filter(Pool::usable).toList(), cidr.address());
    if (pool == null || pool.nodeSelector().isEmpty() || pool.nodeSelector().equals("all()")) {
      return;
    }
    Owner owner =
        datastore
            .get(new IpamKey.Block(cidr))
            .map(b -> Owner.parse(b.value().affinity()))
            .orElse(null);
    if (owner == null || !owner.type().equals("host")) {
      return;
    }
    datastore
        .get(ResourceKey.of(Kinds.NODE, owner.name()))
        .map(n -> n.value().metadata().labels())
        .filter(labels -> !PoolChoice.selects(pool, pool.nodeSelector(), labels))
        .ifPresent(_ -> giveUp(owner, cidr, true, config));
  }

  /** Releases an owner's claim on a block, whether or not it has it. */
  Affinities.Outcome giveUp(Owner owner, Cidr cidr, boolean mustBeEmpty, IpamConfig config) {
    return retry.whileConflicting(
        "releasing the affinity of " + owner + " to block " + cidr,
        () -> {
          try {
            return affinities.release(owner, cidr, mustBeEmpty, null, config.ipCooldownSeconds());
          } catch (DatastoreException.DoesNotExist _) {
            return Affinities.Outcome.NOT_OWNED; // another released it meanwhile
          }
        });
  }
}
