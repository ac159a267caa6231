package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.BirdCluster.awaitEstablished;
import static calico.confd.Resources.resource;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Ip;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** BGP with workloads that the node agent's status files name. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WorkloadPeerFilesTest {
  @TempDir Path directory;

  private void status(String name, String json) throws Exception {
    Path files = Files.createDirectories(directory.resolve("endpoint-status"));
    Files.writeString(files.resolve(name), json);
  }

  @Test
  void theFirstAddressOfEachFamilyCounts() throws Exception {
    WorkloadPeerFiles peers = new WorkloadPeerFiles(() -> Optional.of(directory));
    assertEquals(List.of(), peers.read());
    assertEquals(List.of(), new WorkloadPeerFiles(Optional::empty).read());
    status(
        "k8s a%2Fone eth0",
        """
        {"ifaceName":"cali1","ipv4Nets":["10.65.0.5/32","10.65.0.6/32"],
         "ipv6Nets":["fd65::5/128"],"bgpPeerName":"routers"}
        """);
    status("k8s a%2Ftwo eth0", "{\"ifaceName\":\"cali2\",\"ipv4Nets\":[\"10.65.0.7/32\"]}");
    status("k8s a%2Fthree eth0", "{\"bgpPeerName\":\"routers\",\"ipv4Nets\":[\"nonsense\"]}");
    status("k8s a%2Ffour eth0", "{\"bgpPeerName\":\"rou");
    assertEquals(
        Set.of(
            new WorkloadPeerFiles.Entry("routers", Ip.parse("10.65.0.5")),
            new WorkloadPeerFiles.Entry("routers", Ip.parse("fd65::5"))),
        Set.copyOf(peers.read()));
  }

  /** The workload is a BIRD in the namespace of n2, and knows a prefix of its own. */
  @Test
  void aWorkloadTellsItsNodeOfARoute() throws Exception {
    try (BirdCluster cluster = new BirdCluster(2, directory)) {
      cluster.addNodes(1);
      Bird workload = cluster.bird(2);
      Files.createDirectories(directory.resolve("n2"));
      Files.writeString(
          workload.paths().config(),
          """
          router id 10.99.0.2;
          protocol device { }
          protocol direct { ipv4; interface "eth0"; }
          protocol static { ipv4; route 10.200.0.0/24 blackhole; }
          protocol bgp node {
            local as 64701;
            neighbor 10.99.0.1 as 64512;
            multihop;
            connect delay time 1;
            connect retry time 2;
            error wait time 1, 2;
            ipv4 { import all; export where source = RTS_STATIC; };
          }
          """);
      workload.start();
      cluster.put(
          resource("BGPPeer", "routers", "{localWorkloadSelector: all(), asNumber: 64701}"));
      Bird bird = cluster.bird(1);
      AtomicReference<Optional<Path>> statuses =
          new AtomicReference<>(Optional.of(directory.resolve("elsewhere")));
      Confd confd = cluster.confd(cluster.withFiles(1, null, statuses::get), bird);
      Await.until("a warning", SOON, () -> !confd.status().faults().isEmpty());
      String fault = confd.status().faults().toString();
      assertTrue(fault.contains("BGPPeer(routers): spec.localWorkloadSelector"), fault);

      status("k8s a%2Fb eth0", "{\"ipv4Nets\":[\"10.99.0.2/32\"],\"bgpPeerName\":\"routers\"}");
      statuses.set(Optional.of(directory)); // as when the node agent is told to write them here
      awaitEstablished(bird, 1);
      cluster.awaitRoute(1, "10.200.0.0/24", "10.99.0.2");
      assertEquals(BgpSession.Origin.LOCAL_WORKLOAD, bird.control().sessions().getFirst().origin());
      Files.delete(directory.resolve("endpoint-status/k8s a%2Fb eth0"));
      Await.until("the end", SOON, () -> bird.control().sessions().isEmpty());
    }
  }
}
