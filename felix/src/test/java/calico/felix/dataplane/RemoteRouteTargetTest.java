package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.model.Cidr;
import calico.netlink.NetlinkSocket;
import calico.netlink.route.Route;
import calico.netlink.route.Rtnetlink;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose the routes to other nodes are, on a kernel that is played. */
class RemoteRouteTargetTest {
  private static final Cidr BLOCK = Cidr.parse("10.0.2.0/26");

  private final FakeKernel kernel = new FakeKernel((_, _) -> {});
  private final Interfaces interfaces = new Interfaces(_ -> false);
  private final int tunnel = add(TunnelDevice.IPIP);
  private final int uplink = add("eth0");

  private int add(String name) {
    int index = kernel.network.add(name, true);
    interfaces.put(index, name, true, 1500, 0);
    return index;
  }

  private Set<LocalRoute.Key> ours(boolean programsIpip) {
    OverlayConfig overlay =
        new OverlayConfig(
            4096,
            4789,
            0,
            0,
            0,
            programsIpip,
            Pattern.compile("eth0"),
            null,
            WireguardConfig.defaults());
    return RemoteRouteTarget.main(
            new Rtnetlink(new NetlinkSocket(kernel.socket(FakeKernel.Faults.NONE))),
            DataplaneConfig.defaults().withOverlay(overlay),
            interfaces)
        .list()
        .keySet();
  }

  private void routed(int index, int protocol) {
    kernel.network.addForeignRoute(BLOCK, index, protocol);
  }

  /** Otherwise it would stay for ever: BIRD leaves its routes when it ends. */
  @Test
  void whatBirdHasLeftOnTheIpipDeviceIsOursIfRoutesThereAre() {
    routed(tunnel, Route.PROTOCOL_BIRD);
    assertEquals(Set.of(new LocalRoute.Key(BLOCK, 1024)), ours(true));
    assertEquals(Set.of(), ours(false));
  }

  @Test
  void whatOthersRouteThereIsTheirs() {
    routed(tunnel, Route.PROTOCOL_STATIC);
    assertEquals(Set.of(), ours(true));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatBirdRoutesElsewhereIsItsOwn(boolean programsIpip) {
    routed(uplink, Route.PROTOCOL_BIRD);
    assertEquals(Set.of(), ours(programsIpip));
  }
}
