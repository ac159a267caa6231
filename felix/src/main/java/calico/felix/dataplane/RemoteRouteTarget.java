package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.model.Family;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.route.IpFamily;
import calico.netlink.route.Route;
import calico.netlink.route.RouteChange;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.RouteType;
import calico.netlink.route.Rtnetlink;
import calico.reconcile.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Routes to what is on other nodes. Of the main table, ours are those of our protocol, all on our
 * VXLAN devices but the kernel's own, and what BIRD has left on the IPIP device if routes there are
 * ours; of a table for WireGuard those on its device, and those that lead elsewhere. A route that
 * somebody else has made is never replaced: then ours fails, and is tried again.
 */
final class RemoteRouteTarget implements Target<LocalRoute.Key, RemoteRoute> {
  private static final int ESRCH = 3;

  private final Rtnetlink rtnetlink;
  private final DataplaneConfig config;
  private final ToIntFunction<Family> table;
  private final Predicate<Route> owned;

  /** What is there of ours, so that a change hits only that. */
  private final Map<LocalRoute.Key, RemoteRoute> there = new HashMap<>();

  private RemoteRouteTarget(
      Rtnetlink rtnetlink,
      DataplaneConfig config,
      ToIntFunction<Family> table,
      Predicate<Route> owned) {
    this.rtnetlink = rtnetlink;
    this.config = config;
    this.table = table;
    this.owned = owned;
  }

  /** Of the main table. */
  static RemoteRouteTarget main(
      Rtnetlink rtnetlink, DataplaneConfig config, Interfaces interfaces) {
    return new RemoteRouteTarget(
        rtnetlink, config, _ -> Route.TABLE_MAIN, route -> owns(route, config, interfaces));
  }

  /** Of the tables that are asked about what is to be encrypted. */
  static RemoteRouteTarget wireguard(
      Rtnetlink rtnetlink, DataplaneConfig config, Interfaces interfaces) {
    WireguardConfig wireguard = config.overlay().wireguard();
    return new RemoteRouteTarget(
        rtnetlink,
        config,
        family -> wireguard.device(family).table(),
        route -> {
          Interface i = interfaces.withIndex(route.interfaceIndex());
          return route.type() == RouteType.THROW
              ? route.protocol() == config.deviceRoutes().protocol()
              : i != null && wireguard.familyOf(i.name()) != null;
        });
  }

  @Override
  public Map<LocalRoute.Key, RemoteRoute> list() {
    there.clear();
    for (Family family : Kernel.families(config)) {
      RouteFilter filter =
          RouteFilter.ALL
              .table(table.applyAsInt(family))
              .family(family == Family.IPV4 ? IpFamily.IPV4 : IpFamily.IPV6);
      for (Route route : rtnetlink.routes(filter)) {
        if (owned.test(route)) {
          there.put(RouteTarget.key(route), RemoteRoute.of(route));
        }
      }
    }
    return Map.copyOf(there);
  }

  /** Whether a route that is told of is worth a look. */
  static boolean mayBeOurs(Route route) {
    return route.table() == Route.TABLE_MAIN
        && route.protocol() != Route.PROTOCOL_KERNEL
        && route.prefixLength() > 0;
  }

  private static boolean owns(Route route, DataplaneConfig config, Interfaces interfaces) {
    Interface i = interfaces.withIndex(route.interfaceIndex());
    if (route.protocol() == Route.PROTOCOL_KERNEL || (i != null && config.isWorkload(i.name()))) {
      return false;
    }
    return route.protocol() == config.overlay().routeProtocol(config.deviceRoutes().protocol())
        || (i != null && TunnelDevice.isVxlan(i.name()))
        || (i != null
            && i.name().equals(TunnelDevice.IPIP)
            && route.protocol() == Route.PROTOCOL_BIRD
            && config.overlay().programsIpip());
  }

  @Override
  public Map<LocalRoute.Key, Exception> apply(
      Map<LocalRoute.Key, RemoteRoute> updates, Set<LocalRoute.Key> deletions) {
    Map<LocalRoute.Key, Exception> failed = new HashMap<>();
    List<LocalRoute.Key> keys = new ArrayList<>();
    List<RouteChange> changes = new ArrayList<>();
    for (LocalRoute.Key key : deletions) {
      RemoteRoute before = there.get(key);
      if (before != null) {
        keys.add(key);
        changes.add(new RouteChange.Delete(route(key, before)));
      }
    }
    write(keys, changes, Map.of(), failed);
    Map<LocalRoute.Key, RemoteRoute> taken = write(updates, failed);
    if (!taken.isEmpty()) {
      list(); // perhaps ours after all, made by whom we replace
      taken.keySet().removeIf(key -> !there.containsKey(key));
      failed.keySet().removeAll(taken.keySet());
      write(taken, failed);
    }
    return failed;
  }

  private Route route(LocalRoute.Key key, RemoteRoute value) {
    return value.route(key).table(table.applyAsInt(key.destination().family()));
  }

  /** Gives what another route is in the way of. */
  private Map<LocalRoute.Key, RemoteRoute> write(
      Map<LocalRoute.Key, RemoteRoute> updates, Map<LocalRoute.Key, Exception> failed) {
    List<LocalRoute.Key> keys = new ArrayList<>();
    List<RouteChange> changes = new ArrayList<>();
    updates.forEach(
        (key, value) -> {
          Route route = route(key, value);
          RemoteRoute before = there.get(key);
          if (before != null && before.interfaceIndex() != value.interfaceIndex()) {
            // IPv6 refuses a gateway inside of a prefix that is still routed elsewhere.
            keys.add(key);
            changes.add(new RouteChange.Delete(route(key, before)));
            before = null;
          }
          keys.add(key);
          changes.add(before == null ? new RouteChange.Add(route) : new RouteChange.Replace(route));
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
        there.put(key, update);
      } else {
        there.remove(key);
      }
    }
  }
}
