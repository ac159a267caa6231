package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.dataplane.FakeNetwork.RouteKey;
import calico.model.Cidr;
import calico.model.Ip;
import calico.netlink.Errno;
import calico.netlink.NetlinkException;
import calico.netlink.NetlinkSocket;
import calico.netlink.route.Rtnetlink;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What connections may exist when a route comes, on a kernel that is played. */
class RouteTargetTest {
  private static final Cidr ADDRESS = Cidr.parse("10.65.0.1/32");
  private static final DeviceRoutes DEVICE_ROUTES = DeviceRoutes.defaults();
  private static final LocalRoute.Key KEY = DEVICE_ROUTES.key(ADDRESS);

  private final FakeKernel kernel = new FakeKernel((_, _) -> {});
  private final int first = kernel.network.add("cali1", true);
  private final int second = kernel.network.add("cali2", true);
  private final Interfaces interfaces = new Interfaces(_ -> false);

  /** Where the address was routed to whenever its connections were forgotten; 0 for nowhere. */
  private final List<Integer> forgotten = new ArrayList<>();

  private static final int PROTOCOL_KERNEL = 2;
  private static final int PROTOCOL_STATIC = 4;

  private boolean refuses;
  private long nanos;
  private final Flows flows = new Flows(this::forget, () -> 0);
  private RouteTarget target = target();

  private RouteTarget target() {
    return target(DataplaneConfig.defaults());
  }

  private RouteTarget target(DataplaneConfig config) {
    interfaces.put(first, "cali1", true, 1500, 0);
    interfaces.put(second, "cali2", true, 1500, 0);
    interfaces.listed();
    return new RouteTarget(
        new Rtnetlink(new NetlinkSocket(kernel.socket(FakeKernel.Faults.NONE))),
        config,
        interfaces,
        () -> nanos,
        flows);
  }

  private void forget(Set<Ip> ips) {
    assertEquals(Set.of(ADDRESS.address()), ips);
    if (refuses) {
      throw new NetlinkException("forget", Errno.ENOBUFS);
    }
    forgotten.add(index());
  }

  private int index() {
    FakeNetwork.Route route = kernel.network.routes.get(new RouteKey(ADDRESS, KEY.metric()));
    return route == null ? 0 : route.index();
  }

  private Map<LocalRoute.Key, Exception> route(int index) {
    return target.apply(Map.of(KEY, DEVICE_ROUTES.route(index, ADDRESS.family())), Set.of());
  }

  @Test
  void aRouteGoesThenItsConnectionsThenItComesElsewhere() {
    route(first);
    forgotten.clear();
    assertEquals(Map.of(), route(second));
    assertEquals(List.of(0), forgotten);
    assertEquals(second, index());
    target.apply(Map.of(), Set.of(KEY));
    flows.forgetMoved();
    assertEquals(List.of(0, 0), forgotten);
  }

  @Test
  void aRouteWaitsUntilConnectionsAreForgotten() {
    route(first);
    refuses = true;
    assertEquals(Set.of(KEY), route(second).keySet());
    assertEquals(0, index());
    refuses = false;
    assertEquals(Map.of(), route(second));
    assertEquals(second, index());
  }

  @Test
  void whatSomebodyBeganToMoveBeforeARestartIsForgotten() {
    route(first);
    kernel.network.removeRoute(new RouteKey(ADDRESS, KEY.metric()));
    forgotten.clear();
    target = target();
    assertTrue(target.list().isEmpty());
    route(second);
    assertEquals(List.of(0), forgotten);
  }

  @Test
  void aRouteOfAnInterfaceThatGotAnotherNameGoesBeforeItComesElsewhere() {
    route(first);
    target = target();
    interfaces.remove(first);
    interfaces.put(first, "renamed", true, 1500, 0);
    assertTrue(target.list().isEmpty());
    target.apply(Map.of(), Set.of()); // what comes at once is looked at for other reasons, too
    forgotten.clear();
    assertEquals(Map.of(), route(second));
    assertEquals(List.of(0), forgotten);
    assertEquals(second, index());
    forgotten.clear();
    assertEquals(Map.of(), route(second));
    assertEquals(List.of(), forgotten);
  }

  @Test
  void aRouteThatIsGoneWhenReadBackLeavesNoConnections() {
    route(first);
    kernel.network.removeRoute(new RouteKey(ADDRESS, KEY.metric()));
    forgotten.clear();
    assertTrue(target.list().isEmpty());
    assertEquals(Map.of(), route(second));
    assertEquals(List.of(0), forgotten);
  }

  @Test
  void aRouteThatStaysKeepsItsConnections() {
    route(first);
    forgotten.clear();
    target = target();
    assertEquals(Set.of(KEY), target.list().keySet());
    route(first);
    assertEquals(List.of(), forgotten);
  }

  /** Else the route of an interface not seen yet would be moved together with its connections. */
  @Test
  void routesAreNotReadBeforeInterfaces() {
    target =
        new RouteTarget(
            new Rtnetlink(new NetlinkSocket(kernel.socket(FakeKernel.Faults.NONE))),
            DataplaneConfig.defaults(),
            new Interfaces(_ -> false),
            () -> 0,
            flows);
    assertThrows(IllegalStateException.class, target::list);
  }

  private static DataplaneConfig removingExternalRoutes(boolean removing) {
    DataplaneConfig usual = DataplaneConfig.defaults();
    return new DataplaneConfig(
        usual.rules(),
        usual.ipv6Enabled(),
        usual.interfaces(),
        usual.nftablesRefreshInterval(),
        usual.routeRefreshInterval(),
        usual.deviceRoutes(),
        removing,
        usual.overlay(),
        usual.routesOfOthers());
  }

  /** Who makes an interface may route to it before its endpoint is known here. */
  @Test
  void whatOthersRouteToANewInterfaceIsSparedForTenSeconds() {
    Cidr others = Cidr.parse("10.99.0.1/32");
    route(first);
    kernel.network.addForeignRoute(others, first, PROTOCOL_STATIC);
    kernel.network.addForeignRoute(Cidr.parse("10.99.0.2/32"), first, PROTOCOL_KERNEL);
    nanos = Duration.ofSeconds(10).toNanos() - 1;
    target = target(removingExternalRoutes(true));
    assertEquals(Set.of(KEY), target.list().keySet());
    nanos++;
    assertEquals(Set.of(KEY, DEVICE_ROUTES.key(others)), target.list().keySet());
    assertEquals(Map.of(), target.apply(Map.of(), Set.of(DEVICE_ROUTES.key(others))));
    assertEquals(Set.of(KEY), target.list().keySet());
  }

  @Test
  void whatOthersRouteStaysIfExternalRoutesAreNotRemoved() {
    route(first);
    kernel.network.addForeignRoute(Cidr.parse("10.99.0.1/32"), first, PROTOCOL_STATIC);
    nanos = Duration.ofDays(1).toNanos();
    target = target(removingExternalRoutes(false));
    assertEquals(Set.of(KEY), target.list().keySet());
  }

  /** The ten seconds are those of the interface, not of who sees it. */
  @Test
  void anInterfaceThatComesAgainIsNew() {
    Cidr others = Cidr.parse("10.99.0.1/32");
    nanos = Duration.ofSeconds(20).toNanos();
    int third = kernel.network.add("cali3", true);
    kernel.network.addForeignRoute(others, third, PROTOCOL_STATIC);
    interfaces.put(third, "cali3", true, 1500, nanos);
    assertEquals(Set.of(), target.list().keySet());
    nanos += Duration.ofSeconds(10).toNanos();
    assertEquals(Set.of(DEVICE_ROUTES.key(others)), target.list().keySet());
  }
}
