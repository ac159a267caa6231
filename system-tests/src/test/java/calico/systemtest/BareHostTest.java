package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One host without a cluster: the node daemon brings its etcd, a HostEndpoint protects the host,
 * upstream's probes are answered, and uninstalling leaves the machine as it was.
 */
class BareHostTest {
  private static final String HOST_ENDPOINT =
      """
      apiVersion: projectcalico.org/v3
      kind: HostEndpoint
      metadata: {name: one-eth0, labels: {role: host}}
      spec: {node: one, interfaceName: eth0, expectedIPs: [192.0.2.10]}
      ---
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: host}
      spec:
        selector: role == 'host'
        ingress: [{action: Allow, protocol: TCP, destination: {ports: [8080]}}]
        egress: [{action: Allow}]
      """;

  private static final String CLIENT = "calico-bare-client-" + ProcessHandle.current().pid();
  private static final String CONTAINER = "calico-bare-container-" + ProcessHandle.current().pid();
  private static final int UP_SECONDS = 60;
  private static final int CONNECT_MILLIS = 500;

  @TempDir Path root;
  private CniMachine machine;
  private Netns client;

  @BeforeEach
  void makeMachine() {
    machine = new CniMachine("calico-bare-" + ProcessHandle.current().pid(), root);
    client = Netns.create(CLIENT);
    Netns.create(CONTAINER).close();
  }

  @AfterEach
  void removeMachine() throws Exception {
    client.close();
    Netns.delete(CLIENT);
    Netns.delete(CONTAINER);
    machine.close();
  }

  @Test
  void isProtectedAndThenAsItWas() throws Exception {
    connectClient();
    LiveSandbox.await("addresses that are settled", UP_SECONDS, this::isSettled);
    for (String theirs : List.of("var/log/calico/cni/cni.log", "run/calico/other.sock")) {
      Path file = root.resolve(theirs);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "of somebody else's");
    }
    Map<String, String> before = state();
    machine.start(Map.of("FELIX_HEALTHENABLED", "true"));
    probesAreAnswered();
    Path policy = Files.writeString(root.resolve("policy.yaml"), HOST_ENDPOINT);
    machine.calicoctl("apply", "-f", policy.toString());
    LiveSandbox.await(
        "the host's rules", UP_SECONDS, () -> printed("nft", "list", "ruleset").contains("eth0"));
    onlyOnePortIsOpen();
    assertTrue(Files.isExecutable(root.resolve("opt/cni/bin/calico")));
    assertTrue(Files.exists(root.resolve("etc/cni/net.d/10-calico.conflist")));
    assertEquals("1", machine.run("cat", "/proc/sys/net/ipv4/ip_forward").strip());
    CniMachine.Answer attached =
        machine.cni("ADD", "forgotten_1", Netns.DIRECTORY.resolve(CONTAINER));
    assertEquals(0, attached.status(), attached.output());
    Distribution.Result early = uninstall();
    assertEquals(1, early.status(), early.output());
    assertTrue(early.output().contains("a node daemon runs"), early.output());
    Distribution.Result second = machine.command(Map.of("NODENAME", "two"), "calico", "node");
    assertEquals(1, second.status(), second.output());
    assertTrue(second.output().contains("a node daemon runs"), second.output());
    machine.stop();
    assertNotEquals(before, state());

    Distribution.Result done = uninstall();
    assertEquals(0, done.status(), done.output());
    Files.delete(policy);
    Files.delete(root.resolve("node.log"));
    assertEquals(before, state());
    assertEquals(0, uninstall().status(), "again, with nothing to do");
  }

  @Test
  void endsWhenAskedAlsoWhileItWaits() throws Exception {
    Path log = root.resolve("node.log");
    Map<String, String> settings =
        Map.of(
            "CALICO_ROOT", root.toString(), "NODENAME", "one", "ETCD_ENDPOINTS", "http://[::1]:1");
    Process node =
        machine.netns.<Process, Exception>call(
            () -> Distribution.start(settings, log, "calico", "node"));
    try {
      LiveSandbox.await(
          "the daemon to wait", UP_SECONDS, () -> read(log).contains("waiting for the datastore"));
    } finally {
      node.destroy();
    }
    assertTrue(node.waitFor(UP_SECONDS, TimeUnit.SECONDS), "it ends");
    assertEquals(0, node.exitValue(), () -> read(log));
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Another machine in the host's network. */
  private void connectClient() throws Exception {
    machine.run("ip", "link", "add", "port", "type", "veth", "peer", "eth0", "netns", CLIENT);
    machine.run("ip", "link", "set", "port", "master", "eth0", "up");
    client.run(
        () -> {
          try (Rtnetlink rt = Rtnetlink.open()) {
            int eth0 = rt.link("eth0").map(Link::index).orElseThrow();
            rt.add(Address.of(eth0, InetAddress.ofLiteral("192.0.2.20"), 24));
            rt.setUp(eth0);
          }
        });
  }

  private void onlyOnePortIsOpen() throws Exception {
    try (ServerSocket _ = listen(8080);
        ServerSocket _ = listen(8081)) {
      LiveSandbox.await("the other port to be closed", UP_SECONDS, () -> !connects(8081));
      assertTrue(connects(8080), "the port that the policy allows");
    }
  }

  private ServerSocket listen(int port) throws IOException {
    return machine.netns.<ServerSocket, IOException>call(() -> new ServerSocket(port));
  }

  private boolean connects(int port) {
    return client.call(
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress("192.0.2.10", port), CONNECT_MILLIS);
            return true;
          } catch (IOException _) {
            return false;
          }
        });
  }

  private boolean isSettled() {
    return !printed("ip", "address").contains("tentative");
  }

  private String printed(String... command) {
    try {
      return machine.run(command);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Distribution.Result uninstall() throws Exception {
    return machine.command(Map.of(), "calico", "node", "--uninstall");
  }

  /** In the spellings of upstream's manifests of all ages. */
  private void probesAreAnswered() throws Exception {
    Map<String, String> health = Map.of("FELIX_HEALTHHOST", "127.0.0.1");
    LiveSandbox.await(
        "readiness",
        UP_SECONDS,
        () -> {
          try {
            return machine.command(health, "calico-node", "-felix-ready", "-bird-ready").status()
                == 0;
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    for (String[] probe :
        new String[][] {
          {"calico-node", "-felix-live", "-bird-live"},
          {"calico", "component", "node", "health", "--felix-live", "--bird-live"},
          {"calico", "component", "node", "health", "--felix-ready", "--bird6-ready"},
          {"calico", "node", "--felix-live", "--threshold-time=10s"}
        }) {
      String[] arguments = Stream.of(probe).skip(1).toArray(String[]::new);
      Distribution.Result answer = machine.command(health, probe[0], arguments);
      assertEquals(0, answer.status(), answer.output());
    }
    Distribution.Result silent =
        machine.command(
            Map.of("FELIX_HEALTHHOST", "127.0.0.1", "FELIX_HEALTHPORT", "1"),
            "calico-node",
            "-felix-live");
    assertEquals(1, silent.status());
    assertTrue(silent.output().contains("Felix is not live"), silent.output());
  }

  /** All of the machine that a node changes. */
  private Map<String, String> state() throws Exception {
    Map<String, String> state = new TreeMap<>();
    for (String command :
        new String[] {
          "ip -o link | sed 's/ qlen.*//'",
          "ip -o address | sed 's/valid_lft.*//'",
          "ip route show table all | sort",
          "ip -6 route show table all | sort",
          "ip rule",
          "ip -6 rule",
          "nft list ruleset",
          "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding",
          "cat /proc/sys/net/ipv4/conf/eth0/forwarding",
          "cat /proc/sys/net/ipv4/conf/all/src_valid_mark"
        }) {
      state.put(command, machine.run("sh", "-c", command));
    }
    try (Stream<Path> files = Files.walk(root)) {
      files.forEach(f -> state.put(root.relativize(f).toString(), "file"));
    }
    state.put(
        "processes",
        ProcessHandle.allProcesses()
            .filter(p -> p.info().commandLine().orElse("").contains(root.toString()))
            .map(p -> p.info().command().orElse(""))
            .sorted()
            .toList()
            .toString());
    return state;
  }
}
