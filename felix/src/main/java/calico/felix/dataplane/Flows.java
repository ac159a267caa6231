package calico.felix.dataplane;

import calico.model.Ip;
import calico.netlink.NetlinkException;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Addresses that have left an interface, until the kernel has forgotten their connections. Packets
 * of a connection that was let through pass without asking policy; who gets the address next must
 * not inherit that.
 *
 * <p>To forget any of them the kernel looks at its whole table, which has 262,144 buckets on an
 * ordinary machine however few connections there are: 24 ms, in which nothing else is programmed.
 * So addresses that nobody gets are forgotten together, in a twentieth of the time at most.
 */
final class Flows {
  private static final Logger LOG = LoggerFactory.getLogger(Flows.class);
  private static final int SHARE = 20;
  private static final Duration AGAIN = Duration.ofMillis(100);

  private final Consumer<Set<Ip>> forget;
  private final LongSupplier nanoTime;
  private final Set<Ip> moved = new LinkedHashSet<>();
  private long allowedNanos;

  /**
   * @param forget makes the kernel forget the connections of addresses; may throw NetlinkException
   * @param nanoTime a monotonic clock
   */
  Flows(Consumer<Set<Ip>> forget, LongSupplier nanoTime) {
    this.forget = forget;
    this.nanoTime = nanoTime;
    this.allowedNanos = nanoTime.getAsLong();
  }

  /** The address has no route on its interface any more, or is about to have another. */
  void moved(Ip ip) {
    moved.add(ip);
  }

  /** To be called when those routes have gone, and after {@link #nextWake}. */
  void forgetMoved() {
    if (!moved.isEmpty() && allowedNanos - nanoTime.getAsLong() <= 0) {
      forgetNow();
    }
  }

  /**
   * To be called when those routes have gone and before new ones come.
   *
   * @param routed the addresses that get them
   * @return addresses whose connections the kernel still knows; those that it refused to forget are
   *     tried again the next time, and nobody else may have them until then
   */
  Set<Ip> forgetBefore(Collection<Ip> routed) {
    if (routed.stream().anyMatch(moved::contains)) {
      forgetNow();
    }
    return Set.copyOf(moved);
  }

  /** How long until {@link #forgetMoved} has something to do; empty if it has nothing. */
  Optional<Duration> nextWake() {
    return moved.isEmpty()
        ? Optional.empty()
        : Optional.of(Duration.ofNanos(Math.max(0, allowedNanos - nanoTime.getAsLong())));
  }

  private void forgetNow() {
    long began = nanoTime.getAsLong();
    long pauseNanos = 0;
    try {
      forget.accept(Set.copyOf(moved));
      moved.clear();
    } catch (NetlinkException e) {
      LOG.warn("connections of {} cannot be forgotten; trying again: {}", moved, e.getMessage());
      pauseNanos = AGAIN.toNanos();
    }
    long ended = nanoTime.getAsLong();
    allowedNanos = ended + Math.max(pauseNanos, SHARE * (ended - began));
  }
}
