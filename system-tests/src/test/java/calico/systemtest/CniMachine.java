package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A machine in a network namespace of its own, with the node daemon of the distribution under test,
 * which brings its etcd, and the CNI executables. The daemon can be killed and started again.
 */
final class CniMachine implements AutoCloseable {
  static final String CONF =
      "{\"cniVersion\":\"1.0.0\",\"name\":\"net1\",\"type\":\"calico\","
          + "\"ipam\":{\"type\":\"calico-ipam\",\"assign_ipv6\":true}}";

  /** Names of the host's ends of containers' wires. */
  static final String WIRE = "cali[0-9a-f]{11}";

  /** Where the distribution's package has its plugins. */
  static final Path PLUGINS = Path.of("/usr/lib/cni");

  private static final Path OURS = Distribution.HOME.resolve("cni");
  private static final int UP_SECONDS = 60;

  final Path root;
  private final String name;
  final Netns netns;
  private @Nullable Process node;

  /** What an executable printed and ended with. */
  record Answer(int status, String output) {}

  CniMachine(String name, Path root) {
    this.name = name;
    this.root = root;
    netns = Netns.create(name);
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.createBridge("eth0");
      int eth0 = rt.link("eth0").map(Link::index).orElseThrow();
      rt.add(Address.of(eth0, InetAddress.ofLiteral("192.0.2.10"), 24));
      rt.setUp(eth0);
      rt.setUp(rt.link("lo").map(Link::index).orElseThrow());
    }
  }

  /** Starts the node daemon for policy only, and waits until it serves. */
  void start() throws Exception {
    start(Map.of("CALICO_NETWORKING_BACKEND", "none"));
  }

  /** Starts the node daemon and waits until it serves. */
  void start(Map<String, String> settings) throws Exception {
    Map<String, String> environment = new TreeMap<>(settings);
    environment.put("CALICO_ROOT", root.toString());
    environment.put("NODENAME", "one");
    Path socket = root.resolve("run/calico/cni.sock");
    Files.deleteIfExists(socket);
    node =
        netns.<Process, Exception>call(
            () -> Distribution.start(environment, root.resolve("node.log"), "calico", "node"));
    LiveSandbox.await(
        "the node daemon; see " + root.resolve("node.log"), UP_SECONDS, () -> Files.exists(socket));
  }

  /** Kills the daemon, as a crash would: etcd goes on. */
  void kill() throws InterruptedException {
    if (node != null) {
      node.destroyForcibly().waitFor();
    }
  }

  /** Calls the executable {@code calico} as a runtime does. */
  Answer cni(String command, String container, Path containerNetns) throws Exception {
    return plugin("calico", command, container, containerNetns, CONF);
  }

  /** Calls a plugin, ours or one of the machine's, as a runtime does. */
  Answer plugin(
      String type, String command, String container, Path containerNetns, String configuration)
      throws Exception {
    Path executable = OURS.resolve(type);
    return call(
        List.of((Files.exists(executable) ? executable : PLUGINS.resolve(type)).toString()),
        command,
        container,
        containerNetns,
        configuration);
  }

  /** Calls a plugin by a command line. */
  Answer call(
      List<String> commandLine,
      String command,
      String container,
      Path containerNetns,
      String configuration)
      throws Exception {
    ProcessBuilder builder = new ProcessBuilder(commandLine).redirectErrorStream(true);
    builder
        .environment()
        .putAll(
            Map.of(
                "CALICO_ROOT",
                root.toString(),
                "CNI_COMMAND",
                command,
                "CNI_CONTAINERID",
                container,
                "CNI_NETNS",
                containerNetns.toString(),
                "CNI_IFNAME",
                "eth0",
                "CNI_PATH",
                OURS + ":" + PLUGINS));
    Process process = netns.<Process, Exception>call(builder::start);
    try (OutputStream in = process.getOutputStream()) {
      in.write(configuration.getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Answer(process.waitFor(), out);
  }

  /** Has the daemon end in good order. */
  void stop() throws InterruptedException {
    if (node != null && node.isAlive()) {
      node.destroy();
      assertTrue(node.waitFor(30, TimeUnit.SECONDS), "the daemon ends when asked");
      assertEquals(0, node.exitValue(), "and has not failed");
    }
  }

  /** Runs a program of the distribution inside of the machine. */
  Distribution.Result command(Map<String, String> settings, String program, String... arguments)
      throws Exception {
    Map<String, String> environment = new TreeMap<>(settings);
    environment.put("CALICO_ROOT", root.toString());
    return netns.<Distribution.Result, Exception>call(
        () -> Distribution.run(environment, program, arguments));
  }

  String calicoctl(String... arguments) throws Exception {
    Distribution.Result result = command(Map.of(), "calicoctl", arguments);
    assertEquals(0, result.status(), result.output());
    return result.output();
  }

  /** What a command prints inside of the machine. */
  String run(String... command) throws Exception {
    return netns.<String, Exception>call(
        () -> {
          Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
          process.getOutputStream().close();
          String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
          assertEquals(0, process.waitFor(), () -> List.of(command) + ": " + out);
          return out;
        });
  }

  /** All that any container left here, by where it is. */
  Map<String, String> leftovers() throws Exception {
    Map<String, String> out = new TreeMap<>();
    out.put("interfaces", lines(run("ip", "link"), WIRE));
    out.put("routes", lines(run("ip", "route", "show", "table", "all"), WIRE));
    out.put("routes6", lines(run("ip", "-6", "route", "show", "table", "all"), WIRE));
    out.put("nftables", lines(run("nft", "list", "ruleset"), WIRE));
    out.put("endpoints", lines(calicoctl("get", "workloadendpoints", "-A"), WIRE));
    out.put("addresses", lines(calicoctl("ipam", "check", "--show-all-ips"), "net1\\."));
    out.put("handles", lines(calicoctl("ipam", "check"), "net1\\."));
    out.values().removeIf(String::isEmpty);
    return out;
  }

  private static String lines(String text, String pattern) {
    return text.lines()
        .filter(l -> l.matches(".*" + pattern + ".*"))
        .reduce("", (a, b) -> a + b + "\n");
  }

  @Override
  public void close() throws IOException {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      netns.close();
      Netns.delete(name);
    }
  }
}
