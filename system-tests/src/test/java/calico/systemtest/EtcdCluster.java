package calico.systemtest;

import calico.model.json.Json;
import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A core cluster of three etcd members and a proxy per host, each host a network namespace:
 *
 * <pre>
 *   switch: br0 172.31.0.1/24
 *     |-- veth --- eth0 172.31.0.11  host 1: etcd :2379, :2380; etcd grpc-proxy :23790
 *     |-- veth --- eth0 172.31.0.12  host 2: the same
 *     |-- veth --- eth0 172.31.0.13  host 3: the same
 * </pre>
 */
final class EtcdCluster implements AutoCloseable {
  static final int MEMBERS = 3;
  private static final int ANSWER_TIMEOUT_MILLIS = 1000;

  private final String prefix;
  private final Path directory;
  private final List<String> named = new ArrayList<>();
  private final Netns switchNetns;
  private final List<Netns> hosts = new ArrayList<>();
  private final Process[] members = new Process[MEMBERS];
  private final Process[] proxies = new Process[MEMBERS];

  /**
   * @param prefix of the names of the namespaces
   * @param directory for data and logs
   */
  EtcdCluster(String prefix, Path directory) throws IOException {
    this.prefix = prefix;
    this.directory = directory;
    this.switchNetns = namespace("switch");
    try (Rtnetlink rt = Rtnetlink.open(switchNetns)) {
      rt.setUp(index(rt, "lo"));
      rt.createBridge("br0");
      int bridge = index(rt, "br0");
      rt.add(Address.of(bridge, InetAddress.ofLiteral("172.31.0.1"), 24));
      rt.setUp(bridge);
      for (int i = 0; i < MEMBERS; i++) {
        hosts.add(addHost(rt, bridge, i));
      }
    }
    for (int i = 0; i < MEMBERS; i++) {
      startMember(i);
      startProxy(i);
    }
  }

  private Netns namespace(String part) {
    Netns netns = Netns.create(prefix + "-" + part);
    named.add(prefix + "-" + part);
    return netns;
  }

  private Netns addHost(Rtnetlink inSwitch, int bridge, int i) {
    Netns netns = namespace("host" + i);
    String cable = "to-host" + i;
    inSwitch.createVeth(cable, null, 0, "eth0", null, netns);
    inSwitch.setMaster(index(inSwitch, cable), bridge);
    inSwitch.setUp(index(inSwitch, cable));
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.setUp(index(rt, "lo"));
      int eth0 = index(rt, "eth0");
      rt.add(Address.of(eth0, InetAddress.ofLiteral(ip(i)), 24));
      rt.setUp(eth0);
    }
    return netns;
  }

  private static int index(Rtnetlink rt, String name) {
    return rt.link(name).map(Link::index).orElseThrow();
  }

  private static String ip(int i) {
    return "172.31.0." + (11 + i);
  }

  private static String client(int i) {
    return "http://" + ip(i) + ":2379";
  }

  private static String peer(int i) {
    return "http://" + ip(i) + ":2380";
  }

  /** The members, as ETCD_ENDPOINTS wants them. */
  String memberEndpoints() {
    return IntStream.range(0, MEMBERS)
        .mapToObj(EtcdCluster::client)
        .collect(Collectors.joining(","));
  }

  /** Of the proxy on a host. */
  String proxyEndpoint(int i) {
    return "http://" + ip(i) + ":23790";
  }

  /** Starts a member, with the data that it had if it ran before. */
  void startMember(int i) throws IOException {
    members[i] =
        start(
            hosts.get(i),
            "etcd" + i,
            "etcd",
            "--name=m" + i,
            "--data-dir=" + directory.resolve("data" + i),
            "--listen-client-urls=" + client(i),
            "--advertise-client-urls=" + client(i),
            "--listen-peer-urls=" + peer(i),
            "--initial-advertise-peer-urls=" + peer(i),
            "--initial-cluster="
                + IntStream.range(0, MEMBERS)
                    .mapToObj(m -> "m" + m + "=" + peer(m))
                    .collect(Collectors.joining(",")),
            "--logger=zap");
  }

  private void startProxy(int i) throws IOException {
    proxies[i] =
        start(
            hosts.get(i),
            "proxy" + i,
            "etcd",
            "grpc-proxy",
            "start",
            "--endpoints=" + memberEndpoints().replace("http://", ""),
            "--listen-addr=" + ip(i) + ":23790",
            "--advertise-client-url=" + ip(i) + ":23790",
            "--data-dir=" + directory.resolve("proxy" + i));
  }

  /** Starts a process on the switch, from where all hosts can be reached. */
  Process startClient(String name, String... command) throws IOException {
    return start(switchNetns, name, command);
  }

  private Process start(Netns in, String name, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()));
    return in.call(builder::start);
  }

  /** Where a process of this name writes. */
  Path log(String name) {
    return directory.resolve(name + ".log");
  }

  /** The member that knows that it leads, or -1. */
  int leader() {
    for (int i = 0; i < MEMBERS; i++) {
      Map<?, ?> status = post(i, "maintenance/status", "{}");
      if (status != null
          && status.get("header") instanceof Map<?, ?> header
          && Objects.equals(header.get("member_id"), status.get("leader"))) {
        return i;
      }
    }
    return -1;
  }

  /** Whether all members answer and know a leader. */
  boolean isWhole() {
    return IntStream.range(0, MEMBERS)
        .allMatch(
            i -> {
              Map<?, ?> status = post(i, "maintenance/status", "{}");
              return status != null && status.get("leader") != null;
            });
  }

  /** Drops all revisions but the newest: watches that are behind cannot resume. */
  void compact() {
    for (int i = 0; i < MEMBERS; i++) {
      Map<?, ?> status = post(i, "maintenance/status", "{}");
      if (status != null && status.get("header") instanceof Map<?, ?> header) {
        post(i, "kv/compaction", "{\"revision\":\"" + header.get("revision") + "\"}");
        return;
      }
    }
  }

  /** SIGKILL. */
  void kill(int i) throws InterruptedException {
    members[i].destroyForcibly().waitFor();
  }

  /** Null if there is no answer. */
  private @Nullable Map<?, ?> post(int i, String method, String body) {
    return switchNetns.call(
        () -> {
          HttpURLConnection http = null;
          try {
            URI uri = URI.create(client(i) + "/v3/" + method);
            http = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
            http.setConnectTimeout(ANSWER_TIMEOUT_MILLIS);
            http.setReadTimeout(ANSWER_TIMEOUT_MILLIS);
            http.setDoOutput(true);
            try (OutputStream out = http.getOutputStream()) {
              out.write(body.getBytes(StandardCharsets.UTF_8));
            }
            return (Map<?, ?>) Json.parse(http.getInputStream().readAllBytes());
          } catch (IOException _) {
            return null;
          } finally {
            if (http != null) {
              http.disconnect();
            }
          }
        });
  }

  /** The end of a process's log. */
  String tail(String name) throws IOException {
    List<String> lines = Files.readAllLines(log(name));
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
  }

  @Override
  public void close() throws InterruptedException {
    for (Process[] each : List.of(proxies, members)) {
      for (Process process : each) {
        if (process != null) {
          process.destroyForcibly().waitFor();
        }
      }
    }
    hosts.forEach(Netns::close);
    switchNetns.close();
    named.forEach(Netns::delete);
  }
}
