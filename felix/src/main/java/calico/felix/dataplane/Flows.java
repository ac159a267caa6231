package calico.felix.dataplane;

import calico.model.Ip;
import calico.netlink.NetlinkException;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Addresses that have left an interface, until the kernel has forgotten their connections. Packets
 * of a connection that was let through pass without asking policy; who gets the address next must
 * not inherit that.
 */
final class Flows {
  private static final Logger LOG = LoggerFactory.getLogger(Flows.class);

  private final Consumer<Set<Ip>> forget;
  private final Set<Ip> moved = new LinkedHashSet<>();

  /**
   * @param forget makes the kernel forget the connections of addresses; may throw NetlinkException
   */
  Flows(Consumer<Set<Ip>> forget) {
    this.forget = forget;
  }

  /** The address has no route on its interface any more, or is about to have another. */
  void moved(Ip ip) {
    moved.add(ip);
  }

  /**
   * To be called when those routes have gone and before new ones come.
   *
   * @return addresses whose connections the kernel still knows, because it refused to forget them;
   *     they are tried again the next time, and nobody else may have them until then
   */
  Set<Ip> forgetMoved() {
    if (!moved.isEmpty()) {
      try {
        forget.accept(Set.copyOf(moved));
        moved.clear();
      } catch (NetlinkException e) {
        LOG.warn("connections of {} cannot be forgotten; trying again: {}", moved, e.getMessage());
      }
    }
    return Set.copyOf(moved);
  }
}
