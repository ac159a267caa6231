package calico.felix.dataplane;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import calico.model.Cidr;
import calico.netlink.NetlinkException;
import calico.netlink.route.Rtnetlink;
import calico.netlink.wireguard.Device;
import calico.netlink.wireguard.Wireguard;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Tunnels' devices on the real kernel, and what is said where it has not that kind. */
class TunnelTargetTest {
  private static final String WIREGUARD = "wireguard.cali";
  private static final Cidr ADDRESS = Cidr.parse("10.65.1.2/32");

  private final Lab lab = new Lab();
  private final Wireguard wireguard = new Wireguard();
  private Rtnetlink rtnetlink;
  private TunnelTarget target;

  TunnelTargetTest() {
    rtnetlink = Rtnetlink.open(lab.netns("n"));
    target = new TunnelTarget(rtnetlink, wireguard, OverlayConfig.defaults());
  }

  @AfterEach
  void close() {
    wireguard.close();
    rtnetlink.close();
    lab.close();
  }

  private static TunnelDevice wireguard(int port) {
    return TunnelDevice.ofWireguard(new Device.Settings(port, 0x200000), 1440, Set.of(ADDRESS));
  }

  private boolean has(String kind) {
    try {
      rtnetlink.create("try0", kind, 1400);
      rtnetlink.link("try0").ifPresent(link -> rtnetlink.delete(link.index()));
      return true;
    } catch (NetlinkException _) {
      return false;
    }
  }

  private Map<String, Exception> apply(String name, TunnelDevice device) {
    return lab.open("n").call(() -> target.apply(Map.of(name, device), Set.of()));
  }

  private static String reason(Map<String, Exception> failed, String name) {
    return String.valueOf(requireNonNull(failed.get(name)).getMessage());
  }

  private Map<String, TunnelDevice> list() {
    return lab.open("n").call(target::list);
  }

  @Test
  void aKernelWithoutWireguardIsToldOfWithTheParameterAndWhatToDo() {
    assumeTrue(!has("wireguard"), "the kernel has WireGuard");
    Map<String, Exception> failed = apply(WIREGUARD, wireguard(51820));
    assertEquals(Set.of(WIREGUARD), failed.keySet());
    assertEquals(
        "the kernel cannot make wireguard.cali: it lacks the module wireguard; load it, or set"
            + " wireguardEnabled of the FelixConfiguration to false; until then packets to other"
            + " nodes are not encrypted",
        reason(failed, WIREGUARD));
    failed = apply("wg-v6.cali", wireguard(51821));
    assertTrue(reason(failed, "wg-v6.cali").contains("set wireguardEnabledV6 of"));
    assertEquals(Map.of(), target.publicKeys());
    assertEquals(Map.of(), list());
  }

  @Test
  void aKernelWithoutIpipIsToldOfAsWell() {
    assumeTrue(!has("ipip"), "the kernel has IPIP");
    Map<String, Exception> failed = apply("tunl0", TunnelDevice.ofIpip(1480, ADDRESS));
    assertEquals(
        "the kernel cannot make tunl0: it lacks the module ipip; load it, or let no IPPool use it",
        reason(failed, "tunl0"));
  }

  @Test
  void aRefusalIsToldOnceUntilItIsOver() {
    Refusals refusals = new Refusals();
    assertTrue(refusals.isNews("tunl0", new IllegalStateException("no module")));
    assertFalse(refusals.isNews("tunl0", new IllegalStateException("no module")));
    assertTrue(refusals.isNews("tunl0", new IllegalStateException("no memory")));
    assertTrue(refusals.isNews("wireguard.cali", new IllegalStateException("no module")));
    refusals.settled(Set.of("tunl0"));
    assertTrue(refusals.isNews("tunl0", new IllegalStateException("no memory")));
    assertFalse(refusals.isNews("wireguard.cali", new IllegalStateException("no module")));
    assertEquals("refused: tunl0, wireguard.cali", refusals.summary());
    refusals.retain(Set.of("tunl0"));
    assertEquals("refused: tunl0", refusals.summary());
    refusals.settled(Set.of("tunl0"));
    assertEquals("", refusals.summary());
  }

  @Test
  void anInterfaceOfSomebodyElseIsLeftAlone() {
    rtnetlink.createBridge(WIREGUARD);
    Map<String, Exception> failed = apply(WIREGUARD, wireguard(51820));
    assertEquals(
        "interface wireguard.cali is of kind 'bridge' and not ours: rename it",
        reason(failed, WIREGUARD));
    assertEquals(Map.of(), list(), "so it is not removed either");
    assertTrue(rtnetlink.link(WIREGUARD).isPresent());
  }

  @Test
  void aWireguardDeviceKeepsItsKeyAndFollowsItsSettings() {
    assumeTrue(has("wireguard"), "the kernel has no WireGuard");
    assertEquals(Map.of(), apply(WIREGUARD, wireguard(51820)));
    assertEquals(Map.of(WIREGUARD, wireguard(51820)), list());
    Map<String, String> keys = Map.copyOf(target.publicKeys());
    assertEquals(Set.of(WIREGUARD), keys.keySet());
    assertEquals(Map.of(), apply(WIREGUARD, wireguard(51999)));
    assertEquals(Map.of(WIREGUARD, wireguard(51999)), list());
    assertEquals(keys, target.publicKeys());
    assertEquals(Map.of(), lab.open("n").call(() -> target.apply(Map.of(), Set.of(WIREGUARD))));
    assertEquals(Map.of(), target.publicKeys());
    assertTrue(rtnetlink.link(WIREGUARD).isEmpty());
  }
}
