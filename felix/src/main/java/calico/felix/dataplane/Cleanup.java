package calico.felix.dataplane;

import calico.model.Family;
import calico.netlink.nftables.Batch;
import calico.netlink.nftables.Nftables;
import calico.netlink.nftables.Table;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import calico.netlink.tc.TrafficControl;
import calico.netlink.wireguard.Wireguard;
import calico.reconcile.Target;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Removes from the calling thread's network namespace what a {@link Dataplane} left there, and
 * nothing else. Settings of interfaces stay: they go with their interfaces.
 */
public final class Cleanup {
  private Cleanup() {}

  /**
   * Removes both families' tables, the routes and neighbours of workloads' interfaces, addresses of
   * the node on them, what holds them to a bandwidth, the routes to other nodes and the rules for
   * them, and the tunnels' devices. Where routes are made by others, routes and neighbours stay.
   *
   * @param config as the dataplane had it, for it says what is ours
   * @throws calico.netlink.NetlinkException if the kernel refuses
   */
  public static void run(DataplaneConfig config) {
    try (Nftables nftables = Nftables.open()) {
      List<Table> tables = nftables.tables();
      for (Table table :
          List.of(Kernel.table(Family.IPV4), Kernel.table(Family.IPV6), ArpReplies.TABLE)) {
        if (tables.contains(table)) {
          nftables.commit(new Batch(table).deleteTable());
        }
      }
    }
    try (Rtnetlink rtnetlink = Rtnetlink.open();
        TrafficControl trafficControl = TrafficControl.open();
        Wireguard wireguard = new Wireguard()) {
      Interfaces interfaces = new Interfaces(_ -> false);
      for (Link link : rtnetlink.links()) {
        interfaces.put(link.index(), link.name(), link.up(), link.mtu(), 0);
      }
      interfaces.listed();
      if (!config.routesOfOthers()) {
        removeRoutes(rtnetlink, config, interfaces);
      }
      remove(new PeeringAddresses.Kept(rtnetlink, config, interfaces));
      remove(new ShaperTarget(rtnetlink, trafficControl, config, interfaces));
      remove(new RuleTarget(rtnetlink, config));
      remove(new TunnelTarget(rtnetlink, wireguard, config.overlay()));
    }
  }

  private static void removeRoutes(
      Rtnetlink rtnetlink, DataplaneConfig config, Interfaces interfaces) {
    // Seen from a time at which no interface is new.
    remove(
        new RouteTarget(
            rtnetlink, config, interfaces, () -> Long.MAX_VALUE, new Flows(_ -> {}, () -> 0)));
    remove(new NeighbourTarget(rtnetlink, config, interfaces));
    remove(RemoteRouteTarget.wireguard(rtnetlink, config, interfaces));
    remove(RemoteRouteTarget.main(rtnetlink, config, interfaces));
  }

  /** All of it that is ours. */
  private static <K> void remove(Target<K, ?> target) {
    try {
      refuseNothing(target.apply(Map.of(), Set.copyOf(target.list().keySet())));
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("cannot remove what is ours", e);
    }
  }

  private static void refuseNothing(Map<?, Exception> failed) {
    failed.forEach(
        (key, e) -> {
          throw new IllegalStateException("cannot remove " + key, e);
        });
  }
}
