package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.model.key.Query;
import calico.model.key.StatusKey;
import calico.netlink.Netns;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * One sandbox whose processes are killed in turn while traffic flows between two nodes: established
 * and new allowed connections go on, denied ones stay denied, what was killed comes back, and a
 * change of policy takes effect afterwards.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ResilienceTest {
  private static final String NAME = "r" + ProcessHandle.current().pid();
  private static final int ECHO_PORT = 9090;
  private static final int RECOVERY_SECONDS = 30;
  private static final int DENIED_TIMEOUT_MILLIS = 500;

  static final String ALLOW_ECHO =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkPolicy
      metadata: {name: echo}
      spec:
        tier: application
        order: 5
        selector: app == 'api'
        types: [Ingress]
        ingress:
          - {action: Allow, protocol: TCP, source: {selector: app == 'web'}, destination: {ports: [9090]}}
          - {action: Allow, protocol: UDP, source: {selector: app == 'web'}, destination: {ports: [9090]}}
      """;

  @TempDir static Path directory;
  private LiveSandbox sandbox;

  @BeforeAll
  void start() throws Exception {
    sandbox = LiveSandbox.start(NAME, directory);
    succeeds("apply", "-f", policy("echo", ECHO_PORT));
  }

  @AfterAll
  void stop() throws Exception {
    sandbox.close();
    assertEquals(List.of(), LiveSandbox.leftovers(NAME));
  }

  @Test
  void survivesTheDeathOfEachProcess() throws Exception {
    try (Netns web = sandbox.netns("web-1");
        Netns api = sandbox.netns("api-1");
        Netns guest = sandbox.netns("guest-1");
        TrafficFlow.EchoServer echo = new TrafficFlow.EchoServer(api, ECHO_PORT)) {
      String server = sandbox.ip("api-1");
      LiveSandbox.await("the new policy", RECOVERY_SECONDS, () -> reaches(web, server, ECHO_PORT));
      try (TrafficFlow flow = new TrafficFlow(web, server, ECHO_PORT)) {
        for (String node : List.of("node1", "node3")) { // of web-1 and of api-1
          try (DatagramFlow datagrams = new DatagramFlow(web, api, server, ECHO_PORT)) {
            killAndRecover(flow, guest, server, ECHO_PORT, () -> daemon(node));
            int lost = datagrams.lost();
            System.out.printf(
                "ResilienceTest: daemon of %s killed, %d datagrams lost of %d%n",
                node, lost, datagrams.sent());
            assertEquals(0, lost);
          }
          killAndRecover(flow, guest, server, ECHO_PORT, () -> bird(node));
        }
        killAndRecover(flow, guest, server, ECHO_PORT, sandbox::etcd);
      }
      changesOfPolicyStillWork(web, guest, server);
    }
  }

  private void killAndRecover(
      TrafficFlow flow, Netns guest, String server, int port, Supplier<ProcessHandle> which)
      throws Exception {
    ProcessHandle victim = which.get();
    String what = victim.info().commandLine().orElse("?");
    assertTrue(victim.destroyForcibly(), "killed " + what);
    LiveSandbox.await(
        "a new process instead of " + what,
        RECOVERY_SECONDS,
        () -> {
          try {
            ProcessHandle now = which.get();
            return now.pid() != victim.pid() && now.isAlive();
          } catch (RuntimeException | AssertionError e) {
            return false;
          }
        });
    int echoes = flow.echoes();
    int connections = flow.connections();
    LiveSandbox.await(
        "traffic to go on after the death of " + what,
        RECOVERY_SECONDS,
        () ->
            flow.failure() != null
                || (flow.echoes() > echoes + 200 && flow.connections() > connections + 200));
    assertNull(flow.failure(), "traffic when this was killed: " + what);
    assertFalse(reaches(guest, server, port), "denied stays denied without " + what);
    assertNotEquals(victim.pid(), which.get().pid());
  }

  @Test
  void whatIsWrittenWhileTheDatastoreIsLockedTakesEffectOnceItIsUnlocked() throws Exception {
    int port = ECHO_PORT + 1;
    String policy = policy("locked", port);
    try (Netns web = sandbox.netns("web-1");
        Netns api = sandbox.netns("api-1");
        TrafficFlow.EchoServer _ = new TrafficFlow.EchoServer(api, port)) {
      String server = sandbox.ip("api-1");
      succeeds("datastore", "migrate", "lock");
      try {
        succeeds("apply", "-f", policy);
        for (int i = 0; i < 4; i++) {
          assertFalse(reaches(web, server, port), "allowed by a policy of a locked datastore");
        }
      } finally {
        succeeds("datastore", "migrate", "unlock");
      }
      LiveSandbox.await("the policy", RECOVERY_SECONDS, () -> reaches(web, server, port));
    } finally {
      succeeds("delete", "-f", policy);
    }
  }

  /** The datastore holds its connections and does not answer; a daemon that starts then waits. */
  @Test
  void theDataplaneStaysWhileTheDatastoreIsFrozen() throws Exception {
    int port = ECHO_PORT + 2;
    String policy = policy("frozen", port);
    succeeds("apply", "-f", policy);
    try (Netns web = sandbox.netns("web-1");
        Netns api = sandbox.netns("api-1");
        Netns guest = sandbox.netns("guest-1");
        TrafficFlow.EchoServer _ = new TrafficFlow.EchoServer(api, port)) {
      String server = sandbox.ip("api-1");
      LiveSandbox.await("the policy", RECOVERY_SECONDS, () -> reaches(web, server, port));
      ProcessHandle etcd = sandbox.etcd();
      try (TrafficFlow flow = new TrafficFlow(web, server, port)) {
        signal("STOP", etcd);
        try {
          killAndRecover(flow, guest, server, port, () -> daemon("node3")); // of api-1
          killAndRecover(flow, guest, server, port, () -> bird("node3"));
          int echoes = flow.echoes();
          LiveSandbox.await(
              "traffic while the datastore is frozen",
              RECOVERY_SECONDS,
              () -> flow.failure() != null || flow.echoes() > echoes + 1000);
          assertNull(flow.failure(), "traffic while the datastore is frozen");
        } finally {
          signal("CONT", etcd);
        }
        succeeds("delete", "-f", policy);
        LiveSandbox.await(
            "what was changed afterwards", RECOVERY_SECONDS, () -> !reaches(web, server, port));
      }
      assertEquals(etcd.pid(), sandbox.etcd().pid(), "etcd's process is the same");
    }
  }

  /** A file with a policy that allows what {@link #ALLOW_ECHO} does, at another port. */
  private static String policy(String name, int port) throws IOException {
    return Files.writeString(
            directory.resolve(name + ".yaml"),
            ALLOW_ECHO.replace("9090", "" + port).replace("name: echo", "name: " + name))
        .toString();
  }

  private static void signal(String signal, ProcessHandle process) throws Exception {
    Process kill = new ProcessBuilder("kill", "-" + signal, "" + process.pid()).start();
    assertEquals(0, kill.waitFor(), "kill -" + signal);
  }

  private void succeeds(String... arguments) throws Exception {
    Distribution.Result result = sandbox.calicoctl(arguments);
    assertEquals(0, result.status(), result.output());
  }

  private void changesOfPolicyStillWork(Netns web, Netns guest, String server) throws Exception {
    Path policy =
        Files.writeString(
            directory.resolve("changed.yaml"), ALLOW_ECHO.replace("'web'", "'guest'"));
    succeeds("apply", "-f", policy.toString());
    LiveSandbox.await(
        "the changed policy",
        RECOVERY_SECONDS,
        () -> reaches(guest, server, ECHO_PORT) && !reaches(web, server, ECHO_PORT));
  }

  @Test
  void felixReportsThatItLivesAndHowItsEndpointsAre() throws Exception {
    try (Datastore datastore =
        Datastores.forDaemon(
            Map.of("DATASTORE_TYPE", "etcdv3", "ETCD_ENDPOINTS", sandbox.etcdEndpoint()))) {
      var alive = new StatusKey.Felix(StatusKey.NO_REGION, "node1");
      LiveSandbox.await(
          "a report of node1", RECOVERY_SECONDS, () -> datastore.get(alive).isPresent());
      var web = new Query.WorkloadStatuses(StatusKey.NO_REGION, "node1");
      LiveSandbox.await(
          "the status of node1's endpoints",
          RECOVERY_SECONDS,
          () -> {
            var statuses = datastore.list(web).entries();
            return statuses.size() == 2
                && statuses.stream().allMatch(e -> e.value().status().equals("up"));
          });
    }
  }

  @Test
  void theNameIsTaken() throws Exception {
    Distribution.Result second = Distribution.run(Map.of(), "calico", "sandbox", "--name", NAME);
    assertEquals(1, second.status(), second.output());
    assertTrue(second.output().contains("is up"), second.output());
    assertTrue(second.output().contains("./calico sandbox down --name " + NAME), second.output());
  }

  @Test
  void anotherOneRunsBesideItAndIsRemovedAfterACrash() throws Exception {
    String other = NAME + "b";
    LiveSandbox beside = LiveSandbox.start(other, directory, "--nodes", "2", "--workloads", "3");
    try (beside) {
      beside.crash();
      Distribution.Result down =
          Distribution.run(Map.of(), "calico", "sandbox", "down", "--name", other);
      assertEquals(0, down.status(), down.output());
      assertEquals(List.of(), LiveSandbox.leftovers(other), "left behind");
      assertTrue(sandbox.process().isAlive(), "the first sandbox is still there");
    }
  }

  @Test
  void execRunsACommandInAWorkload() throws Exception {
    Distribution.Result routes =
        Distribution.run(
            Map.of(), "calico", "sandbox", "exec", "--name", NAME, "web-1", "ip", "-4", "route");
    assertEquals(0, routes.status(), routes.output());
    assertTrue(routes.output().contains("default via 169.254.1.1 dev eth0"), routes.output());
    Distribution.Result failing =
        Distribution.run(Map.of(), "calico", "sandbox", "exec", "--name", NAME, "web-1", "false");
    assertEquals(1, failing.status(), failing.output());
  }

  private ProcessHandle daemon(String node) {
    try {
      return sandbox.daemon(node);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private ProcessHandle bird(String node) {
    try {
      return sandbox.bird(node);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static boolean reaches(Netns from, String ip, int port) {
    return from.call(
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(ip, port), DENIED_TIMEOUT_MILLIS);
            return true;
          } catch (IOException e) {
            return false;
          }
        });
  }
}
