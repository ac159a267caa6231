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

  private final Consumer<Ip> forget;
  private final Set<Ip> moved = new LinkedHashSet<>();

  /**
   * @param forget makes the kernel forget the connections of an address; may throw NetlinkException
   */
  Flows(Consumer<Ip> forget) {
    this.forget = forget;
  }

  /** The address has no route on its interface any more, or is about to have another. */
  void moved(Ip ip) {
    moved.add(ip);
  }

  /** To be called when those routes have gone and before new ones come. */
  void forgetMoved() {
    for (Ip ip : moved) {
      try {
        forget.accept(ip);
      } catch (NetlinkException e) {
        LOG.warn("connections of {} cannot be forgotten: {}", ip, e.getMessage());
      }
    }
    moved.clear();
  }
}
