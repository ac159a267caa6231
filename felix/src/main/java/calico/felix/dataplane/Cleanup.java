package calico.felix.dataplane;

import calico.model.Family;
import calico.netlink.nftables.Batch;
import calico.netlink.nftables.Nftables;
import calico.netlink.nftables.Table;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import calico.netlink.tc.TrafficControl;
import calico.netlink.wireguard.Wireguard;
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
   * Removes both families' tables, the routes and neighbours of workloads' interfaces, what holds
   * them to a bandwidth, the routes to other nodes and the rules for them, and the tunnels'
   * devices.
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
      // Seen from a time at which no interface is new.
      RouteTarget routes =
          new RouteTarget(
              rtnetlink, config, interfaces, () -> Long.MAX_VALUE, new Flows(_ -> {}, () -> 0));
      refuseNothing(routes.apply(Map.of(), Set.copyOf(routes.list().keySet())));
      NeighbourTarget neighbours = new NeighbourTarget(rtnetlink, config, interfaces);
      refuseNothing(neighbours.apply(Map.of(), Set.copyOf(neighbours.list().keySet())));
      ShaperTarget shapers = new ShaperTarget(rtnetlink, trafficControl, config, interfaces);
      refuseNothing(shapers.apply(Map.of(), Set.copyOf(shapers.list().keySet())));
      RuleTarget rules = new RuleTarget(rtnetlink, config);
      refuseNothing(rules.apply(Map.of(), Set.copyOf(rules.list().keySet())));
      for (RemoteRouteTarget remote :
          List.of(
              RemoteRouteTarget.wireguard(rtnetlink, config, interfaces),
              RemoteRouteTarget.main(rtnetlink, config, interfaces))) {
        refuseNothing(remote.apply(Map.of(), Set.copyOf(remote.list().keySet())));
      }
      TunnelTarget tunnels = new TunnelTarget(rtnetlink, wireguard, config.overlay());
      refuseNothing(tunnels.apply(Map.of(), Set.copyOf(tunnels.list().keySet())));
    }
  }

  private static void refuseNothing(Map<?, Exception> failed) {
    failed.forEach(
        (key, e) -> {
          throw new IllegalStateException("cannot remove " + key, e);
        });
  }
}
