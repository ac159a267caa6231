package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.model.Ip;
import calico.netlink.NetlinkException;
import calico.netlink.route.Mac;
import calico.netlink.route.Neighbour;
import calico.netlink.route.NetworkEvent.NeighbourEvent;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Permanent entries of the neighbour tables, so that a workload is reached without asking for its
 * MAC address first, and so are the other ends of VXLAN tunnels. Ours are the permanent ones on
 * workloads' interfaces and VXLAN devices.
 */
final class NeighbourTarget implements Target<NeighbourTarget.Key, String> {
  private static final int ENOENT = 2;
  private static final int ENODEV = 19;

  private final Rtnetlink rtnetlink;
  private final DataplaneConfig config;
  private final Interfaces interfaces;

  /** One entry; its value is the MAC address in lower case. */
  record Key(int interfaceIndex, Ip address) {}

  NeighbourTarget(Rtnetlink rtnetlink, DataplaneConfig config, Interfaces interfaces) {
    this.rtnetlink = rtnetlink;
    this.config = config;
    this.interfaces = interfaces;
  }

  /**
   * The kernel told of an entry.
   *
   * @return whether it is not as it should be
   */
  static boolean onEvent(NeighbourEvent event, Reconciler<Key, String> neighbours) {
    Neighbour told = event.neighbour();
    Key key = new Key(told.interfaceIndex(), Ip.of(told.address()));
    String desired = neighbours.desired(key);
    String now = event.present() && told.mac() != null ? told.mac().toString() : null;
    if (desired == null || desired.equals(now)) {
      return false;
    }
    neighbours.observedForeign(key, now);
    return true;
  }

  static String value(String mac) {
    return mac.toLowerCase(Locale.ROOT);
  }

  @Override
  public Map<Key, String> list() {
    Map<Key, String> found = new HashMap<>();
    for (Neighbour neighbour : rtnetlink.neighbours(0)) {
      Interface i = interfaces.withIndex(neighbour.interfaceIndex());
      if (i != null
          && (config.isWorkload(i.name()) || TunnelDevice.isVxlan(i.name()))
          && neighbour.mac() != null
          && (neighbour.state() & Neighbour.PERMANENT) != 0) {
        found.put(
            new Key(neighbour.interfaceIndex(), Ip.of(neighbour.address())),
            neighbour.mac().toString());
      }
    }
    return found;
  }

  @Override
  public Map<Key, Exception> apply(Map<Key, String> updates, Set<Key> deletions) {
    Map<Key, Exception> failed = new HashMap<>();
    for (Key key : deletions) {
      try {
        rtnetlink.delete(
            Neighbour.permanent(key.interfaceIndex(), key.address().toInetAddress(), new Mac(0)));
      } catch (NetlinkException e) {
        if (e.errno() != ENOENT && e.errno() != ENODEV) {
          failed.put(key, e);
        }
      }
    }
    updates.forEach(
        (key, mac) -> {
          try {
            rtnetlink.replace(
                Neighbour.permanent(
                    key.interfaceIndex(), key.address().toInetAddress(), Mac.parse(mac)));
          } catch (NetlinkException | IllegalArgumentException e) {
            failed.put(key, e);
          }
        });
    return failed;
  }
}
