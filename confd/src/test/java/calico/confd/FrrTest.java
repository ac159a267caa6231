package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.BirdCluster.awaitEstablished;
import static calico.confd.BirdCluster.established;
import static calico.confd.BirdCluster.show;
import static calico.confd.Resources.CONFIRMED;
import static calico.confd.Resources.block;
import static calico.confd.Resources.node;
import static calico.confd.Resources.peerTo;
import static calico.confd.Resources.peerToNodes;
import static calico.confd.Resources.pool;
import static calico.confd.Resources.resource;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From writes to the datastore to routes in the kernels of nodes whose BGP daemon is FRR. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FrrTest {
  @TempDir Path directory;

  private BirdCluster cluster;

  @BeforeEach
  void populate() throws Exception {
    FrrInstalled.require();
    cluster = new BirdCluster(2, directory);
    cluster.addNodes(2);
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void twoNodesRouteBlocksButNotTheAddressesInside() throws Exception {
    Frr first = cluster.frr(1);
    Confd confd = cluster.confd(1, first);
    Frr second = cluster.frr(2);
    cluster.confd(2, second);
    cluster.awaitBlocks();
    awaitEstablished(first, 2);
    awaitEstablished(second, 2);
    assertTrue(confd.status().healthy(), confd.status().toString());
    assertEquals("10.99.0.1", first.control().status().routerId());
    String own = cluster.fabric.ipAt(1, "-4", "route", "show", "10.65.1.0/26");
    assertTrue(own.startsWith("blackhole"), own);

    // A workload of n1 with an address of its own block, and one with an address of n2's.
    cluster.fabric.ipAt(1, "link", "add", "cali1", "type", "veth", "peer", "w1");
    cluster.fabric.ipAt(1, "link", "set", "cali1", "up");
    cluster.fabric.ipAt(1, "link", "set", "w1", "up");
    cluster.fabric.ipAt(1, "route", "add", "10.65.1.5/32", "dev", "cali1");
    cluster.fabric.ipAt(1, "route", "add", "10.65.1.6/32", "dev", "cali1", "metric", "512");
    cluster.fabric.ipAt(1, "route", "add", "10.65.2.9/32", "dev", "cali1", "proto", "80");
    cluster.fabric.ipAt(1, "-6", "route", "add", "fd65:0:0:1::5/128", "dev", "cali1");
    cluster.fabric.ipAt(1, "-6", "route", "add", "fd65:0:0:2::9/128", "dev", "cali1");
    cluster.awaitRoute(2, "10.65.2.9", "10.99.0.1");
    cluster.awaitRoute(2, "10.65.1.6", "10.99.0.1"); // it has just moved here
    cluster.awaitRoute(2, "fd65:0:0:2::9", "fd99::1");
    String known = cluster.fabric.ipAt(2, "-4", "route") + cluster.fabric.ipAt(2, "-6", "route");
    assertFalse(known.contains("10.65.1.5"), known);
    assertFalse(known.contains("fd65:0:0:1::5"), known);

    cluster.fabric.ipAt(1, "route", "del", "10.65.2.9/32");
    Await.until(
        "withdrawal",
        SOON,
        () -> cluster.fabric.ipAt(2, "-4", "route", "show", "10.65.2.9").isEmpty());
  }

  @Test
  void changesTakeEffectWhileSessionsGoOn() throws Exception {
    Frr first = cluster.frr(1);
    Confd confd = cluster.confd(1, first);
    Bird second = cluster.bird(2);
    cluster.confd(2, second);
    cluster.awaitBlocks();
    long bgpd = first.pid().orElseThrow();

    cluster.datastore.create(block("n1", "10.65.7.0/26"), CONFIRMED);
    cluster.awaitRoute(2, "10.65.7.0/26", "10.99.0.1");
    cluster.put(
        resource("BGPConfiguration", "default", "{prefixAdvertisements: [" + COMMUNITY + "]}"));
    Await.until("a community", SOON, () -> show(second, "10.65.1.0/26").contains("(65000,7)"));
    cluster.put(pool("v4", "10.65.0.0/16", "Never", true));
    Await.until("withdrawal", SOON, () -> !routes(2).contains("10.65.7.0/26"));
    cluster.put(pool("v4", "10.65.0.0/16", "Never", false));
    cluster.awaitRoute(2, "10.65.7.0/26", "10.99.0.1");
    assertTrue(confd.status().healthy(), confd.status().toString());
    assertEquals(bgpd, first.pid().orElseThrow());
    String neighbor = ask(first, "show bgp neighbors 10.99.0.2 json");
    assertTrue(neighbor.contains("\"connectionsEstablished\":1,"), neighbor);

    cluster.put(peerTo("link-local", null, "fe80::7", 64999L));
    Await.until("a fault", SOON, () -> confd.status().faults().toString().contains("link-local"));
    assertTrue(confd.status().healthy(), confd.status().toString());
  }

  private static final String COMMUNITY = "{cidr: 10.65.0.0/16, communities: ['65000:7']}";

  @Test
  void anotherPortAPasswordAndFilters() throws Exception {
    Files.createDirectories(directory.resolve("secrets/bgp"));
    Files.writeString(directory.resolve("secrets/bgp/key"), "secret\n");
    String mesh = "nodeMeshPassword: {secretKeyRef: {name: bgp, key: key}}";
    cluster.put(resource("BGPConfiguration", "default", "{listenPort: 1790, " + mesh + "}"));
    Frr first = cluster.frr(1);
    Bird second = cluster.bird(2);
    for (BgpDaemon daemon : List.of(first, second)) {
      cluster.confdWithFiles(daemon == first ? 1 : 2, daemon);
    }
    cluster.awaitBlocks();
    String other = "listenPort: 1791, nodeToNodeMeshEnabled: false";
    cluster.put(resource("BGPConfiguration", "default", "{" + other + "}"));
    cluster.put(resource("BGPFilter", "f", FILTER));
    cluster.put(resource("BGPPeer", "one", "{node: n2, peerIP: 10.99.0.1}"));
    cluster.put(resource("BGPPeer", "two", "{node: n1, peerIP: 10.99.0.2, filters: [f]}"));
    cluster.awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
    Await.until("a withdrawal", SOON, () -> !routes(2).contains("10.65.1.0/26"));
    Await.until(
        "a priority",
        SOON,
        () -> ask(first, "show bgp ipv4 unicast 10.65.2.0/26").contains("2147482870"));
    assertEquals("10.99.0.2", first.control().sessions().getFirst().address());
  }

  private static final String FILTER =
      """
      {importV4: [{cidr: 10.65.2.0/26, matchOperator: Equal, action: Accept,
         operations: [{setPriority: {value: 777}}]}],
       exportV4: [{action: Reject}]}
      """;

  @Test
  void killedDaemonsComeBackAndTheirRoutesStay() throws Exception {
    Frr first = cluster.frr(1);
    Confd confd = cluster.confd(1, first);
    cluster.confd(2, cluster.bird(2));
    cluster.awaitBlocks();
    for (String daemon : List.of("zebra", "bgpd")) {
      long old = pid(first, daemon);
      ProcessHandle.of(old).orElseThrow().destroyForcibly();
      Await.until(
          "another " + daemon,
          SOON,
          () -> {
            assertTrue(routes(2).contains("10.65.1.0/26 via 10.99.0.1"), routes(2));
            long now = pid(first, daemon);
            return now != 0 && now != old;
          });
    }
    Await.until(
        "sessions again",
        SOON,
        () -> {
          assertTrue(routes(2).contains("10.65.1.0/26 via 10.99.0.1"), routes(2));
          return established(first) == 2;
        });
    cluster.awaitBlocks();
    cluster.datastore.create(block("n1", "10.65.8.0/26"), CONFIRMED);
    cluster.awaitRoute(2, "10.65.8.0/26", "10.99.0.1");
    assertTrue(confd.status().healthy(), confd.status().toString());
  }

  /** 0 while a new process writes it. */
  private static long pid(Frr frr, String daemon) throws Exception {
    String pid = Files.readString(frr.paths().pidFile(daemon)).strip();
    return pid.isEmpty() ? 0 : Long.parseLong(pid);
  }

  @Test
  void aRestartedAgentAdoptsTheDaemons() throws Exception {
    Frr first = cluster.frr(1);
    Confd confd = cluster.confd(1, first);
    Await.until("in sync", SOON, () -> confd.status().healthy());
    long pid = first.pid().orElseThrow();
    confd.close();
    first.close();
    Frr second = cluster.frr(1);
    Confd restarted = cluster.confd(1, second);
    Await.until("in sync again", SOON, () -> restarted.status().healthy());
    assertEquals(pid, second.pid().orElseThrow());

    second.stop();
    assertTrue(ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    String kept = routes(1);
    assertFalse(kept.contains("10.65.2.0/26"), kept);
  }

  @Test
  void aNodeOfFrrReflectsRoutes() throws Exception {
    cluster.close();
    cluster = new BirdCluster(3, directory);
    cluster.put(resource("BGPConfiguration", "default", "{nodeToNodeMeshEnabled: false}"));
    cluster.addNodes(3);
    cluster.put(node("n2", "10.99.0.2/24", "fd99::2/64", null, "2.0.0.2", Map.of("role", "rr")));
    cluster.put(peerToNodes("reflectors", null, "role == 'rr'"));
    cluster.confd(1, cluster.frr(1));
    cluster.confd(2, cluster.frr(2));
    cluster.confd(3, cluster.bird(3));
    cluster.awaitRoute(1, "10.65.3.0/26", "10.99.0.3");
    cluster.awaitRoute(3, "10.65.1.0/26", "10.99.0.1");
    cluster.awaitRoute(1, "fd65:0:0:3::/122", "fd99::3");
    cluster.awaitRoute(3, "fd65:0:0:1::/122", "fd99::1");
    cluster.awaitRoute(3, "10.65.2.0/26", "10.99.0.2");
  }

  private String routes(int node) throws Exception {
    return cluster.fabric.ipAt(node, "-4", "route");
  }

  /** What bgpd says; nothing while it is being started again. */
  private static String ask(Frr frr, String command) throws BgpDaemonException {
    try {
      return new Vtysh(frr.paths().run()).ask("bgpd", List.of(command));
    } catch (BgpDaemonException.Unavailable _) {
      return "";
    }
  }
}
