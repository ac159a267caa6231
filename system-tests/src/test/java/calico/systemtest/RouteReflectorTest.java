package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.confd.BgpDaemonException;
import calico.confd.BgpSession;
import calico.confd.BirdControl;
import calico.model.Family;
import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Five nodes in a full mesh get two route reflectors, and then one of those dies, while three flows
 * of a thousand datagrams a second go from node to node: not one is lost.
 *
 * <p>The nodes that become reflectors have no workloads: all sessions of a node start anew when it
 * becomes one, so for about a second nobody knows a way to it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RouteReflectorTest {
  private static final String NAME = "rr" + ProcessHandle.current().pid();
  private static final int NODES = 5;
  private static final int FAMILIES = 2;
  private static final String FIRST = "node5";
  private static final String SECOND = "node4";
  private static final int SECONDS = 60;
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private static final String WORKLOADS =
      """
      workloads:
        - {name: w1, node: 1}
        - {name: w2, node: 2}
        - {name: w3, node: 3}
      """;
  private static final String ALLOW_ALL =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: allow-all}
      spec: {selector: all(), types: [Ingress, Egress], ingress: [{action: Allow}], egress: [{action: Allow}]}
      """;
  private static final String PEERS =
      """
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: reflectors}
      spec: {nodeSelector: all(), peerSelector: has(route-reflector)}
      """;
  private static final String NO_MESH =
      """
      apiVersion: projectcalico.org/v3
      kind: BGPConfiguration
      metadata: {name: default}
      spec: {nodeToNodeMeshEnabled: false}
      """;

  @TempDir static Path directory;
  private LiveSandbox sandbox;

  @BeforeAll
  void start() throws Exception {
    sandbox =
        LiveSandbox.start(
            NAME,
            directory,
            "--nodes",
            "" + NODES,
            "--topology",
            file("workloads.yaml", WORKLOADS),
            "--policy",
            file("allow.yaml", ALLOW_ALL));
  }

  @AfterAll
  void stop() throws Exception {
    sandbox.close();
  }

  @Test
  void aMeshTurnsIntoReflectorsAndOneOfThemDies() throws Exception {
    assertEquals(FAMILIES * (NODES - 1), sessions("node1").size(), "sessions of a mesh");
    try (DatagramFlows flows = flows()) {
      apply("peers.yaml", PEERS);
      makeReflector(FIRST);
      makeReflector(SECOND);
      apply("mesh.yaml", NO_MESH);
      awaitSessions("node1", FAMILIES * 2);
      awaitSessions(SECOND, FAMILIES * (NODES - 1));
      flows.goOn();
      assertEquals(0, flows.lost("a mesh turned into reflectors"));
    }
    for (String node : List.of("node1", "node2", "node3")) {
      assertEquals(FAMILIES * 2, sessions(node).size(), "sessions with two reflectors: " + node);
    }
    try (DatagramFlows flows = flows()) {
      ProcessHandle bird = sandbox.bird(FIRST);
      assertTrue(sandbox.daemon(FIRST).destroyForcibly());
      assertTrue(bird.destroyForcibly());
      flows.goOn();
      awaitSessions(FIRST, FAMILIES * (NODES - 1));
      assertEquals(0, flows.lost("a reflector killed and back"));
    }
    try (DatagramFlows flows = flows();
        Netns netns = sandbox.netns(FIRST)) {
      KernelRoutes.run(netns, "ip", "link", "set", "eth0", "down");
      flows.goOn();
      restartBird("node2");
      flows.goOn();
      assertEquals(0, flows.lost("a reflector gone, and a node's BIRD killed after that"));
    }
  }

  /** What it hears afterwards, it hears from the other reflector. */
  private void restartBird(String node) throws Exception {
    long pid = sandbox.bird(node).pid();
    assertTrue(sandbox.bird(node).destroyForcibly());
    LiveSandbox.await(
        "a session with the reflector that is left",
        SECONDS,
        () -> {
          try {
            return sandbox.bird(node).pid() != pid
                && sessions(node).stream().filter(BgpSession::isEstablished).count() == FAMILIES;
          } catch (IOException | RuntimeException e) {
            return false; // it is being started
          }
        });
  }

  private void makeReflector(String node) throws Exception {
    succeeds(sandbox.calicoctl("label", "nodes", node, "route-reflector=true"));
    String patch = "{\"spec\":{\"bgp\":{\"routeReflectorClusterID\":\"244.0.0.1\"}}}";
    succeeds(sandbox.calicoctl("patch", "node", node, "-p", patch));
    awaitSessions(node, FAMILIES * (NODES - 1));
  }

  private void awaitSessions(String node, int count) throws Exception {
    LiveSandbox.await(
        count + " sessions of " + node,
        SECONDS,
        () -> {
          List<BgpSession> sessions = sessions(node);
          return sessions.size() == count && sessions.stream().allMatch(BgpSession::isEstablished);
        });
  }

  private List<BgpSession> sessions(String node) {
    Path socket = sandbox.directory().resolve(node).resolve("run/calico/bird.ctl");
    try {
      return new BirdControl(socket, ANSWER).sessions();
    } catch (BgpDaemonException e) {
      return List.of(); // it is away
    }
  }

  private void apply(String name, String yaml) throws Exception {
    succeeds(sandbox.calicoctl("apply", "-f", file(name, yaml)));
  }

  private static String file(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text).toString();
  }

  private static void succeeds(Distribution.Result result) {
    assertEquals(0, result.status(), result.output());
  }

  /** Datagrams between workloads of the ordinary nodes, in both families. */
  private DatagramFlows flows() throws Exception {
    return new DatagramFlows(sandbox)
        .add("w1", "w2", Family.IPV4)
        .add("w2", "w3", Family.IPV6)
        .add("w3", "w1", Family.IPV6);
  }
}
