package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.RulesConfig;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.nftables.Value;
import calico.reconcile.EventLoop;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What endpoints desire, and whether a route may come before the chains of its interface. */
class EndpointsTest {
  private final PolicyTable table =
      new PolicyTable(
          new NftRenderer(Family.IPV4, RulesConfig.defaults()), Unresisting.reconciler());
  private final EventLoop loop = new EventLoop("endpoints-test", _ -> {});
  private final Interfaces interfaces = new Interfaces(_ -> false);
  private final Set<Ip> forgotten = new HashSet<>();
  private final Flows flows = new Flows(forgotten::addAll, () -> 0);
  private final Endpoints endpoints =
      new Endpoints(
          DataplaneConfig.defaults(),
          interfaces,
          List.of(table),
          new Endpoints.Parts(
              Unresisting.reconciler(),
              new AddressRoutes(DeviceRoutes.defaults(), Unresisting.reconciler()),
              Unresisting.reconciler(),
              Unresisting.reconciler(),
              new PeeringAddresses(Unresisting.reconciler())),
          new LiveMigrations(loop, Duration.ZERO, interfaces, _ -> false, _ -> {}),
          flows);

  @AfterEach
  void close() {
    loop.close();
  }

  private void put(int number) {
    endpoints.put(Node.endpoint(number), Node.local(number, List.of()));
  }

  @Test
  void chainsOfANewInterfaceReplaceNone() {
    put(1);
    assertFalse(endpoints.replacesPolicy());
    endpoints.renderPolicy();
    put(2);
    assertFalse(endpoints.replacesPolicy());
    endpoints.renderPolicy();
    assertFalse(endpoints.replacesPolicy(), "nothing is to be rendered");
  }

  @Test
  void anInterfaceThatHasChainsKeepsThemUntilTheyAreReplaced() {
    put(1);
    endpoints.renderPolicy();
    put(1);
    put(2);
    assertTrue(endpoints.replacesPolicy());
    endpoints.renderPolicy();
    endpoints.put(Node.endpoint(2), null);
    assertTrue(endpoints.replacesPolicy());
    endpoints.renderPolicy();
    put(2);
    assertFalse(endpoints.replacesPolicy());
  }

  @Test
  void anInterfaceThatChangesHandsHasTheChainsOfItsFormerEndpoint() {
    put(1);
    endpoints.renderPolicy();
    endpoints.put(Node.endpoint(2), Node.local(1, List.of()));
    endpoints.put(Node.endpoint(1), null);
    assertTrue(endpoints.replacesPolicy());
  }

  @Test
  void endpointsThatExchangeTheirInterfacesKeepTheirChains() {
    for (int i = 1; i <= 3; i++) {
      put(i);
    }
    endpoints.renderPolicy();
    for (int i = 1; i <= 3; i++) {
      endpoints.put(Node.endpoint(i), Node.local(1 + i % 3, List.of()));
    }
    endpoints.renderPolicy();
    for (int i = 1; i <= 3; i++) {
      Value name = Value.ifname("cali" + i);
      NftKey label = new NftKey.ElementKey("filter-cali-to-wl-policy", name, name);
      assertNotNull(table.table().desired(label), label.toString());
    }
  }

  @Test
  void connectionsToWhatHasNoInterfaceAfterARestartAreForgotten() {
    interfaces.put(1, "cali1", true, 1500, 0);
    put(1);
    put(2);
    flows.forgetMoved();
    assertEquals(Set.of(), forgotten);
    endpoints.inputInSync();
    flows.forgetMoved();
    assertEquals(Set.of(Ip.parse("10.65.0.2"), Ip.parse("fd00:65::2")), forgotten);
  }

  @Test
  void theTableDeniesUnknownInterfacesOnlyOnceItIsInTheKernel() {
    assertFalse(table.deniesUnknownInterfaces());
    put(1);
    endpoints.renderPolicy();
    assertEquals(Map.of(), table.table().apply().failed());
    assertTrue(table.deniesUnknownInterfaces());
    table.table().resync();
    assertFalse(table.deniesUnknownInterfaces(), "somebody may have changed it");
  }
}
