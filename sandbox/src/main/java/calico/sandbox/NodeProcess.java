package calico.sandbox;

import calico.netlink.Netns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** One node: its namespace, its directory and its node daemon. */
record NodeProcess(String name, String ip, Netns netns, Path root, Supervised daemon) {

  /** Starts the node daemon. */
  static NodeProcess start(
      Installation installation,
      SandboxPaths paths,
      String name,
      String ip,
      Netns netns,
      String etcdEndpoint,
      Backend backend,
      Consumer<ProcessHandle> onStart)
      throws IOException {
    Path root = paths.nodeRoot(name);
    Files.createDirectories(root);
    Map<String, String> environment = environment(name, root, etcdEndpoint);
    environment.putAll(backend.environment());
    Supervised daemon =
        new Supervised(
            name,
            netns,
            List.of(installation.calico().toString(), "node"),
            environment,
            paths.nodeLog(name),
            onStart);
    return new NodeProcess(name, ip, netns, root, daemon);
  }

  /** What a node, and a shell on it, needs to know. */
  static Map<String, String> environment(String name, Path root, String etcdEndpoint) {
    Map<String, String> env = new TreeMap<>();
    env.put("NODENAME", name);
    env.put("CALICO_ROOT", root.toString());
    env.put("DATASTORE_TYPE", "etcdv3");
    env.put("ETCD_ENDPOINTS", etcdEndpoint);
    env.put("IP", "autodetect");
    env.put("IP_AUTODETECTION_METHOD", "interface=^eth0$");
    env.put("IP6", "autodetect");
    env.put("IP6_AUTODETECTION_METHOD", "interface=^eth0$");
    env.put("CALICO_IPV4POOL_CIDR", Fabric.POOL_V4);
    env.put("CALICO_IPV6POOL_CIDR", Fabric.POOL_V6);
    env.put("CALICO_IPV4POOL_NAT_OUTGOING", "false");
    env.put("FELIX_REPORTINGINTERVALSECS", "30");
    env.put("FELIX_ENDPOINTREPORTINGENABLED", "true");
    env.put("CALICO_CNI_PRACTICE", "false"); // many daemons start at once on these processors
    env.put("CALICO_JAVA_OPTS", "-Xmx192m");
    return env;
  }

  /** Its sockets. */
  Path run() {
    return root.resolve("run/calico");
  }

  /** The command that shows its BGP sessions. */
  String showSessions(boolean frr) {
    return frr
        ? "vtysh --vty_socket " + run().resolve("frr") + " -c 'show bgp summary'"
        : "birdc -s " + run().resolve("bird.ctl") + " show protocols";
  }

  /** Whether the daemon serves CNI requests. */
  boolean isReady() {
    return Files.exists(root.resolve("run/calico/cni.sock"));
  }
}
