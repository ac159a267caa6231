package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.Resources.node;
import static calico.confd.Resources.resource;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What the daemons' sessions that are not up are said to lack. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DownReasonsTest {
  private static final String PEER =
      "{node: n%d, peerIP: 10.99.0.%d, asNumber: %d, reversePeering: Manual}";
  private static final String SECURED =
      "{node: n%d, peerIP: 10.99.0.%d, asNumber: 64512, reversePeering: Manual, password:"
          + " {secretKeyRef: {name: bgp, key: %s}}}";

  @TempDir Path directory;

  private BirdCluster cluster;

  @BeforeEach
  void populate() throws Exception {
    cluster = new BirdCluster(3, directory);
    cluster.put(resource("BGPConfiguration", "default", "{nodeToNodeMeshEnabled: false}"));
    cluster.addNodes(3);
    cluster.put(node("n4", "10.99.0.4/24", null));
    for (String key : new String[] {"one", "another"}) {
      Files.createDirectories(directory.resolve("secrets/bgp"));
      Files.writeString(directory.resolve("secrets/bgp").resolve(key), key);
    }
    cluster.put(resource("BGPPeer", "other-as", PEER.formatted(1, 2, 64999)));
    cluster.put(resource("BGPPeer", "back", PEER.formatted(2, 1, 64512)));
    cluster.put(resource("BGPPeer", "secured", SECURED.formatted(1, 3, "one")));
    cluster.put(resource("BGPPeer", "back-too", SECURED.formatted(3, 1, "another")));
    cluster.put(resource("BGPPeer", "nobody", PEER.formatted(1, 99, 64512)));
    cluster.put(resource("BGPPeer", "waiting", "{peerIP: 10.99.0.4, asNumber: 64512}"));
  }

  @AfterEach
  void cleanUp() throws Exception {
    cluster.close();
  }

  private void start(BgpDaemon first) throws Exception {
    cluster.confdWithFiles(1, first);
    for (int i = 2; i <= 3; i++) {
      cluster.confdWithFiles(i, cluster.bird(i));
    }
  }

  private static void awaitReason(BgpDaemon daemon, String address, String expected)
      throws Exception {
    Await.until(
        "of the session with " + address + ": " + expected,
        SOON,
        () ->
            BirdCluster.sessions(daemon).stream()
                .anyMatch(s -> s.address().equals(address) && s.reason().equals(expected)));
  }

  @Test
  void birdsReadWell() throws Exception {
    Bird bird = cluster.bird(1);
    start(bird);
    Bird second = cluster.birds.get(1);
    awaitReason(bird, "10.99.0.2", "the peer's AS number is not 64999 (BGP Error: Bad peer AS)");
    awaitReason(
        second,
        "10.99.0.1",
        "the peer expects an AS number other than 64512 (Received: Bad peer AS)");
    awaitReason(bird, "10.99.0.3", BgpSession.NO_ANSWER);
    awaitReason(bird, "10.99.0.99", "Socket: No route to host");
    awaitReason(bird, "10.99.0.4", BgpSession.WAITS);
  }

  @Test
  void frrsReadWell() throws Exception {
    FrrInstalled.require();
    Frr frr = cluster.frr(1);
    start(frr);
    String bad = " (OPEN Message Error/Bad Peer AS)";
    awaitReason(frr, "10.99.0.2", "the peer's AS number is not 64999" + bad);
    awaitReason(frr, "10.99.0.3", BgpSession.NO_ANSWER);
    awaitReason(frr, "10.99.0.99", BgpSession.NO_ANSWER);
    awaitReason(frr, "10.99.0.4", BgpSession.WAITS);
  }
}
