package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.Resources.resource;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * BGP daemons of others as peers in an AS of their own, and as reflectors of the nodes' AS: routes
 * of both families, both ways. One node has BIRD and the other FRR.
 */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExternalPeersTest {
  private static final String NODES_AS = "64512";
  private static final String OTHER_AS = "65010";

  @TempDir Path directory;

  private BirdCluster cluster;
  private ExternalDaemon external;

  @BeforeEach
  void populate() throws Exception {
    FrrInstalled.require();
    cluster = new BirdCluster(3, directory);
    Files.createDirectories(directory.resolve("external"));
    external = new ExternalDaemon(cluster.fabric, 3, directory.resolve("external"));
    cluster.put(resource("BGPConfiguration", "default", "{nodeToNodeMeshEnabled: false}"));
    cluster.addNodes(2);
  }

  @AfterEach
  void cleanUp() throws Exception {
    if (cluster != null) {
      external.close();
      cluster.close();
    }
  }

  /** All nodes have sessions with the external daemon. */
  private void peer(String as) throws Exception {
    for (String ip : new String[] {"10.99.0.3", "fd99::3"}) {
      String name = ip.contains(":") ? "external6" : "external4";
      String spec = "{peerIP: \"%s\", asNumber: %s}".formatted(ip, as);
      cluster.put(resource("BGPPeer", name, spec));
    }
    cluster.confd(1, cluster.bird(1));
    cluster.confd(2, cluster.frr(2));
  }

  /** What the external daemon originates is in both kernels. */
  private void awaitExternalRoutes() throws Exception {
    for (int i = 1; i <= 2; i++) {
      cluster.awaitRoute(i, "10.200.0.0/24", "10.99.0.3");
      cluster.awaitRoute(i, "fd20::/64", "fd99::3");
    }
  }

  /** The nodes have each other's routes, which come by the reflector and lead past it. */
  private void awaitReflectedRoutes() throws Exception {
    cluster.awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
    cluster.awaitRoute(2, "10.65.1.0/26", "10.99.0.1");
    cluster.awaitRoute(1, "fd65:0:0:2::/122", "fd99::2");
    cluster.awaitRoute(2, "fd65:0:0:1::/122", "fd99::1");
  }

  private void startGoBgp(String as, String forEach) throws Exception {
    ExternalDaemon.require("gobgpd", "gobgpd");
    StringBuilder text = new StringBuilder();
    text.append("[global.config]\nas = %s\nrouter-id = \"10.99.0.3\"\n".formatted(as));
    for (String ip : new String[] {"10.99.0.1", "10.99.0.2", "fd99::1", "fd99::2"}) {
      text.append(
          """
          [[neighbors]]
          [neighbors.config]
          neighbor-address = "%1$s"
          peer-as = %2$s
          [neighbors.transport.config]
          passive-mode = true
          %3$s
          [[neighbors.afi-safis]]
          [neighbors.afi-safis.config]
          afi-safi-name = "ipv%4$s-unicast"
          """
              .formatted(ip, NODES_AS, forEach, ip.contains(":") ? 6 : 4));
    }
    Path config = external.write("gobgp.toml", text.toString());
    external.start("gobgpd", "-f", config.toString(), "--api-hosts", "127.0.0.1:50051");
    Await.until("GoBGP", SOON, () -> gobgp("ipv4", "").contains("not in table"));
  }

  private String gobgp(String family, String more) throws Exception {
    String command = "exec gobgp -u 127.0.0.1 global rib %s -a %s".formatted(more, family);
    return external.ask("sh", "-c", command);
  }

  @Test
  void goBgpInAnotherAs() throws Exception {
    startGoBgp(OTHER_AS, "");
    peer(OTHER_AS);
    gobgp("ipv4", "add 10.200.0.0/24 nexthop 10.99.0.3");
    gobgp("ipv6", "add fd20::/64 nexthop fd99::3");
    awaitExternalRoutes();
    for (int i = 1; i <= 2; i++) {
      String block4 = "10.65." + i + ".0/26";
      String block6 = "fd65:0:0:" + i + "::/122";
      Await.until(block4, SOON, () -> gobgp("ipv4", "").contains(block4));
      Await.until(block6, SOON, () -> gobgp("ipv6", "").contains(block6));
    }
  }

  @Test
  void goBgpReflects() throws Exception {
    startGoBgp(
        NODES_AS,
        """
        [neighbors.route-reflector.config]
        route-reflector-client = true
        route-reflector-cluster-id = "10.99.0.3"
        """);
    peer(NODES_AS);
    awaitReflectedRoutes();
  }

  /** BIRD 1.6 is two daemons, one for each family. */
  private void startBird16(String as, String forEach) throws Exception {
    Path programs = ExternalDaemon.unpack("bird").resolve("usr/sbin");
    for (int version : new int[] {4, 6}) {
      StringBuilder text = new StringBuilder("router id 10.99.0.3;\nprotocol device { }\n");
      text.append("protocol direct { interface \"eth0\"; }\n");
      String prefix = version == 4 ? "10.200.0.0/24" : "fd20::/64";
      text.append("protocol static { route %s blackhole; }\n".formatted(prefix));
      for (String ip : new String[] {"10.99.0.1", "10.99.0.2", "fd99::1", "fd99::2"}) {
        if (ip.contains(":") == (version == 6)) {
          text.append(
              "protocol bgp { local as %s; neighbor %s as %s; passive; import all; export where source ~ [ RTS_STATIC, RTS_BGP ]; %s }\n"
                  .formatted(as, ip, NODES_AS, forEach));
        }
      }
      Path config = external.write("bird" + version + ".conf", text.toString());
      String program = programs.resolve(version == 4 ? "bird" : "bird6").toString();
      external.start(program, "-f", "-c", config.toString(), "-s", socket(version));
    }
  }

  private String socket(int version) {
    return directory.resolve("external/bird" + version + ".ctl").toString();
  }

  private String bird16(int version) throws Exception {
    Path programs = ExternalDaemon.unpack("bird").resolve("usr/sbin");
    String program = programs.resolve(version == 4 ? "birdc" : "birdc6").toString();
    return external.ask(program, "-s", socket(version), "show", "route");
  }

  @Test
  void bird16InAnotherAs() throws Exception {
    startBird16(OTHER_AS, "");
    peer(OTHER_AS);
    awaitExternalRoutes();
    for (int i = 1; i <= 2; i++) {
      String block4 = "10.65." + i + ".0/26";
      String block6 = "fd65:0:0:" + i + "::/122";
      Await.until(block4, SOON, () -> bird16(4).contains(block4));
      Await.until(block6, SOON, () -> bird16(6).contains(block6));
    }
  }

  @Test
  void bird16Reflects() throws Exception {
    startBird16(NODES_AS, "rr client;");
    peer(NODES_AS);
    awaitReflectedRoutes();
    awaitExternalRoutes();
  }
}
