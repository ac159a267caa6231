package calico.benchmarks.bgp;

import calico.confd.BgpState;
import calico.confd.BirdConfig;
import calico.confd.BirdControl;
import calico.confd.BirdPaths;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.BlockAffinity;
import calico.model.key.IpamKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.netlink.Netns;
import calico.netlink.route.Address;
import calico.netlink.route.Link;
import calico.netlink.route.Route;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/**
 * So many nodes at one switch, each a BIRD in a network namespace of its own, with the
 * configuration that confd gives it: how long until each kernel has the routes to all others, and
 * how long a new block takes to all kernels. In a full mesh, or with two nodes as reflectors.
 */
final class SpeakersBenchmark implements AutoCloseable {
  private static final int REFLECTORS = 2;
  private static final int FAMILIES = 2;
  private static final int CHANGES = 20;
  private static final long LIMIT_NANOS = Duration.ofMinutes(10).toNanos();
  private static final Duration ANSWER = Duration.ofSeconds(30);
  private static final String SWITCH = "switch";

  private final String prefix = "speakers-" + ProcessHandle.current().pid() + "-";
  private final Path directory = Files.createTempDirectory("speakers");
  private final BgpState.Builder cluster;
  private final List<Speaker> speakers = new ArrayList<>();
  private final List<String> namespaces = new ArrayList<>();

  private record Speaker(String name, Netns netns, Rtnetlink kernel, BirdPaths paths) {}

  private final List<Process> processes = new ArrayList<>();

  private SpeakersBenchmark(int nodes, boolean reflectors) throws Exception {
    cluster = new BgpState.Builder("");
    describe(nodes, reflectors).forEach(cluster::put);
  }

  static void run(int nodes, boolean reflectors) throws Exception {
    try (SpeakersBenchmark benchmark = new SpeakersBenchmark(nodes, reflectors)) {
      benchmark.wire(nodes);
      benchmark.measure(reflectors);
    }
  }

  private static List<Resource<?>> describe(int nodes, boolean reflectors) throws Exception {
    List<Resource<?>> all = new ArrayList<>();
    all.add(Parts.resource(Kinds.IP_POOL, "v4", Map.of("cidr", "10.64.0.0/10")));
    all.add(Parts.resource(Kinds.IP_POOL, "v6", Map.of("cidr", "fd65::/48")));
    for (int n = 1; n <= nodes; n++) {
      Map<String, Object> bgp =
          n <= REFLECTORS && reflectors
              ? Map.of(
                  "ipv4Address", ipv4(n) + "/16",
                  "ipv6Address", ipv6(n) + "/64",
                  "routeReflectorClusterID", "244.0.0.1")
              : Map.of("ipv4Address", ipv4(n) + "/16", "ipv6Address", ipv6(n) + "/64");
      Map<String, Object> labels =
          n <= REFLECTORS && reflectors ? Map.of("route-reflector", "true") : Map.of();
      all.add(
          Parts.resource(
              Kinds.NODE, Map.of("name", "n" + n, "labels", labels), Map.of("bgp", bgp)));
    }
    if (reflectors) {
      all.add(
          Parts.resource(
              Kinds.BGP_CONFIGURATION, "default", Map.of("nodeToNodeMeshEnabled", false)));
      all.add(
          Parts.resource(
              Kinds.BGP_PEER,
              "reflectors",
              Map.of("nodeSelector", "all()", "peerSelector", "has(route-reflector)")));
    }
    return all;
  }

  private static Ip ipv4(int node) {
    return Ip.parse("10.99.%d.%d".formatted(node / 250, node % 250 + 1));
  }

  private static Ip ipv6(int node) {
    return Ip.parse("fd99::%x".formatted(node));
  }

  /** Number 0 of a node is there from the start; others come later. */
  private static List<Cidr> blocks(int node, int number) {
    int block = 100 * node + number;
    return List.of(
        Cidr.parse(Ip.parse("10.64.0.0").plus(64L * block) + "/26"),
        Cidr.parse("fd65:0:0:%x::/122".formatted(block)));
  }

  private void wire(int nodes) throws Exception {
    Netns hub = create(SWITCH);
    try (Rtnetlink rt = Rtnetlink.open(hub)) {
      rt.createBridge("br0");
      int bridge = index(rt, "br0");
      rt.setUp(bridge);
      for (int n = 1; n <= nodes; n++) {
        Netns netns = create("n" + n);
        rt.createVeth("p" + n, null, 0, "eth0", null, netns);
        int port = index(rt, "p" + n);
        rt.setMaster(port, bridge);
        rt.setUp(port);
        Rtnetlink kernel = Rtnetlink.open(netns);
        kernel.setUp(index(kernel, "lo"));
        int eth0 = index(kernel, "eth0");
        kernel.add(Address.of(eth0, ipv4(n).toInetAddress(), 16));
        kernel.add(Address.of(eth0, ipv6(n).toInetAddress(), 64));
        kernel.setUp(eth0);
        Path own = Files.createDirectory(directory.resolve("n" + n));
        speakers.add(new Speaker("n" + n, netns, kernel, BirdPaths.in(own)));
        configure(speakers.getLast(), n, 1);
      }
    } finally {
      hub.close();
    }
  }

  private static int index(Rtnetlink rt, String name) {
    return rt.link(name).map(Link::index).orElseThrow();
  }

  private Netns create(String part) {
    namespaces.add(prefix + part);
    return Netns.create(prefix + part);
  }

  /** Writes the configuration of a node that has so many blocks of each family. */
  private void configure(Speaker speaker, int node, int blocks) throws IOException {
    BgpState.Builder own = new BgpState.Builder(speaker.name());
    BgpState all = cluster.build();
    all.nodes().values().forEach(own::put);
    all.pools().values().forEach(own::put);
    all.peers().values().forEach(own::put);
    all.configurations().values().forEach(own::put);
    for (int i = 0; i < blocks; i++) {
      for (Cidr block : blocks(node, i)) {
        own.update(
            IpamKey.Affinity.ofHost(speaker.name(), block), new BlockAffinity("confirmed", false));
      }
    }
    Files.writeString(speaker.paths().config(), BirdConfig.render(own.build(), speaker.name()));
  }

  private void measure(boolean reflectors) throws Exception {
    int nodes = speakers.size();
    long start = System.nanoTime();
    for (Speaker speaker : speakers) {
      processes.add(start(speaker));
    }
    long started = System.nanoTime();
    await(_ -> FAMILIES * nodes);
    long converged = System.nanoTime();
    System.out.printf(
        "%s of %d nodes: %d routes in each kernel %.1f s after the first process was started (the"
            + " last: %.1f s); %.1f s of processors, %.1f MiB a process%n",
        reflectors ? "two reflectors" : "full mesh",
        nodes,
        FAMILIES * nodes,
        (converged - start) / 1e9,
        (started - start) / 1e9,
        processorSeconds(),
        memoryMib());
    System.out.printf(
        "  sessions of %s: %d, of %s: %d, in all: %d%n",
        speakers.getLast().name(),
        sessions(speakers.getLast()),
        speakers.getFirst().name(),
        sessions(speakers.getFirst()),
        totalSessions());
    newBlocks();
  }

  private void newBlocks() throws Exception {
    int nodes = speakers.size();
    double before = processorSeconds();
    long[] nanos = new long[CHANGES];
    for (int i = 0; i < CHANGES; i++) {
      int blocks = i + 2;
      configure(speakers.getLast(), nodes, blocks);
      long start = System.nanoTime();
      new BirdControl(speakers.getLast().paths().socket(), ANSWER).configure();
      await(_ -> FAMILIES * (nodes + blocks - 1));
      nanos[i] = System.nanoTime() - start;
    }
    java.util.Arrays.sort(nanos);
    System.out.printf(
        "  a new block of each family in all kernels: p50 %.0f ms, at most %.0f ms; %.2f s of"
            + " processors%n",
        Parts.percentile(nanos, 50),
        Parts.percentile(nanos, 100),
        (processorSeconds() - before) / CHANGES);
  }

  private static Process start(Speaker speaker) throws IOException {
    BirdPaths paths = speaker.paths();
    File log = paths.log().toFile();
    ProcessBuilder bird =
        new ProcessBuilder(
                "bird",
                "-f",
                "-c",
                paths.config().toString(),
                "-s",
                paths.socket().toString(),
                "-P",
                paths.pidFile().toString())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log));
    return speaker.netns().<Process, IOException>call(bird::start);
  }

  /** Waits until each kernel has as many routes of BIRD as it should. */
  private void await(IntUnaryOperator wanted) throws Exception {
    long deadline = System.nanoTime() + LIMIT_NANOS;
    RouteFilter birds = RouteFilter.ALL.table(Route.TABLE_MAIN).protocol(Route.PROTOCOL_BIRD);
    for (int n = 0; n < speakers.size(); n++) {
      Speaker speaker = speakers.get(n);
      int want = wanted.applyAsInt(n);
      int found = speaker.kernel().routes(birds).size();
      while (found != want) {
        if (System.nanoTime() > deadline) {
          throw new IllegalStateException(
              "%s has %d of %d routes".formatted(speaker.name(), found, want));
        }
        Thread.sleep(5);
        found = speaker.kernel().routes(birds).size();
      }
    }
  }

  private double processorSeconds() {
    return processes.stream()
            .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
            .mapToLong(Duration::toMillis)
            .sum()
        / 1e3;
  }

  /** What each process has for itself alone, on average. */
  private double memoryMib() throws IOException {
    long kib = 0;
    for (Process process : processes) {
      for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/smaps_rollup"))) {
        if (line.startsWith("Private_")) {
          kib += Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    }
    return kib / 1024.0 / processes.size();
  }

  private static int sessions(Speaker speaker) throws Exception {
    return new BirdControl(speaker.paths().socket(), ANSWER).sessions().size();
  }

  /** Each has two ends. */
  private int totalSessions() throws Exception {
    int ends = 0;
    for (Speaker speaker : speakers) {
      ends += sessions(speaker);
    }
    return ends / 2;
  }

  @Override
  public void close() throws Exception {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
    for (Speaker speaker : speakers) {
      speaker.kernel().close();
      speaker.netns().close();
    }
    namespaces.forEach(Netns::delete);
    Parts.delete(directory);
  }
}
