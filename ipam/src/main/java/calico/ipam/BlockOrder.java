package calico.ipam;

import calico.model.Cidr;
import calico.model.Ip;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Goes through every block of a pool once, upwards from a starting point and around the end. The
 * start depends on the host alone, so that hosts spread over the pool while allocators on one host
 * meet at one block. Blocks of a single address start anywhere: there, meeting only costs time.
 */
final class BlockOrder {
  private static final int JUMPS = 64;

  private final Cidr pool;
  private final int blockLength;
  private final RandomGenerator source;
  private final Ip start;
  private Ip position;
  private @Nullable Cidr passed;
  private boolean wrapped;
  private boolean done;

  BlockOrder(Pool pool, String host, RandomGenerator random) {
    this.pool = pool.cidr();
    this.blockLength = pool.blockLength();
    boolean single = blockLength == this.pool.family().bits();
    this.source = single ? random : new SplittableRandom(fnv1(host));
    this.start = somewhere().address();
    this.position = start;
  }

  private Cidr somewhere() {
    Ip first = pool.address();
    Ip last = pool.last();
    long high = first.high() | (source.nextLong() & (last.high() ^ first.high()));
    long low = first.low() | (source.nextLong() & (last.low() ^ first.low()));
    return new Cidr(new Ip(first.family(), high, low), blockLength);
  }

  /**
   * Some blocks from all over the pool, the starting point first and then the same ones for a host
   * each time; some may come twice. In a pool that is not nearly full one of them is free.
   */
  Stream<Cidr> jumps() {
    return Stream.concat(
        Stream.of(new Cidr(start, blockLength)), Stream.generate(this::somewhere).limit(JUMPS));
  }

  /** The next block, or null after the last. */
  @Nullable Cidr next() {
    if (passed != null) {
      advance(passed);
    }
    if (done) {
      return null;
    }
    Cidr block = new Cidr(position, blockLength);
    passed = block;
    return block;
  }

  /** Leaves out all of {@code part}, in which the block just returned lies. */
  void skip(Cidr part) {
    passed = part;
  }

  private void advance(Cidr beyond) {
    Ip next = beyond.last().plus(1);
    if (beyond.contains(pool)) {
      done = true;
    } else if (pool.contains(next) && next.compareTo(position) > 0) {
      done |= wrapped && next.compareTo(start) >= 0;
      position = next;
    } else {
      done |= wrapped || start.equals(pool.address());
      wrapped = true;
      position = pool.address();
    }
  }

  /** The order in which {@link #next} would have met them. */
  Comparator<Cidr> comparator() {
    return Comparator.<Cidr, Boolean>comparing(c -> c.address().compareTo(start) < 0)
        .thenComparing(Comparator.naturalOrder());
  }

  /** The 32-bit FNV-1 hash. */
  private static int fnv1(String text) {
    int hash = 0x811c9dc5;
    for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
      hash = (hash * 0x01000193) ^ (b & 0xff);
    }
    return hash;
  }
}
