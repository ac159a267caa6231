package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import java.time.Clock;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Claims of owners on blocks.
 *
 * <pre>
 *   claim:    affinity pending -> block created with the owner's name -> affinity confirmed
 *   release:  affinity pendingDeletion -> block deleted, or its owner's name removed -> affinity deleted
 * </pre>
 *
 * <p>Each arrow is one write; whoever stops in between leaves a state from which {@link #block} or
 * {@link #release} goes on. All methods throw a conflict when they lose a race: retry them.
 */
final class Affinities {
  private static final String PENDING = "pending";
  private static final String CONFIRMED = "confirmed";
  static final String PENDING_DELETION = "pendingDeletion";

  /** What became of a release. */
  enum Outcome {
    RELEASED,
    /** The owner does not have the block, or no longer. */
    NOT_OWNED,
    /** It had to be empty and is not. */
    IN_USE,
    /** It has changed since the caller looked. */
    CHANGED
  }

  private final Datastore datastore;
  private final Clock clock;

  Affinities(Datastore datastore, Clock clock) {
    this.datastore = datastore;
    this.clock = clock;
  }

  static boolean isConfirmed(String state) {
    return state.isEmpty() || state.equals(CONFIRMED);
  }

  /** An owner's claims, confirmed or not, in the order of their blocks. */
  List<Entry<BlockAffinity>> list(Owner owner, @Nullable Family family) {
    var query = new Query.Affinities(owner.type(), owner.name(), family);
    return datastore.list(query).entries().stream()
        .sorted(Comparator.comparing(Affinities::cidr))
        .toList();
  }

  static Cidr cidr(Entry<BlockAffinity> affinity) {
    return ((IpamKey.Affinity) affinity.key()).cidr();
  }

  /** Claims a block that does not exist or is the owner's; empty if another got it first. */
  Optional<Entry<AllocationBlock>> claim(Owner owner, Cidr cidr) {
    IpamKey.Affinity key = owner.key(cidr);
    Entry<BlockAffinity> affinity;
    try {
      affinity = datastore.create(key, new BlockAffinity(PENDING, false));
    } catch (DatastoreException.AlreadyExists _) {
      return block(owner, read(key));
    }
    return create(owner, affinity);
  }

  /**
   * The block that an affinity leads to, created or confirmed if that was not finished; empty, and
   * the affinity removed, if the block is not the owner's.
   */
  Optional<Entry<AllocationBlock>> block(Owner owner, Entry<BlockAffinity> affinity) {
    Cidr cidr = cidr(affinity);
    Optional<Entry<AllocationBlock>> found = datastore.get(new IpamKey.Block(cidr));
    if (found.isEmpty()) {
      return create(owner, write(affinity, PENDING));
    }
    if (!owner.owns(found.get().value().affinity())) {
      datastore.delete(affinity.key(), affinity.revision());
      return Optional.empty();
    }
    if (isConfirmed(affinity.value().state())) {
      return found;
    }
    // Rewriting the block makes a concurrent release of it fail.
    Entry<BlockAffinity> pending = write(affinity, PENDING);
    Entry<AllocationBlock> block = found.get();
    Entry<AllocationBlock> rewritten =
        datastore.update(block.key(), BlockEdit.rewritten(block.value()), block.revision());
    confirm(pending);
    return Optional.of(rewritten);
  }

  private Optional<Entry<AllocationBlock>> create(Owner owner, Entry<BlockAffinity> pending) {
    IpamKey.Block key = new IpamKey.Block(cidr(pending));
    Entry<AllocationBlock> block;
    try {
      block = datastore.create(key, BlockEdit.fresh(key.cidr(), owner.toString(), clock.instant()));
    } catch (DatastoreException.AlreadyExists _) {
      block = read(key);
      if (!owner.owns(block.value().affinity())) {
        datastore.delete(pending.key(), pending.revision());
        return Optional.empty();
      }
    }
    confirm(pending);
    return Optional.of(block);
  }

  private void confirm(Entry<BlockAffinity> pending) {
    try {
      write(pending, CONFIRMED);
    } catch (DatastoreException.Conflict e) {
      if (!read((IpamKey.Affinity) pending.key()).value().state().equals(CONFIRMED)) {
        throw e;
      }
      // Another allocator on this host confirmed it.
    }
  }

  /**
   * Gives up a block.
   *
   * @param sequenceNumber the block must still have, or null not to check
   */
  Outcome release(
      Owner owner, Cidr cidr, boolean mustBeEmpty, @Nullable Long sequenceNumber, int cooldown) {
    Entry<BlockAffinity> affinity = datastore.get(owner.key(cidr)).orElse(null);
    return affinity == null
        ? Outcome.NOT_OWNED
        : release(owner, affinity, mustBeEmpty, sequenceNumber, cooldown);
  }

  /** As above, of the affinity as it was just read. */
  Outcome release(
      Owner owner,
      Entry<BlockAffinity> affinity,
      boolean mustBeEmpty,
      @Nullable Long sequenceNumber,
      int cooldown) {
    Cidr cidr = cidr(affinity);
    Entry<AllocationBlock> block = datastore.get(new IpamKey.Block(cidr)).orElse(null);
    if (block == null) {
      datastore.delete(affinity.key(), affinity.revision());
      return Outcome.RELEASED;
    }
    if (sequenceNumber != null && block.value().sequenceNumber() != sequenceNumber) {
      return Outcome.CHANGED;
    }
    String holder = block.value().affinity();
    if (holder != null && !owner.owns(holder)) {
      datastore.delete(affinity.key(), affinity.revision());
      return Outcome.NOT_OWNED;
    }
    BlockEdit edit = new BlockEdit(block.value(), clock.instant(), cooldown);
    if (mustBeEmpty && !edit.isEmpty()) {
      return Outcome.IN_USE;
    }
    Entry<BlockAffinity> marked = write(affinity, PENDING_DELETION);
    if (edit.isEmpty()) {
      datastore.delete(block.key(), block.revision());
    } else {
      edit.dropAffinity();
      datastore.update(block.key(), edit.toBlock(), block.revision());
    }
    datastore.delete(marked.key(), marked.revision());
    return Outcome.RELEASED;
  }

  private Entry<BlockAffinity> write(Entry<BlockAffinity> affinity, String state) {
    return affinity.value().state().equals(state)
        ? affinity
        : datastore.update(affinity.key(), new BlockAffinity(state, false), affinity.revision());
  }

  private <V> Entry<V> read(IpamKey<V> key) {
    return datastore.get(key).orElseThrow(() -> new DatastoreException.DoesNotExist(key));
  }
}
