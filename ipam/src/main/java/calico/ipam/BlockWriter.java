package calico.ipam;

import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.IpamConfig;
import calico.model.key.IpamKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Changes one block for all who want something of it, each write by compare-and-swap. Who gets the
 * turn writes for everybody who waits, so that however many come, there is one write at a time and
 * none of them loses a race against another. It starts from the block as it was last written or
 * read here; whether that is still so the write itself finds out.
 */
final class BlockWriter {
  private final Tools tools;
  private final IpamKey.Block key;

  /** Held by who writes. */
  private final ReentrantLock turn = new ReentrantLock();

  // Guarded by this.
  private List<Pending<?>> waiting = new ArrayList<>();
  private @Nullable Entry<AllocationBlock> seen;
  private int promised;

  /** Free addresses of what was seen, under these reservations; negative: to be counted. */
  private int free = -1;

  private Reservations reservations = Reservations.NONE;

  BlockWriter(Tools tools, Cidr cidr) {
    this.tools = tools;
    this.key = new IpamKey.Block(cidr);
  }

  /** What somebody waits for. */
  private static final class Pending<T> {
    final Function<BlockEdit, T> change;
    final int promised;
    private @Nullable T result;
    private @Nullable RuntimeException failure;
    private boolean done;

    Pending(Function<BlockEdit, T> change, int promised) {
      this.change = change;
      this.promised = promised;
    }

    void apply(BlockEdit edit) {
      result = null;
      failure = null;
      try {
        result = change.apply(edit);
      } catch (IpamException e) {
        failure = e; // the others are served all the same
      }
    }

    void withoutBlock() {
      result = null;
      failure = null;
    }

    Optional<T> get() {
      if (failure != null) {
        throw failure;
      }
      return Optional.ofNullable(result);
    }
  }

  Cidr cidr() {
    return key.cidr();
  }

  /** Takes note of the block as somebody has read it, unless a later one is known. */
  synchronized void saw(Entry<AllocationBlock> block) {
    if (seen == null || seen.value().sequenceNumber() < block.value().sequenceNumber()) {
      note(block);
    }
  }

  private synchronized void note(@Nullable Entry<AllocationBlock> block) {
    seen = block;
    free = -1;
  }

  /**
   * Sets aside up to {@code most} free addresses, so that those who come together do not all reckon
   * with the last one; {@link #change} or {@link #withdraw} ends it. None if the block is not
   * known.
   */
  synchronized int promise(int most, Terms terms) {
    if (seen == null) {
      return 0;
    }
    int granted = Math.clamp(left(seen, terms), 0, most);
    promised += granted;
    return granted;
  }

  /** Whether nothing is free, as far as is known, that nobody was promised. */
  synchronized boolean isExhausted(Terms terms) {
    return seen != null && left(seen, terms) <= 0;
  }

  private int left(Entry<AllocationBlock> block, Terms terms) {
    // What cools down is free one day, without anybody's writing it.
    boolean cools = block.value().attributes().stream().anyMatch(a -> a.releasedAt() != null);
    if (free < 0 || cools || !terms.reservations().equals(reservations)) {
      reservations = terms.reservations();
      free = edit(block, terms.config()).free(reservations);
    }
    return free - promised;
  }

  synchronized void withdraw(int count) {
    promised -= count;
  }

  /**
   * Makes a change, which may be tried on several states of the block before one is written. One
   * that throws {@link IpamException} must have changed nothing.
   *
   * @param promise what {@link #promise} set aside for it
   * @return its result; empty if there is no such block
   */
  <T> Optional<T> change(IpamConfig config, int promise, Function<BlockEdit, T> change) {
    Pending<T> mine = new Pending<>(change, promise);
    synchronized (this) {
      waiting.add(mine);
    }
    turn.lock();
    try {
      if (!mine.done) {
        serve(config);
      }
    } finally {
      turn.unlock();
    }
    return mine.get();
  }

  private void serve(IpamConfig config) {
    List<Pending<?>> all;
    synchronized (this) {
      all = waiting;
      waiting = new ArrayList<>();
    }
    Entry<AllocationBlock> written = null;
    try {
      written =
          tools
              .retry()
              .whileConflicting("changing block " + cidr(), () -> write(all, config))
              .orElse(null);
    } catch (RuntimeException e) {
      all.forEach(p -> p.failure = e);
    }
    synchronized (this) {
      note(written);
      all.forEach(p -> promised -= p.promised);
    }
    all.forEach(p -> p.done = true);
  }

  /** Returns the block as it is then. */
  private Optional<Entry<AllocationBlock>> write(List<Pending<?>> all, IpamConfig config) {
    Entry<AllocationBlock> known = seen();
    if (known != null) {
      BlockEdit edit = applied(all, known, config);
      if (edit.changed()) {
        return written(known, edit);
      }
      // What no write has proved may be out of date.
    }
    Entry<AllocationBlock> block = tools.datastore().get(key).orElse(null);
    if (block == null) {
      all.forEach(Pending::withoutBlock);
      return Optional.empty();
    }
    BlockEdit edit = applied(all, block, config);
    return edit.changed() ? written(block, edit) : Optional.of(block);
  }

  private synchronized @Nullable Entry<AllocationBlock> seen() {
    return seen;
  }

  private BlockEdit applied(List<Pending<?>> all, Entry<AllocationBlock> block, IpamConfig config) {
    BlockEdit edit = edit(block, config);
    all.forEach(p -> p.apply(edit));
    return edit;
  }

  private BlockEdit edit(Entry<AllocationBlock> block, IpamConfig config) {
    return new BlockEdit(block.value(), tools.clock().instant(), config.ipCooldownSeconds());
  }

  /** A block that nobody holds anything of and nobody owns goes. */
  private Optional<Entry<AllocationBlock>> written(Entry<AllocationBlock> block, BlockEdit edit) {
    try {
      if (edit.isEmpty() && edit.affinity() == null) {
        tools.datastore().delete(key, block.revision());
        return Optional.empty();
      }
      return Optional.of(tools.datastore().update(key, edit.toBlock(), block.revision()));
    } catch (DatastoreException e) {
      note(null);
      throw e;
    }
  }
}
