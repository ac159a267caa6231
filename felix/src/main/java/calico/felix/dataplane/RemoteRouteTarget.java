package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.IpFamily;
import calico.netlink.route.Route;
import calico.netlink.route.RouteChange;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Routes of the main table to what is on other nodes. Ours are those of our protocol, and all on
 * our VXLAN devices but the kernel's own. A route that somebody else has made is never replaced:
 * then ours fails, and is tried again.
 */
final class RemoteRouteTarget implements Target<LocalRoute.Key, RemoteRoute> {
  private static final int ESRCH = 3;

  private final Rtnetlink rtnetlink;
  private final DataplaneConfig config;
  private final Interfaces interfaces;

  /** What is there of ours, so that a change hits only that. */
  private final Map<LocalRoute.Key, RemoteRoute> owned = new HashMap<>();

  RemoteRouteTarget(Rtnetlink rtnetlink, DataplaneConfig config, Interfaces interfaces) {
    this.rtnetlink = rtnetlink;
    this.config = config;
    this.interfaces = interfaces;
  }

  @Override
  public Map<LocalRoute.Key, RemoteRoute> list() {
    RouteFilter filter = RouteFilter.ALL.table(Route.TABLE_MAIN);
    if (!config.ipv6Enabled()) {
      filter = filter.family(IpFamily.IPV4);
    }
    owned.clear();
    for (Route route : rtnetlink.routes(filter)) {
      if (owns(route)) {
        owned.put(RouteTarget.key(route), RemoteRoute.of(route));
      }
    }
    return Map.copyOf(owned);
  }

  /** Whether a route that is told of is worth a look. */
  static boolean mayBeOurs(Route route) {
    return route.table() == Route.TABLE_MAIN
        && route.protocol() != Route.PROTOCOL_KERNEL
        && route.prefixLength() > 0;
  }

  /** Whether a route of the main table is ours. */
  boolean owns(Route route) {
    Interface i = interfaces.withIndex(route.interfaceIndex());
    if (route.protocol() == Route.PROTOCOL_KERNEL || (i != null && config.isWorkload(i.name()))) {
      return false;
    }
    return route.protocol() == config.overlay().routeProtocol(config.deviceRoutes().protocol())
        || (i != null && TunnelDevice.isVxlan(i.name()));
  }

  @Override
  public Map<LocalRoute.Key, Exception> apply(
      Map<LocalRoute.Key, RemoteRoute> updates, Set<LocalRoute.Key> deletions) {
    Map<LocalRoute.Key, Exception> failed = new HashMap<>();
    List<LocalRoute.Key> keys = new ArrayList<>();
    List<RouteChange> changes = new ArrayList<>();
    for (LocalRoute.Key key : deletions) {
      RemoteRoute there = owned.get(key);
      if (there != null) {
        keys.add(key);
        changes.add(new RouteChange.Delete(there.route(key)));
      }
    }
    write(keys, changes, Map.of(), failed);
    Map<LocalRoute.Key, RemoteRoute> taken = write(updates, failed);
    if (!taken.isEmpty()) {
      list(); // perhaps ours after all, made by whom we replace
      taken.keySet().removeIf(key -> !owned.containsKey(key));
      failed.keySet().removeAll(taken.keySet());
      write(taken, failed);
    }
    return failed;
  }

  /** Gives what another route is in the way of. */
  private Map<LocalRoute.Key, RemoteRoute> write(
      Map<LocalRoute.Key, RemoteRoute> updates, Map<LocalRoute.Key, Exception> failed) {
    List<LocalRoute.Key> keys = new ArrayList<>();
    List<RouteChange> changes = new ArrayList<>();
    updates.forEach(
        (key, value) -> {
          Route route = value.route(key);
          RemoteRoute there = owned.get(key);
          if (there != null && there.interfaceIndex() != value.interfaceIndex()) {
            // IPv6 refuses a gateway inside of a prefix that is still routed elsewhere.
            keys.add(key);
            changes.add(new RouteChange.Delete(there.route(key)));
            there = null;
          }
          keys.add(key);
          changes.add(there == null ? new RouteChange.Add(route) : new RouteChange.Replace(route));
        });
    write(keys, changes, updates, failed);
    Map<LocalRoute.Key, RemoteRoute> taken = new HashMap<>(updates);
    taken
        .keySet()
        .removeIf(
            key -> !(failed.get(key) instanceof NetlinkException e && e.errno() == Errno.EEXIST));
    return taken;
  }

  private void write(
      List<LocalRoute.Key> keys,
      List<RouteChange> changes,
      Map<LocalRoute.Key, RemoteRoute> updates,
      Map<LocalRoute.Key, Exception> failed) {
    List<@Nullable NetlinkException> results = rtnetlink.apply(changes);
    for (int i = 0; i < keys.size(); i++) {
      LocalRoute.Key key = keys.get(i);
      NetlinkException error = results.get(i);
      boolean deletion = changes.get(i) instanceof RouteChange.Delete;
      RemoteRoute update = deletion ? null : updates.get(key);
      boolean gone = error != null && (error.errno() == ESRCH || error.errno() == Errno.ENODEV);
      if (error != null && !(deletion && gone)) {
        failed.put(key, error);
      } else if (update != null) {
        owned.put(key, update);
      } else {
        owned.remove(key);
      }
    }
  }
}
