package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.TestFelix;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.EndpointStatus;
import calico.model.resource.Kinds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where Felix tells which endpoints are up: files, and keys of the datastore. */
class StatusFilesTest {
  @TempDir Path root;
  private Agent agent;
  private Path directory;

  @BeforeEach
  void make() {
    agent = new Agent(root);
    directory = root.resolve("var/run/calico/endpoint-status");
  }

  @AfterEach
  void close() {
    agent.close();
  }

  private List<String> files() {
    try (var files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  private String content(int number) {
    try {
      return Files.readString(directory.resolve("k8s shop%2Fpod" + number + " eth0"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void awaitFiles(String... names) {
    Lab.await(() -> "files: " + files(), () -> files().equals(List.of(names)));
  }

  @Test
  void thereIsOneOfEachEndpointThatIsUp() throws Exception {
    Files.createDirectories(directory);
    Files.writeString(directory.resolve("k8s shop%2Fgone eth0"), "{}");
    Files.writeString(directory.resolve("k8s shop%2Fpod1 eth0"), "{\"ifaceName\":\"cali9\"}");
    Files.createDirectory(directory.resolve("somebody's"));
    agent.start();
    String first = "k8s shop%2Fpod1 eth0";
    String second = "k8s shop%2Fpod2 eth0";
    awaitFiles(first, second, "somebody's");
    Lab.await("the right content", () -> content(1).contains("cali1"));
    assertEquals(
        "{\"ifaceName\":\"cali1\",\"mac\":\"0a:00:00:00:00:01\",\"ipv4Nets\":[\"10.65.0.1/32\"],"
            + "\"ipv6Nets\":[\"fd00:65::1/128\"]}",
        content(1));

    agent.put(Agent.workload(1, "").replace(", \"fd00:65::1/128\"", ""));
    Lab.await("fewer addresses", () -> !content(1).contains("ipv6Nets"));
    agent.node.lab.ip("host", "link set cali1 down");
    awaitFiles(second, "somebody's");
    agent.node.lab.ip("host", "link set cali1 up");
    awaitFiles(first, second, "somebody's");
    agent.datastore.delete(
        ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "n1-k8s-pod2-eth0"), null);
    awaitFiles(first, "somebody's");
    agent.felix.stop();
    awaitFiles(first, "somebody's");
  }

  @Test
  void aWorkloadThatSpeaksBgpIsNamedAndHasTheNodesAddressOnItsLink() {
    agent.put(
        """
        apiVersion: projectcalico.org/v3
        kind: BGPPeer
        metadata: {name: routers}
        spec: {node: n1, localWorkloadSelector: number == 'n1', asNumber: 65001}
        ---
        apiVersion: projectcalico.org/v3
        kind: BGPConfiguration
        metadata: {name: default}
        spec: {localWorkloadPeeringIPV4: 169.254.0.179, localWorkloadPeeringIPV6: 'fe80::179'}
        """);
    agent.start();
    awaitFiles("k8s shop%2Fpod1 eth0", "k8s shop%2Fpod2 eth0");
    Lab.await("named", () -> content(1).contains("\"bgpPeerName\":\"routers\""));
    Lab.await("addresses", () -> peering(1, "169.254.0.179/32") && peering(1, "fe80::179/128"));
    assertFalse(peering(2, "169.254.0.179"));
    agent.node.lab.ip("host", "addr del 169.254.0.179/32 dev cali1");
    agent.node.lab.ip("host", "link set cali1 down");
    agent.node.lab.ip("host", "link set cali1 up");
    Lab.await("again", () -> peering(1, "169.254.0.179/32") && peering(1, "fe80::179/128"));
    awaitFiles("k8s shop%2Fpod1 eth0", "k8s shop%2Fpod2 eth0");
    agent.felix.stop();
    agent.datastore.delete(ResourceKey.of(Kinds.BGP_PEER, "routers"), null);
    agent.start();
    Lab.await("nobody's peer", () -> !content(1).contains("bgpPeerName"));
    Lab.await("gone", () -> !peering(1, "169.254.0.179") && !peering(1, "fe80::179/"));
  }

  private boolean peering(int workload, String address) {
    return agent.node.lab.ip("host", "addr show dev cali" + workload).contains(address);
  }

  @Test
  void whatCannotBeWrittenIsTriedAgain() throws Exception {
    Files.createDirectories(directory.getParent());
    Files.createFile(directory);
    agent.start();
    Files.delete(directory);
    awaitFiles("k8s shop%2Fpod1 eth0", "k8s shop%2Fpod2 eth0");
  }

  @Test
  void withoutADirectoryThereAreNone() {
    agent.environment.put("FELIX_ENDPOINTSTATUSPATHPREFIX", "none");
    agent.start();
    assertFalse(Files.exists(directory));
  }

  @Test
  void whatIsInTheDatastoreOfEndpointsThatAreGoneIsRemoved() {
    agent.environment.put("FELIX_ENDPOINTREPORTINGENABLED", "true");
    StatusKey.Workload gone =
        new StatusKey.Workload(StatusKey.NO_REGION, TestFelix.NODE, "k8s", "shop/gone", "eth0");
    agent.datastore.put(gone, new EndpointStatus("up"), null);
    agent.start();
    StatusKey.Workload first =
        new StatusKey.Workload(StatusKey.NO_REGION, TestFelix.NODE, "k8s", "shop/pod1", "eth0");
    Lab.await(
        "up",
        () -> agent.datastore.get(first).map(e -> e.value().status().equals("up")).orElse(false));
    Lab.await("gone", () -> agent.datastore.get(gone).isEmpty());
    assertTrue(agent.datastore.get(first).isPresent());
  }

  /** Host endpoints have keys of their own, without a region. */
  @Test
  void hostEndpointsAreToldInTheDatastore() {
    agent.environment.put("FELIX_ENDPOINTREPORTINGENABLED", "true");
    StatusKey.Host gone = new StatusKey.Host(TestFelix.NODE, "gone");
    agent.datastore.put(gone, new EndpointStatus("up"), null);
    agent.put(hostEndpoint("here", "uplink"));
    agent.put(hostEndpoint("missing", "eth9"));
    agent.start();
    awaitStatus("here", "up");
    awaitStatus("missing", "error");
    Lab.await("gone", () -> agent.datastore.get(gone).isEmpty());
    agent.node.lab.ip("host", "link set uplink down");
    awaitStatus("here", "down");
    agent.datastore.delete(ResourceKey.of(Kinds.HOST_ENDPOINT, "here"), null);
    Lab.await(
        "it is no more",
        () -> agent.datastore.get(new StatusKey.Host(TestFelix.NODE, "here")).isEmpty());
  }

  private static String hostEndpoint(String name, String interfaceName) {
    return """
    apiVersion: projectcalico.org/v3
    kind: HostEndpoint
    metadata: {name: %s}
    spec: {node: n1, interfaceName: %s, profiles: [open]}
    """
        .formatted(name, interfaceName);
  }

  private void awaitStatus(String name, String status) {
    StatusKey.Host key = new StatusKey.Host(TestFelix.NODE, name);
    Lab.await(
        name + " is " + status,
        () -> agent.datastore.get(key).map(e -> e.value().status().equals(status)).orElse(false));
  }
}
