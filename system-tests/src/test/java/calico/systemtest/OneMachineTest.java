package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One machine without any set-up: the node daemon starts an etcd of its own, calicoctl finds it,
 * and the data outlives both.
 */
class OneMachineTest {
  private static final String NETNS = "calico-one-" + ProcessHandle.current().pid();
  private static final int UP_SECONDS = 60;

  @TempDir Path root;
  private Netns netns;

  @BeforeEach
  void makeMachine() {
    netns = Netns.create(NETNS);
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.createBridge("eth0");
      int eth0 = rt.link("eth0").map(Link::index).orElseThrow();
      rt.add(Address.of(eth0, InetAddress.ofLiteral("192.0.2.10"), 24));
      rt.setUp(eth0);
      rt.setUp(rt.link("lo").map(Link::index).orElseThrow());
    }
  }

  @AfterEach
  void removeMachine() {
    netns.close();
    Netns.delete(NETNS);
  }

  @Test
  void needsNoConfiguration() throws Exception {
    Process first = startNode();
    try {
      awaitReady();
      String nodes = calicoctl("get", "nodes", "-o", "wide");
      assertTrue(nodes.contains("one") && nodes.contains("192.0.2.10/24"), nodes);
      String pools = calicoctl("get", "ippools");
      assertTrue(pools.contains("default-ipv4-ippool   192.168.0.0/16"), pools);
      assertTrue(pools.contains("default-ipv6-ippool"), pools);
    } finally {
      first.destroyForcibly().waitFor(); // as a crash: etcd goes on
    }
    Process second = startNode();
    try {
      awaitReady();
      assertTrue(calicoctl("get", "nodes").contains("one"), "the data is still there");
    } finally {
      second.destroy();
      assertTrue(second.waitFor(30, TimeUnit.SECONDS), "the daemon ends when asked");
      stopBird();
    }
    assertEquals(List.of(), etcdProcesses());
  }

  private Process startNode() throws Exception {
    Files.deleteIfExists(root.resolve("run/calico/cni.sock"));
    return netns.call(
        () ->
            Distribution.start(
                Map.of("CALICO_ROOT", root.toString(), "NODENAME", "one"),
                root.resolve("node.log"),
                "calico",
                "node"));
  }

  private void awaitReady() throws InterruptedException {
    LiveSandbox.await(
        "the node daemon; see " + root.resolve("node.log"),
        UP_SECONDS,
        () -> Files.exists(root.resolve("run/calico/cni.sock")));
  }

  private String calicoctl(String... arguments) throws Exception {
    Distribution.Result result =
        netns.<Distribution.Result, Exception>call(
            () -> Distribution.run(Map.of(), "calicoctl", arguments));
    assertEquals(0, result.status(), result.output());
    return result.output();
  }

  private List<Long> etcdProcesses() {
    String argument = "--data-dir=" + root.resolve("var/lib/calico/etcd");
    return ProcessHandle.allProcesses()
        .filter(h -> List.of(h.info().arguments().orElse(new String[0])).contains(argument))
        .map(ProcessHandle::pid)
        .toList();
  }

  /** BIRD outlives the daemon on purpose, so that routes stay. */
  private void stopBird() throws Exception {
    Path pidFile = root.resolve("run/calico/bird.pid");
    long pid = Long.parseLong(Files.readString(pidFile).strip());
    ProcessHandle bird = ProcessHandle.of(pid).orElseThrow();
    bird.destroy();
    bird.onExit().get(10, TimeUnit.SECONDS);
  }
}
