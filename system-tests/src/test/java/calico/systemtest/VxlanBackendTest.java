package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import calico.netlink.NetlinkException;
import calico.netlink.Netns;
import calico.netlink.route.Link;
import calico.netlink.route.Route;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import calico.sandbox.SandboxPaths;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cluster without BIRD: Felix alone has packets between its nodes carried, in VXLAN. Policy is
 * what it is elsewhere; traffic goes on when daemons are killed, and when they are asked for what
 * the kernel lacks.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VxlanBackendTest {
  private static final String NAME = "v" + ProcessHandle.current().pid();
  private static final List<String> NODES = List.of("node1", "node2", "node3");
  private static final String WEB_NODE = "node1";
  private static final String API_NODE = "node3";
  private static final int ECHO_PORT = 9090;
  private static final int SECONDS = 30;
  private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

  @TempDir static Path directory;
  private LiveSandbox sandbox;
  private Netns web;
  private Netns guest;
  private TrafficFlow.EchoServer echo;
  private String server;

  @BeforeAll
  void start() throws Exception {
    Path expected = Files.writeString(directory.resolve("expected"), SandboxTest.THREE_TIER);
    sandbox =
        LiveSandbox.start(NAME, directory, "--backend", "vxlan", "--expect", expected.toString());
    web = sandbox.netns("web-1");
    guest = sandbox.netns("guest-1");
    server = sandbox.ip("api-1");
    try (Netns api = sandbox.netns("api-1")) {
      echo = new TrafficFlow.EchoServer(api, ECHO_PORT);
    }
    allowEcho("web");
    LiveSandbox.await("the policy", SECONDS, () -> ResilienceTest.reaches(web, server, ECHO_PORT));
  }

  @AfterAll
  void stop() throws Exception {
    echo.close();
    web.close();
    guest.close();
    sandbox.close();
    assertEquals(List.of(), LiveSandbox.leftovers(NAME));
  }

  private void allowEcho(String client) throws Exception {
    String yaml = ResilienceTest.ALLOW_ECHO.replace("'web'", "'" + client + "'");
    Path file = Files.writeString(directory.resolve("echo.yaml"), yaml);
    succeeds(sandbox.calicoctl("apply", "-f", file.toString()));
  }

  private static String succeeds(Distribution.Result result) {
    assertEquals(0, result.status(), result.output());
    return result.output();
  }

  private static String nft(String node, String command) throws Exception {
    return succeeds(
        Distribution.run(
            Map.of(), "calico", "sandbox", "exec", "--name", NAME, node, "nft", command));
  }

  private static int packets(String node, String counter) throws Exception {
    Matcher found = PACKETS.matcher(nft(node, "list counter inet probe " + counter));
    assertTrue(found.find(), counter);
    return Integer.parseInt(found.group(1));
  }

  private static String log(String node) {
    return LiveSandbox.read(new SandboxPaths(NAME, SandboxPaths.DEFAULT_BASE).nodeLog(node));
  }

  /** Waits until much has been sent, none of it in vain. */
  private static void goesOn(TrafficFlow flow, String when) throws InterruptedException {
    int echoes = flow.echoes();
    int connections = flow.connections();
    LiveSandbox.await(
        "traffic to go on " + when,
        SECONDS,
        () ->
            flow.failure() != null
                || (flow.echoes() > echoes + 200 && flow.connections() > connections + 200));
    assertNull(flow.failure(), "traffic " + when);
  }

  @Test
  void theApplicationWorksAndNoBirdRuns() throws Exception {
    assertTrue(sandbox.output().contains("the matrix is as expected"), sandbox.output());
    for (String node : NODES) {
      Path root = sandbox.directory().resolve(node);
      assertTrue(Files.exists(root.resolve("run/calico/cni.sock")), node);
      assertFalse(Files.exists(root.resolve("run/calico/bird.pid")), node);
    }
  }

  @Test
  void eachNodeHasARouteToTheBlocksOfTheOthers() {
    for (String node : NODES) {
      try (Netns netns = sandbox.netns(node);
          Rtnetlink rtnetlink = Rtnetlink.open(netns)) {
        Link device = rtnetlink.link("vxlan.calico").orElseThrow();
        List<Route> routes =
            rtnetlink.routes(RouteFilter.ALL.table(Route.TABLE_MAIN).dev(device.index()));
        assertEquals(NODES.size() - 1, routes.stream().filter(r -> r.gateway() != null).count());
        assertTrue(rtnetlink.link("vxlan-v6.calico").isPresent(), node);
      }
    }
  }

  @Test
  void whatGoesFromNodeToNodeIsInVxlanAndNothingIsNot() throws Exception {
    nft(API_NODE, "add table inet probe");
    nft(API_NODE, "add counter inet probe carried");
    nft(API_NODE, "add counter inet probe bare");
    nft(API_NODE, "add chain inet probe in { type filter hook prerouting priority -400 ; }");
    nft(API_NODE, "add rule inet probe in iifname eth0 udp dport 4789 counter name carried");
    nft(API_NODE, "add rule inet probe in iifname eth0 ip daddr 10.244.0.0/16 counter name bare");
    try (TrafficFlow flow = new TrafficFlow(web, server, ECHO_PORT)) {
      goesOn(flow, "through VXLAN");
    }
    assertTrue(packets(API_NODE, "carried") > 400);
    assertEquals(0, packets(API_NODE, "bare"));
    nft(API_NODE, "delete table inet probe");
  }

  @Test
  void trafficGoesOnWhileDaemonsAreKilledAndComeBack() throws Exception {
    try (TrafficFlow flow = new TrafficFlow(web, server, ECHO_PORT)) {
      for (String node : List.of(WEB_NODE, API_NODE)) {
        ProcessHandle victim = sandbox.daemon(node);
        String before = log(node);
        assertTrue(victim.destroyForcibly());
        LiveSandbox.await(
            "another daemon of " + node,
            SECONDS,
            () -> log(node).substring(before.length()).contains("node daemon up"));
        goesOn(flow, "after the death of the daemon of " + node);
        assertFalse(ResilienceTest.reaches(guest, server, ECHO_PORT), "denied stays denied");
      }
    }
    allowEcho("guest");
    LiveSandbox.await(
        "a change of policy",
        SECONDS,
        () ->
            ResilienceTest.reaches(guest, server, ECHO_PORT)
                && !ResilienceTest.reaches(web, server, ECHO_PORT));
    allowEcho("web");
    LiveSandbox.await(
        "the change back", SECONDS, () -> ResilienceTest.reaches(web, server, ECHO_PORT));
  }

  @Test
  void aKernelWithoutWireguardRefusesThatAndNothingElse() throws Exception {
    assumeTrue(!kernelHasWireguard(), "the kernel has WireGuard");
    try (TrafficFlow flow = new TrafficFlow(web, server, ECHO_PORT)) {
      encrypt(true);
      for (String node : NODES) {
        LiveSandbox.await(
            "what " + node + " says of it",
            SECONDS,
            () -> log(node).contains("it lacks the module wireguard"));
      }
      goesOn(flow, "where WireGuard is wanted and there is none");
      String nodes = succeeds(sandbox.calicoctl("get", "nodes", "-o", "yaml"));
      assertFalse(nodes.contains("wireguardPublicKey"), nodes);
      encrypt(false);
      goesOn(flow, "afterwards");
    }
  }

  private void encrypt(boolean on) throws Exception {
    String patch = "{\"spec\":{\"wireguardEnabled\":" + on + "}}";
    succeeds(sandbox.calicoctl("patch", "felixconfiguration", "default", "-p", patch));
  }

  private static boolean kernelHasWireguard() {
    String name = "calico-" + NAME + "-try";
    try (Netns other = Netns.create(name);
        Rtnetlink there = Rtnetlink.open(other)) {
      there.create("try0", "wireguard", 1420);
      return true;
    } catch (NetlinkException _) {
      return false;
    } finally {
      Netns.delete(name);
    }
  }
}
