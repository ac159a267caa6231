package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.Forwarding;
import calico.netlink.route.Mac;
import calico.netlink.route.Neighbour;
import calico.netlink.route.NetworkEvent.ForwardingEvent;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** To which node the frames to a VXLAN device's MAC address go. Ours are all that stay. */
final class ForwardingTarget implements Target<ForwardingTarget.Key, Ip> {
  private final Rtnetlink rtnetlink;
  private final Interfaces interfaces;

  /** One entry of a VXLAN device; its value is the node's address. */
  record Key(int interfaceIndex, Mac mac) {}

  ForwardingTarget(Rtnetlink rtnetlink, Interfaces interfaces) {
    this.rtnetlink = rtnetlink;
    this.interfaces = interfaces;
  }

  /**
   * The kernel told of an entry.
   *
   * @return whether it is not as it should be
   */
  static boolean onEvent(ForwardingEvent event, Reconciler<Key, Ip> forwarding) {
    Key key = new Key(event.entry().interfaceIndex(), event.entry().mac());
    Ip desired = forwarding.desired(key);
    Ip now = event.present() ? Ip.of(event.entry().destination()) : null;
    if (desired == null || desired.equals(now)) {
      return false;
    }
    forwarding.observedForeign(key, now);
    return true;
  }

  @Override
  public Map<Key, Ip> list() {
    Map<Key, Ip> found = new HashMap<>();
    for (String name : TunnelDevice.VXLAN) {
      Interface i = interfaces.named(name);
      if (i != null) {
        for (Forwarding entry : rtnetlink.forwardings(i.index())) {
          if ((entry.state() & Neighbour.PERMANENT) != 0) {
            found.put(new Key(i.index(), entry.mac()), Ip.of(entry.destination()));
          }
        }
      }
    }
    return found;
  }

  @Override
  public Map<Key, Exception> apply(Map<Key, Ip> updates, Set<Key> deletions) {
    Map<Key, Exception> failed = new HashMap<>();
    Map<Key, Ip> known = deletions.isEmpty() ? Map.of() : list();
    for (Key key : deletions) {
      Ip destination = known.get(key);
      try {
        if (destination != null) {
          rtnetlink.delete(entry(key, destination));
        }
      } catch (NetlinkException e) {
        if (e.errno() != Errno.ENOENT && e.errno() != Errno.ENODEV) {
          failed.put(key, e);
        }
      }
    }
    updates.forEach(
        (key, destination) -> {
          try {
            rtnetlink.replace(entry(key, destination));
          } catch (NetlinkException e) {
            failed.put(key, e);
          }
        });
    return failed;
  }

  private static Forwarding entry(Key key, Ip destination) {
    return Forwarding.permanent(key.interfaceIndex(), key.mac(), destination.toInetAddress());
  }
}
