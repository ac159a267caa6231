package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.TestFelix;
import calico.model.key.StatusKey;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A configuration that changes while Felix runs and workloads talk. */
class ReconfigurationTest {
  @TempDir Path root;
  private Agent agent;

  @BeforeEach
  void make() {
    agent = new Agent(root);
    agent.environment.put("FELIX_HEALTHENABLED", "true");
    agent.put(
        """
        apiVersion: projectcalico.org/v3
        kind: GlobalNetworkPolicy
        metadata: {name: web}
        spec:
          selector: number == 'n2'
          ingress:
          - {action: Log}
          - {action: Allow, protocol: TCP, destination: {ports: [8080]}}
        ---
        apiVersion: projectcalico.org/v3
        kind: HostEndpoint
        metadata: {name: eth0}
        spec: {node: n1, interfaceName: eth0}
        """);
    agent.traffic.serve(agent.node.second, 8080);
    agent.traffic.serve(agent.node.host, 8080);
    agent.traffic.serve(agent.node.host, 2222);
  }

  @AfterEach
  void close() {
    agent.close();
  }

  private String rules() {
    return agent.node.lab.nft("host", "list table ip calico");
  }

  private boolean fromThePeer(int port) {
    return agent.traffic.tcp(agent.uplink.peer, Uplink.HOST, port);
  }

  /** Whether a health endpoint answers. */
  private boolean answers(int port) {
    return agent.felix.get("http://127.0.0.1:" + port + "/liveness").status() == 200;
  }

  /** New connections, one after the other, meanwhile; and one that was there before. */
  private void losingNothing(Runnable change) {
    SocketChannel before = agent.traffic.connect(agent.node.first, "10.65.0.2", 8080);
    assertNotNull(before);
    AtomicBoolean ended = new AtomicBoolean();
    Supplier<Integer> talk =
        () -> {
          int made = 0;
          while (!ended.get()) {
            assertTrue(agent.traffic.tcp(agent.node.first, "10.65.0.2", 8080), "a new connection");
            assertTrue(Traffic.echoes(before), "the connection from before");
            made++;
          }
          return made;
        };
    CompletableFuture<Integer> talking = CompletableFuture.supplyAsync(talk);
    try {
      change.run();
    } finally {
      ended.set(true);
    }
    assertTrue(talking.join() > 0);
  }

  @Test
  void whatCanTakesEffectAtOnce() {
    agent.start();
    Lab.await("policy", () -> rules().contains("calico-packet"));
    assertFalse(fromThePeer(2222), "no failsafe");
    losingNothing(
        () -> {
          agent.configure(
              "{logPrefix: other, reportingInterval: 1s, healthTimeoutOverrides: [{name:"
                  + " CalculationGraph, timeout: 77s}], failsafeInboundHostPorts: [{protocol: tcp,"
                  + " port: 2222}], nftablesFilterDenyAction: Reject}");
          Lab.await("the prefix", () -> rules().contains("other: "));
          Lab.await("the failsafe", () -> fromThePeer(2222));
          assertFalse(rules().contains("calico-packet"), "nothing of the old");
          assertFalse(fromThePeer(8080), "no failsafe");
          agent.put(Agent.workload(1, "qosControls: {dscp: 10}"));
          Lab.await("later changes", () -> rules().contains("dscp"));
        });
    StatusKey.Felix alive = new StatusKey.Felix(StatusKey.NO_REGION, TestFelix.NODE);
    String time = agent.datastore.get(alive).orElseThrow().value().time();
    Lab.await(
        "it reports each second",
        () -> !agent.datastore.get(alive).orElseThrow().value().time().equals(time));
    agent.awaitUp(1);
    agent.awaitUp(2);
    assertEquals(1, agent.felix.starts(), "it has not been started again");
  }

  @Test
  void whatCannotIsThereAfterANewStart() {
    agent.start();
    Lab.await("health", () -> answers(9099));
    agent.node.workload(3);
    agent.put(Agent.workload(3, "allowSpoofedSourcePrefixes: [10.99.0.0/16]"));
    losingNothing(
        () -> {
          agent.put(Agent.workload(1, "qosControls: {dscp: 10}"));
          Lab.await("later changes", () -> rules().contains("dscp"));
          assertNull(agent.condition(3), "it is not permitted, and so counts as absent");
          agent.configure("{healthPort: 9098, workloadSourceSpoofing: Any}");
          Lab.await("health elsewhere", () -> answers(9098));
          assertFalse(answers(9099));
          agent.awaitUp(2);
          agent.awaitUp(3);
        });
    assertEquals(2, agent.felix.starts());
  }

  @Test
  void aSelectorGivesANodeItsOwn() {
    agent.configure("{logPrefix: everywhere}");
    agent.put(
        """
        apiVersion: projectcalico.org/v3
        kind: FelixConfiguration
        metadata: {name: marked}
        spec: {nodeSelector: has(mark), logPrefix: marked}
        """);
    agent.start();
    Lab.await("the cluster's", () -> rules().contains("everywhere: "));
    String node =
        """
        apiVersion: projectcalico.org/v3
        kind: Node
        metadata: {name: n1, labels: {%s}}
        spec: {bgp: {ipv4Address: %s/24}}
        """;
    agent.put(node.formatted("mark: here", Uplink.HOST));
    Lab.await("the selected nodes'", () -> rules().contains("marked: "));
    agent.put(node.formatted("", Uplink.HOST));
    Lab.await("the cluster's again", () -> rules().contains("everywhere: "));
    assertEquals(1, agent.felix.starts());
  }

  @Test
  void aPatternIsNoReasonToStartAgain() {
    agent.configure("{mtuIfacePattern: ^eth, interfaceExclude: 'kube-ipvs0,/^br/'}");
    agent.start();
    agent.configure(
        "{mtuIfacePattern: ^eth, interfaceExclude: 'kube-ipvs0,/^br/', reportingTTL: 91s}");
    agent.put(Agent.workload(1, "qosControls: {dscp: 10}"));
    Lab.await("later changes", () -> rules().contains("dscp"));
    assertEquals(1, agent.felix.starts());
  }
}
