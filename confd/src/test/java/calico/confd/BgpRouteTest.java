package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import calico.confd.BgpRoute.Source;
import calico.model.Cidr;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which routes a daemon has, and which sessions, one of them to a node without any daemon. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BgpRouteTest {
  @TempDir Path directory;

  @Test
  void birdsRoutesAreRead() throws Exception {
    try (BirdCluster cluster = new BirdCluster(3, directory)) {
      seesAll(cluster, cluster.bird(1));
    }
  }

  @Test
  void frrsRoutesAreRead() throws Exception {
    FrrInstalled.require();
    try (BirdCluster cluster = new BirdCluster(3, directory)) {
      seesAll(cluster, cluster.frr(1));
    }
  }

  private static void seesAll(BirdCluster cluster, BgpDaemon daemon) throws Exception {
    cluster.addNodes(3);
    cluster.fabric.ipAt(1, "route", "add", "10.77.0.1/32", "dev", "eth0");
    cluster.confd(1, daemon);
    cluster.confd(2, cluster.bird(2));
    cluster.awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
    cluster.awaitRoute(1, "fd65:0:0:2::/122", "fd99::2");
    Set<BgpRoute> expected =
        Set.of(
            route("10.65.2.0/26", "10.99.0.2", "eth0", Source.MESH, "10.99.0.2"),
            route("fd65:0:0:2::/122", "fd99::2", "eth0", Source.MESH, "fd99::2"),
            route("10.65.1.0/26", "", "blackhole", Source.STATIC, ""),
            route("10.99.0.0/24", "", "eth0", Source.DIRECT, ""),
            route("10.77.0.1/32", "", "eth0", Source.KERNEL, ""));
    Await.until(
        expected + " in " + daemon.control().routes(),
        SOON,
        () -> Set.copyOf(daemon.control().routes()).containsAll(expected));

    List<BgpSession> sessions = daemon.control().sessions();
    BgpSession up = of(sessions, "10.99.0.2");
    assertEquals("Established", up.state());
    assertEquals(19, up.since().length(), up.since());
    assertEquals("", up.reason());
    BgpSession down = of(sessions, "10.99.0.3");
    assertFalse(down.isEstablished(), down.toString());
    Await.until(
        "a reason of " + down,
        SOON,
        () -> !of(daemon.control().sessions(), "10.99.0.3").reason().isEmpty());
  }

  private static BgpSession of(List<BgpSession> sessions, String address) {
    return sessions.stream().filter(s -> s.address().equals(address)).findFirst().orElseThrow();
  }

  private static BgpRoute route(
      String prefix, String gateway, String device, Source source, String peer) {
    return new BgpRoute(Cidr.parse(prefix), true, gateway, device, source, peer);
  }

  @Test
  void severalRoutesAndSeveralNextHopsToAPrefixAreToldApart() {
    String answer =
        """
        Table master4:
        10.65.1.0/26         blackhole [blocks4 2026-01-01 12:07:21] * (200)
                             unicast [Node_10_99_0_9 2026-01-01 12:07:21 from 10.99.0.9] (100) [i]
        \tvia 10.99.0.9 on eth0
        10.65.2.0/26         unicast [mine 2026-01-01 12:07:21] ! (100) [AS64999i]
        \tvia 10.99.0.2 on eth0 weight 1
        \tvia 10.99.0.3 on eth1 weight 1

        Table flow4:
        flow4 { dst 10.0.0.0/8; } [mine 2026-01-01 12:07:21] * (100)
        """;
    List<BirdProtocol> protocols =
        List.of(
            new BirdProtocol("blocks4", "Static", "up", "", "", Map.of()),
            bgp("Node_10_99_0_9", "10.99.0.9"),
            bgp("mine", "10.99.0.7"));
    Cidr first = Cidr.parse("10.65.1.0/26");
    Cidr second = Cidr.parse("10.65.2.0/26");
    assertEquals(
        List.of(
            new BgpRoute(first, true, "", "blackhole", Source.STATIC, ""),
            new BgpRoute(first, false, "10.99.0.9", "eth0", Source.PEER, "10.99.0.9"),
            new BgpRoute(second, false, "10.99.0.2", "eth0", Source.PEER, "10.99.0.7"),
            new BgpRoute(second, false, "10.99.0.3", "eth1", Source.PEER, "10.99.0.7")),
        BirdRoutes.parse(protocols, answer.lines().toList()));
  }

  private static BirdProtocol bgp(String name, String peer) {
    return new BirdProtocol(name, "BGP", "up", "", "Established", Map.of(BirdProtocol.PEER, peer));
  }
}
