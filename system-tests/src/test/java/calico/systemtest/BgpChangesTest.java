package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.confd.BgpDaemonException;
import calico.confd.BgpSession;
import calico.confd.BirdControl;
import calico.model.Cidr;
import calico.model.Family;
import calico.netlink.Netns;
import calico.sandbox.Fabric;
import calico.sandbox.FabricKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Peers, filters, service routes and passwords change while a thousand datagrams a second go from
 * node to node; what one of the nodes announces and withdraws is read off the wire by a peer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BgpChangesTest {
  private static final String NAME = "bc" + ProcessHandle.current().pid();
  private static final int SECONDS = 60;
  private static final int PEER_AS = 65001;
  private static final Fabric FABRIC = Fabric.of(FabricKind.L2, 2);
  private static final List<String> SERVICES = List.of("10.96.0.0/12", "fd00:96::/112");

  private static final String WORKLOADS =
      """
      workloads:
        - {name: w1, node: 1}
        - {name: w2, node: 2}
      """;
  private static final String ALLOW_ALL =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: allow-all}
      spec: {selector: all(), types: [Ingress, Egress], ingress: [{action: Allow}], egress: [{action: Allow}]}
      """;

  /** The listener is where the nodes' gateway is. */
  private static final String PEERS =
      """
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: listener4}
      spec: {node: node1, peerIP: 172.30.0.1, asNumber: 65001, filters: [%1$s]}
      ---
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: listener6}
      spec: {node: node1, peerIP: 'fd00:30::1', asNumber: 65001, filters: [%1$s]}
      """;

  private static final String WORKLOAD_PEER =
      """
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: workload}
      spec: {node: node1, localWorkloadSelector: all(), asNumber: 64701}
      """;

  private static final String NONSENSE =
      """
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: contradicted}
      spec: {peerIP: 172.30.0.77, asNumber: 64700}
      ---
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: contradicts}
      spec: {peerIP: 172.30.0.77, asNumber: 64701}
      ---
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: vain}
      spec: {nodeSelector: rack == 'none', peerIP: 172.30.0.78, asNumber: 64700}
      ---
      apiVersion: projectcalico.org/v3
      kind: BGPPeer
      metadata: {name: secret}
      spec:
        peerIP: 172.30.0.79
        asNumber: 64700
        password: {secretKeyRef: {name: none, key: key}}
      """;

  @TempDir static Path directory;
  private LiveSandbox sandbox;
  private Netns gateway;
  private BgpListener listener;
  private Map<Fabric.Node, List<Cidr>> blocks;

  @BeforeAll
  void start() throws Exception {
    sandbox =
        LiveSandbox.start(
            NAME,
            directory,
            "--nodes",
            "2",
            "--topology",
            file("workloads.yaml", WORKLOADS),
            "--policy",
            file("allow.yaml", ALLOW_ALL));
    gateway = sandbox.netns("switch");
    listener = new BgpListener(gateway, PEER_AS);
    blocks = FabricsTest.blocks(sandbox, FABRIC);
  }

  @AfterAll
  void stop() throws Exception {
    listener.close();
    gateway.close();
    sandbox.close();
  }

  @Test
  void whatChangesIsAnnouncedAndLosesNothing() throws Exception {
    Set<Cidr> all = new TreeSet<>(blocksOf(1));
    all.addAll(blocksOf(2));
    try (DatagramFlows flows = flows()) {
      apply("peers.yaml", PEERS.formatted(""));
      awaitAnnounced("a new peer", all);

      configure("{\"serviceClusterIPs\":[{\"cidr\":\"%s\"},{\"cidr\":\"%s\"}]}", SERVICES);
      Set<Cidr> more = new TreeSet<>(all);
      SERVICES.forEach(cidr -> more.add(Cidr.parse(cidr)));
      awaitAnnounced("service routes", more);
      configure("{\"serviceClusterIPs\":null}", List.of());
      awaitAnnounced("no service routes", all);

      apply("filter.yaml", filter(blocksOf(2)));
      apply("peers.yaml", PEERS.formatted("not-node2"));
      awaitAnnounced("a filter", new TreeSet<>(blocksOf(1)));
      apply("peers.yaml", PEERS.formatted(""));
      awaitAnnounced("no filter", all);

      succeeds(sandbox.calicoctl("delete", "bgppeer", "listener4", "listener6"));
      awaitAnnounced("no peer", Set.of());
      flows.goOn();
      assertEquals(0, flows.lost("peers, service routes and filters changed"));
    }
  }

  /** All sessions start anew, each end as it reads its file. */
  @Test
  void aPasswordIsTakenUpWithinSeconds() throws Exception {
    try (DatagramFlows flows = flows()) {
      for (Fabric.Node node : FABRIC.nodes()) {
        Path secret = directoryOf(node).resolve("etc/calico/secrets/bgp");
        Files.createDirectories(secret);
        Files.writeString(secret.resolve("key"), "secret");
      }
      String reference = "{\"secretKeyRef\":{\"name\":\"bgp\",\"key\":\"key\"}}";
      configure("{\"nodeMeshPassword\":" + reference + "}", List.of());
      for (Fabric.Node node : FABRIC.nodes()) {
        LiveSandbox.await("sessions with a password", SECONDS, () -> isSecured(node));
      }
      flows.goOn();
      int lost = flows.lost("a password for the mesh");
      assertTrue(lost < 12_000, "lost " + lost);
    }
  }

  private boolean isSecured(Fabric.Node node) {
    Path config = directoryOf(node).resolve("etc/calico/confd/config/bird.cfg");
    return LiveSandbox.read(config).contains("password \"secret\"")
        && sessions(node).allMatch(BgpSession::isEstablished);
  }

  private Stream<BgpSession> sessions(Fabric.Node node) {
    Path socket = directoryOf(node).resolve("run/calico/bird.ctl");
    try {
      return new BirdControl(socket, Duration.ofSeconds(SECONDS)).sessions().stream();
    } catch (BgpDaemonException e) {
      throw new AssertionError(e);
    }
  }

  /** In the log, and where {@code calicoctl node status} reads. */
  @Test
  void whatMakesNoSenseIsNamedAndLosesNothing() throws Exception {
    Path root = directoryOf(FABRIC.node(1));
    Path log = root.resolve("var/log/calico/node.log");
    List<String> named =
        List.of(
            "BGPPeer(contradicts): spec.peerIP = '172.30.0.77': BGPPeer(contradicted) leads",
            "BGPPeer(vain): spec.nodeSelector = 'rack == 'none'': selects no node",
            "BGPPeer(secret): spec.password.secretKeyRef = 'none/key': there is no such file");
    try (DatagramFlows flows = flows()) {
      apply("nonsense.yaml", NONSENSE);
      for (String words : named) {
        LiveSandbox.await(
            words,
            SECONDS,
            () ->
                LiveSandbox.read(root.resolve("run/calico/confd.problems")).contains(words)
                    && LiveSandbox.read(log).contains(words));
      }
      flows.goOn();
      assertEquals(0, flows.lost("peers that make no sense"));
    }
    Distribution.Result result =
        sandbox.calicoctl("apply", "-f", file("as.yaml", NONSENSE.replace("64701", "4294967296")));
    assertTrue(result.output().contains("BGPPeer(contradicts): spec.asNumber"), result.output());
    succeeds(sandbox.calicoctl("delete", "-f", file("nonsense.yaml", NONSENSE)));
  }

  /** Felix has to say which address the workload has. */
  @Test
  void aWorkloadIsAPeerWhereverFelixWritesOfIt() throws Exception {
    felix("\"/run/elsewhere\"");
    Fabric.Node node = FABRIC.node(1);
    Path written = directoryOf(node).resolve("run/elsewhere/endpoint-status");
    LiveSandbox.await("Felix to write there", SECONDS, () -> Files.exists(written));
    apply("workload-peer.yaml", WORKLOAD_PEER);
    String workload = sandbox.ip("w1");
    LiveSandbox.await(
        "a session with the workload",
        SECONDS,
        () -> sessions(node).anyMatch(session -> session.address().equals(workload)));
    succeeds(sandbox.calicoctl("delete", "bgppeer", "workload"));
    felix("null");
  }

  private void felix(String prefix) throws Exception {
    String patch = "{\"spec\":{\"endpointStatusPathPrefix\":%s}}".formatted(prefix);
    succeeds(sandbox.calicoctl("patch", "felixconfiguration", "default", "-p", patch));
  }

  private Path directoryOf(Fabric.Node node) {
    return sandbox.directory().resolve(node.name());
  }

  private List<Cidr> blocksOf(int node) {
    return Objects.requireNonNull(blocks.get(FABRIC.node(node)));
  }

  private DatagramFlows flows() throws Exception {
    return new DatagramFlows(sandbox).add("w1", "w2", Family.IPV4).add("w2", "w1", Family.IPV6);
  }

  private static String filter(List<Cidr> rejected) {
    StringBuilder rules = new StringBuilder();
    for (Cidr block : rejected) {
      rules.append(
          "\n  exportV%d: [{cidr: '%s', matchOperator: In, action: Reject}]"
              .formatted(block.family().version(), block));
    }
    return """
    apiVersion: projectcalico.org/v3
    kind: BGPFilter
    metadata: {name: not-node2}
    spec:%s
    """
        .formatted(rules);
  }

  private void awaitAnnounced(String what, Set<Cidr> expected) throws Exception {
    long start = System.nanoTime();
    long deadline = start + SECONDS * 1_000_000_000L;
    while (!listener.announced().equals(expected) && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    assertEquals(expected, listener.announced(), what);
  }

  private void configure(String spec, List<String> arguments) throws Exception {
    String patch = "{\"spec\":" + spec.formatted(arguments.toArray()) + "}";
    succeeds(sandbox.calicoctl("patch", "bgpconfiguration", "default", "-p", patch));
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
}
