package calico.confd;

import static calico.confd.BgpStates.withKeys;
import static calico.confd.BirdCluster.SOON;
import static calico.confd.BirdCluster.established;
import static calico.confd.Resources.node;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Between two nodes that have WireGuard, as their Nodes say, the daemons know the routes but leave
 * the kernel alone, and no session notices.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WireguardNodesTest {
  private static final Resource<NodeSpec> FIRST = node("n1", "10.99.0.1/24", "fd99::1/64");
  private static final Resource<NodeSpec> SECOND = node("n2", "10.99.0.2/24", "fd99::2/64");

  @TempDir Path directory;

  private BirdCluster cluster;

  @BeforeEach
  void populate() throws Exception {
    cluster = new BirdCluster(2, directory);
    cluster.addNodes(2);
  }

  @AfterEach
  void cleanUp() throws Exception {
    cluster.close();
  }

  private void followsTheKeys(BgpDaemon first) throws Exception {
    cluster.put(withKeys(FIRST, 1, 101));
    cluster.confd(1, first);
    cluster.confd(2, cluster.bird(2));
    cluster.awaitBlocks();

    cluster.put(withKeys(SECOND, 2, 0));
    Await.until("no IPv4 route", SOON, () -> route(1, "10.65.2.0/26").isEmpty());
    Await.until("none back", SOON, () -> route(2, "10.65.1.0/26").isEmpty());
    assertTrue(route(1, "fd65:0:0:2::/122").contains("via"), "n2 has no WireGuard of IPv6");
    assertEquals(2, established(first));
    List<String> known =
        first.control().routes().stream().map(route -> route.prefix().toString()).toList();
    assertTrue(known.contains("10.65.2.0/26"), known.toString());

    cluster.put(withKeys(SECOND, 0, 102));
    cluster.awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
    cluster.awaitRoute(2, "10.65.1.0/26", "10.99.0.1");
    Await.until("no IPv6 route", SOON, () -> route(1, "fd65:0:0:2::/122").isEmpty());
    assertEquals(2, established(first));
  }

  private String route(int node, String destination) throws Exception {
    String family = destination.contains(":") ? "-6" : "-4";
    return cluster.fabric.ipAt(node, family, "route", "show", destination);
  }

  @Test
  void birdLeavesTheKernelsRoutesToFelix() throws Exception {
    followsTheKeys(cluster.bird(1));
  }

  @Test
  void frrLeavesTheKernelsRoutesToFelix() throws Exception {
    FrrInstalled.require();
    followsTheKeys(cluster.frr(1));
  }
}
