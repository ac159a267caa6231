package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.BirdCluster.awaitEstablished;
import static calico.confd.Resources.peerTo;
import static calico.confd.Resources.resource;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** BGPPeers do no harm to the sessions of the mesh, with real daemons. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MeshAndPeersTest {
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

  /** One session, in IPv4, is not from the node's address; all others are up all the same. */
  private void boundToTheNodesAddress(BgpDaemon first) throws Exception {
    cluster.put(resource("BGPConfiguration", "default", "{bindMode: NodeIP}"));
    cluster.put(
        resource(
            "BGPPeer",
            "any",
            "{node: n1, peerIP: 10.99.0.9, asNumber: 64700, sourceAddress: None}"));
    Confd confd = cluster.confd(1, first);
    Bird second = cluster.bird(2);
    cluster.confd(2, second);
    awaitEstablished(second, 2);
    awaitEstablished(first, 2);
    String faults = confd.status().faults().toString();
    assertTrue(
        faults.contains(
            "BGPConfiguration(default): spec.bindMode = 'NodeIP': BGP listens on all IPv4"
                + " addresses: the session of BGPPeer(any)"),
        faults);
  }

  @Test
  void aSessionFromAnotherAddressLeavesThoseOfBirdsMeshUp() throws Exception {
    boundToTheNodesAddress(cluster.bird(1));
  }

  @Test
  void aSessionFromAnotherAddressLeavesThoseOfFrrsMeshUp() throws Exception {
    FrrInstalled.require();
    boundToTheNodesAddress(cluster.frr(1));
  }

  @Test
  void anExplicitPeerTakesThePlaceOfTheMesh() throws Exception {
    cluster.put(peerTo("second", null, "10.99.0.2", 64512L));
    for (int i = 1; i <= 2; i++) {
      cluster.confd(i, cluster.bird(i));
    }
    for (Bird bird : cluster.birds) {
      awaitEstablished(bird, 2);
    }
    assertEquals(
        List.of("global 10.99.0.2", "node-to-node mesh fd99::2"), sessions(cluster.birds.get(0)));
    assertEquals(
        List.of("node specific 10.99.0.1", "node-to-node mesh fd99::1"),
        sessions(cluster.birds.get(1)));

    cluster.datastore.delete(ResourceKey.of(Kinds.BGP_PEER, "second"), null);
    Await.until(
        "the mesh",
        SOON,
        () ->
            sessions(cluster.birds.get(0))
                .equals(List.of("node-to-node mesh 10.99.0.2", "node-to-node mesh fd99::2")));
    for (Bird bird : cluster.birds) {
      awaitEstablished(bird, 2);
    }
  }

  private static List<String> sessions(Bird bird) throws BgpDaemonException {
    return bird.control().sessions().stream()
        .map(session -> session.origin().words() + " " + session.address())
        .sorted()
        .toList();
  }
}
