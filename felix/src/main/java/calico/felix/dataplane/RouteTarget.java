package calico.felix.dataplane;

import calico.felix.dataplane.Interfaces.Interface;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.NetlinkException;
import calico.netlink.route.IpFamily;
import calico.netlink.route.Route;
import calico.netlink.route.RouteChange;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.RouteType;
import calico.netlink.route.Rtnetlink;
import calico.netlink.route.Scope;
import calico.reconcile.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Routes of the main table to workloads on this node. Ours are those on a workload's interface: of
 * our protocol, and others too if external ones are to be removed; never the kernel's own.
 */
final class RouteTarget implements Target<LocalRoute.Key, LocalRoute> {
  /**
   * Who makes an interface may give it its routes before its endpoint is known here; they are left
   * alone for so long.
   */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private static final int ESRCH = 3;
  private static final int ENODEV = 19;

  private final Rtnetlink rtnetlink;
  private final DataplaneConfig config;
  private final Interfaces interfaces;
  private final LongSupplier nanoTime;
  private final Flows flows;

  /** Interface of each route that is there, so that a deletion hits only that one. */
  private final Map<LocalRoute.Key, Integer> interfaceByRoute = new HashMap<>();

  /**
   * Interface of each other route to a single address, as they were when read back: one may have
   * been ours before its interface got another name, or lead to the node that had the address.
   */
  private final Map<Cidr, Integer> foreign = new HashMap<>();

  /** Whether nothing has been written yet. */
  private boolean first = true;

  RouteTarget(
      Rtnetlink rtnetlink,
      DataplaneConfig config,
      Interfaces interfaces,
      LongSupplier nanoTime,
      Flows flows) {
    this.rtnetlink = rtnetlink;
    this.config = config;
    this.interfaces = interfaces;
    this.nanoTime = nanoTime;
    this.flows = flows;
  }

  /**
   * The routes that are ours.
   *
   * @throws IllegalStateException if interfaces have not been listed: a route whose interface is
   *     not known would be taken for somebody else's, and then moved with its connections
   */
  @Override
  public Map<LocalRoute.Key, LocalRoute> list() {
    if (!interfaces.areListed()) {
      throw new IllegalStateException("interfaces have not been listed yet");
    }
    RouteFilter filter = RouteFilter.ALL.table(Route.TABLE_MAIN);
    if (!config.ipv6Enabled()) {
      filter = filter.family(IpFamily.IPV4);
    }
    Map<LocalRoute.Key, Integer> before = Map.copyOf(interfaceByRoute);
    interfaceByRoute.clear();
    foreign.clear();
    Map<LocalRoute.Key, LocalRoute> found = new HashMap<>();
    for (Route route : rtnetlink.routes(filter)) {
      LocalRoute.Key key = key(route);
      if (isOurs(route)) {
        boolean direct =
            route.gateway() == null
                && route.type() == RouteType.UNICAST
                && (key.destination().family() == Family.IPV6 || route.scope() == Scope.LINK);
        Ip source = route.source() == null ? null : Ip.of(route.source());
        found.put(key, new LocalRoute(route.interfaceIndex(), route.protocol(), direct, source));
        interfaceByRoute.put(key, route.interfaceIndex());
      } else if (key.destination().isHost()) {
        foreign.put(key.destination(), route.interfaceIndex());
      }
    }
    before.forEach(
        (key, index) -> {
          if (!index.equals(interfaceByRoute.get(key))) {
            moved(key); // with its interface, perhaps
          }
        });
    return found;
  }

  static LocalRoute.Key key(Route route) {
    Cidr destination = new Cidr(Ip.of(route.destination()), route.prefixLength());
    return new LocalRoute.Key(destination, route.metric());
  }

  /** Whether a route that is told of is worth a look. */
  static boolean mayBeOurs(Route route, DeviceRoutes ours) {
    return route.table() == Route.TABLE_MAIN
        && ours.isKey(key(route))
        && route.prefixLength() == route.destination().getAddress().length * 8;
  }

  private boolean isOurs(Route route) {
    Interface i = interfaces.withIndex(route.interfaceIndex());
    if (i == null || !config.isWorkload(i.name()) || route.protocol() == Route.PROTOCOL_KERNEL) {
      return false;
    }
    int protocol = config.deviceRoutes().protocol();
    boolean isNew = nanoTime.getAsLong() - i.seenNanos() < GRACE.toNanos();
    boolean madeLikeOurs = route.protocol() == protocol && config.deviceRoutes().isKey(key(route));
    return madeLikeOurs
        || (!isNew && (config.removeExternalRoutes() || route.protocol() == protocol));
  }

  /** A route goes, its address's connections are forgotten, and only then it comes elsewhere. */
  @Override
  public Map<LocalRoute.Key, Exception> apply(
      Map<LocalRoute.Key, LocalRoute> updates, Set<LocalRoute.Key> deletions) {
    Map<LocalRoute.Key, Exception> failed = new HashMap<>();
    Map<Cidr, Integer> stays = new HashMap<>();
    List<LocalRoute.Key> moving = new ArrayList<>();
    updates.forEach(
        (key, value) -> {
          stays.put(key.destination(), value.interfaceIndex());
          Integer ours = interfaceByRoute.get(key);
          Integer before = ours != null ? ours : foreign.get(key.destination());
          if (before != null && before != value.interfaceIndex()) {
            moving.add(key);
          } else if (ours == null && first) {
            moved(key); // perhaps whoever was here before us was about to move it
          }
        });
    first = false;
    List<LocalRoute.Key> replaced = new ArrayList<>();
    for (LocalRoute.Key key : deletions) {
      Integer index = interfaceByRoute.get(key);
      if (index != null && index.equals(stays.get(key.destination()))) {
        replaced.add(key); // by one with another metric
      } else {
        moving.add(key);
      }
    }
    moving.forEach(this::moved);
    delete(moving, failed);
    Set<Ip> remembered = flows.forgetBefore(stays.keySet().stream().map(Cidr::address).toList());
    update(updates, remembered, failed);
    Map<Cidr, Exception> kept = new HashMap<>();
    failed.forEach((key, e) -> kept.put(key.destination(), e));
    replaced.forEach(key -> failed.computeIfAbsent(key, k -> kept.get(k.destination())));
    replaced.removeAll(failed.keySet());
    delete(replaced, failed);
    return failed;
  }

  private void moved(LocalRoute.Key key) {
    if (key.destination().isHost()) {
      flows.moved(key.destination().address());
    }
  }

  private void delete(List<LocalRoute.Key> keys, Map<LocalRoute.Key, Exception> failed) {
    List<RouteChange> changes = new ArrayList<>();
    for (LocalRoute.Key key : keys) {
      changes.add(
          new RouteChange.Delete(
              route(key).protocol(0).dev(interfaceByRoute.getOrDefault(key, 0))));
    }
    write(keys, changes, Map.of(), failed);
  }

  private void update(
      Map<LocalRoute.Key, LocalRoute> updates,
      Set<Ip> remembered,
      Map<LocalRoute.Key, Exception> failed) {
    List<LocalRoute.Key> keys = new ArrayList<>();
    List<RouteChange> changes = new ArrayList<>();
    updates.forEach(
        (key, value) -> {
          if (failed.containsKey(key)) {
            return;
          }
          if (remembered.contains(key.destination().address())) {
            failed.put(key, new IllegalStateException("connections from before are still known"));
            return;
          }
          int scope = key.destination().family() == Family.IPV4 ? Scope.LINK : Scope.UNIVERSE;
          Route route =
              route(key).protocol(value.protocol()).dev(value.interfaceIndex()).scope(scope);
          Ip source = value.source();
          keys.add(key);
          changes.add(
              new RouteChange.Replace(
                  source == null ? route : route.source(source.toInetAddress())));
        });
    write(keys, changes, updates, failed);
  }

  private void write(
      List<LocalRoute.Key> keys,
      List<RouteChange> changes,
      Map<LocalRoute.Key, LocalRoute> updates,
      Map<LocalRoute.Key, Exception> failed) {
    List<@Nullable NetlinkException> results = rtnetlink.apply(changes);
    for (int i = 0; i < keys.size(); i++) {
      LocalRoute.Key key = keys.get(i);
      NetlinkException error = results.get(i);
      LocalRoute update = updates.get(key);
      if (error != null && !(update == null && isGone(error))) {
        failed.put(key, error);
      } else if (update != null) {
        interfaceByRoute.put(key, update.interfaceIndex());
        foreign.remove(key.destination());
      } else {
        interfaceByRoute.remove(key);
      }
    }
  }

  private static boolean isGone(NetlinkException error) {
    return error.errno() == ESRCH || error.errno() == ENODEV;
  }

  private static Route route(LocalRoute.Key key) {
    Cidr destination = key.destination();
    return Route.to(destination.address().toInetAddress(), destination.length())
        .metric(key.metric());
  }
}
