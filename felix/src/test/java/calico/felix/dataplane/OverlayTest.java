package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Pods of three nodes on the real kernel, from the cluster's state to packets. */
class OverlayTest {
  private final Fabric fabric = new Fabric();
  private final Lab lab = fabric.lab;

  @AfterEach
  void close() {
    fabric.close();
  }

  private void start(String mode) {
    fabric.describe(mode);
    fabric.start();
    for (String from : Fabric.NAMES) {
      for (String to : Fabric.NAMES) {
        if (!from.equals(to)) {
          fabric.awaitRoute(from, "10.77." + Fabric.number(to) + ".0/26");
          fabric.awaitRoute(from, "fd00:77:" + Fabric.number(to) + "::/122");
        }
      }
    }
  }

  private void allReachAll() {
    for (String from : Fabric.NAMES) {
      for (String to : Fabric.NAMES) {
        fabric.awaitReaches(from, "10.77." + Fabric.number(to) + ".10");
        fabric.awaitReaches(from, "fd00:77:" + Fabric.number(to) + "::10");
      }
    }
  }

  /** Packets that a node has sent into its tunnels. */
  private long tunnelled(String node, String device) {
    return Long.parseLong(
        lab.run(node, "cat /sys/class/net/" + device + "/statistics/tx_packets").strip());
  }

  @Test
  void podsReachEachOtherThroughTheTunnel() {
    start("Always");
    allReachAll();
    assertTrue(tunnelled("a", "vxlan.calico") > 0);
    assertTrue(tunnelled("a", "vxlan-v6.calico") > 0);
    String routes = fabric.routes("a");
    assertTrue(routes.contains("10.77.2.0/26 via 10.77.2.1 dev vxlan.calico onlink"), routes);
    assertTrue(routes.contains("fd00:77:2::/122 via fd00:77:2::1 dev vxlan-v6.calico"), routes);
    assertTrue(routes.contains("blackhole 10.77.1.0/26 proto 80"), routes);
    assertTrue(routes.contains("blackhole fd00:77:1::/122 dev lo proto 80"), routes);
    String device = lab.ip("a", "-d link show vxlan.calico");
    assertTrue(device.contains("vxlan id 4096 local 192.0.2.1 dev eth0"), device);
    assertTrue(device.contains("dstport 4789 nolearning"), device);
    assertTrue(device.contains("mtu 1450"), device);
    assertTrue(lab.ip("a", "-d link show vxlan-v6.calico").contains("mtu 1430"));
    assertTrue(lab.ip("a", "addr show vxlan.calico").contains("inet 10.77.1.1/32"));
  }

  @Test
  void inCrossSubnetModeOnlyTheOtherSubnetNeedsTheTunnel() {
    start("CrossSubnet");
    allReachAll();
    String routes = fabric.routes("a");
    assertTrue(routes.contains("10.77.2.0/26 via 192.0.2.2 dev eth0 proto 80 onlink"), routes);
    assertTrue(routes.contains("10.77.3.0/26 via 10.77.3.1 dev vxlan.calico onlink"), routes);
    assertTrue(routes.contains("fd00:77:2::/122 via 2001:db8:1::2 dev eth0 proto 80"), routes);
    assertTrue(routes.contains("fd00:77:3::/122 via fd00:77:3::1 dev vxlan-v6.calico"), routes);
    long before = tunnelled("a", "vxlan.calico");
    assertTrue(fabric.reaches("a", "10.77.2.10"));
    assertEquals(before, tunnelled("a", "vxlan.calico"));
    fabric.pools("Always");
    fabric.flush();
    fabric.awaitRoute("a", "10.77.2.0/26 via 10.77.2.1 dev vxlan.calico onlink");
    fabric.awaitRoute("a", "fd00:77:2::/122 via fd00:77:2::1 dev vxlan-v6.calico");
    allReachAll();
    fabric.pools("CrossSubnet");
    fabric.flush();
    fabric.awaitRoute("a", "fd00:77:2::/122 via 2001:db8:1::2 dev eth0 proto 80");
  }

  @Test
  void aBorrowedAddressIsReachedWhereItIs() {
    start("CrossSubnet");
    fabric.pod("c", "x", "10.77.2.20", "fd00:77:2::14");
    fabric.block("10.77.2.0/26", "b", Map.of(20, "c"));
    fabric.block("fd00:77:2::/122", "b", Map.of(20, "c"));
    fabric.flush();
    fabric.awaitRoute("a", "10.77.2.20 via 10.77.3.1 dev vxlan.calico onlink");
    fabric.awaitRoute("b", "10.77.2.20 via 10.77.3.1 dev vxlan.calico onlink");
    fabric.awaitReaches("a", "10.77.2.20");
    fabric.awaitReaches("b", "fd00:77:2::14");
    fabric.awaitReaches("x", "10.77.2.10");
    fabric.block("10.77.2.0/26", "b", Map.of());
    fabric.flush();
    Lab.await("it is gone", () -> !fabric.routes("a").contains("10.77.2.20"));
  }

  @Test
  void whatOthersChangeIsRepairedAndWhatIsOthersIsKept() {
    lab.ip("a", "route add 10.88.0.0/16 via 192.0.2.254 proto static");
    lab.ip("a", "route add blackhole 10.89.0.0/16 proto bird");
    start("CrossSubnet");
    String before = fabric.routes("a");
    assertTrue(before.contains("10.88.0.0/16 via 192.0.2.254"), before);
    assertTrue(before.contains("blackhole 10.89.0.0/16 proto bird"), before);
    lab.ip("a", "route del 10.77.2.0/26");
    Lab.await("a deleted route is back", () -> fabric.routes("a").equals(before));
    lab.ip("a", "route replace 10.77.2.0/26 via 192.0.2.254 proto 80");
    Lab.await("a changed route is back", () -> fabric.routes("a").equals(before));
    lab.ip("a", "route del blackhole fd00:77:1::/122");
    Lab.await("a deleted blackhole is back", () -> fabric.routes("a").equals(before));
    lab.ip("a", "link del vxlan.calico");
    Lab.await(
        () -> "the device is back: " + fabric.routes("a") + "\ninstead of\n" + before,
        () -> fabric.routes("a").equals(before));
    fabric.awaitReaches("a", "10.77.3.10");
    lab.ip("a", "link set vxlan-v6.calico down");
    Lab.await("the device is up again", () -> fabric.routes("a").equals(before));
    fabric.awaitReaches("a", "fd00:77:3::10");
    List<String> entries = forwarding();
    lab.run("a", "bridge fdb del " + entries.getFirst());
    Lab.await("a forwarding entry is back", () -> forwarding().equals(entries));
    lab.ip("a", "neigh del 10.77.3.1 dev vxlan.calico");
    Lab.await(
        "a neighbour is back",
        () -> lab.ip("a", "neigh show nud permanent dev vxlan.calico").contains("10.77.3.1 "));
    lab.ip("a", "addr del 10.77.1.1/32 dev vxlan.calico");
    Lab.await(
        "the address is back",
        () -> lab.ip("a", "addr show vxlan.calico").contains("inet 10.77.1.1/32"));
  }

  /** As {@code bridge fdb} takes them. */
  private List<String> forwarding() {
    return lab.run("a", "bridge fdb show dev vxlan.calico")
        .lines()
        .map(line -> line.strip().replace(" dst", " dev vxlan.calico dst"))
        .sorted()
        .toList();
  }

  @Test
  void aRestartKeepsWhatIsStillRightAndRemovesWhatIsNot() {
    start("Always");
    fabric.stop("a");
    lab.ip("a", "route add 10.77.99.0/26 via 10.77.2.1 dev vxlan.calico onlink proto 80");
    lab.ip("a", "route add 10.98.0.0/16 dev vxlan.calico");
    lab.run("a", "bridge fdb add 66:00:00:00:00:99 dev vxlan.calico dst 192.0.2.99 self permanent");
    lab.ip("a", "neigh add 10.77.9.1 lladdr 66:00:00:00:00:99 dev vxlan.calico nud permanent");
    String index = lab.run("a", "cat /sys/class/net/vxlan.calico/ifindex");
    assertTrue(fabric.reaches("a", "10.77.2.10"), "nobody is needed for packets");
    fabric.start("a");
    Lab.await(
        () -> "strangers have gone: " + fabric.routes("a"),
        () ->
            !fabric.routes("a").contains("10.77.99.0/26")
                && !fabric.routes("a").contains("10.98.0.0/16")
                && !lab.run("a", "bridge fdb show dev vxlan.calico").contains("66:00:00:00:00:99")
                && !lab.ip("a", "neigh show dev vxlan.calico").contains("10.77.9.1"));
    assertEquals(index, lab.run("a", "cat /sys/class/net/vxlan.calico/ifindex"), "not made anew");
    allReachAll();
  }

  @Test
  void withoutAPoolThatNeedsItThereIsNoTunnel() {
    start("Always");
    for (String pool : new String[] {"p4", "p6"}) {
      fabric.put(ResourceKey.of(Kinds.IP_POOL, pool), null);
    }
    fabric.flush();
    Lab.await(
        () -> "devices and routes have gone: " + fabric.routes("a"),
        () ->
            !lab.ip("a", "link").contains("vxlan")
                && !fabric.routes("a").contains("77:2::")
                && !fabric.routes("a").contains("blackhole"));
    assertFalse(fabric.reaches("a", "10.77.2.10"));
  }

  @Test
  void aSmallerMtuOfTheHostMakesTheTunnelsSmaller() {
    start("Always");
    lab.ip("a", "link set eth0 mtu 1400");
    Lab.await(
        () -> "the tunnel follows: " + lab.ip("a", "link show vxlan.calico"),
        () -> lab.ip("a", "link show vxlan.calico").contains("mtu 1350"));
  }
}
