package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.netlink.Netns;
import calico.netlink.route.Link;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Felix on a real kernel tells of itself, and that it changes with what happens. */
class MonitoredFelixTest {
  private static final String NETNS = "calico-monitored-" + ProcessHandle.current().pid();
  private static final String METRICS = "http://127.0.0.1:9091/metrics";
  private static final String LIVENESS = "http://127.0.0.1:9099/liveness";
  private static final String READINESS = "http://127.0.0.1:9099/readiness";

  @TempDir Path root;
  private final MemoryDatastore datastore = new MemoryDatastore();
  private final CountDownLatch unblock = new CountDownLatch(1);
  private final Map<String, String> environment = new HashMap<>();
  private Netns netns;
  private @Nullable Felix felix;

  private record Answer(int status, String body) {}

  @BeforeEach
  void makeNode() {
    netns = Netns.create(NETNS);
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.setUp(rt.link("lo").map(Link::index).orElseThrow());
      rt.createBridge("cali1");
      rt.setUp(rt.link("cali1").map(Link::index).orElseThrow());
    }
    environment.put("FELIX_HEALTHENABLED", "true");
    environment.put("FELIX_PROMETHEUSMETRICSENABLED", "true");
    put(Kinds.NODE, null, "n1", Map.of("bgp", Map.of("ipv4Address", "192.0.2.1/24")));
    put(Kinds.PROFILE, null, "open", Map.of("ingress", List.of(Map.of("action", "Allow"))));
    put(
        Kinds.WORKLOAD_ENDPOINT,
        "shop",
        "n1-k8s-web-eth0",
        Map.of(
            "node", "n1",
            "orchestrator", "k8s",
            "pod", "web",
            "endpoint", "eth0",
            "interfaceName", "cali1",
            "ipNetworks", List.of("10.65.0.1/32"),
            "profiles", List.of("open")));
    put(
        Kinds.NETWORK_POLICY,
        "shop",
        "web",
        Map.of("selector", "all()", "ingress", List.of(Map.of("action", "Allow"))));
  }

  @AfterEach
  void removeNode() {
    unblock.countDown();
    if (felix != null) {
      felix.close();
    }
    netns.close();
    Netns.delete(NETNS);
  }

  private <S> void put(
      Kind<S> kind, @Nullable String namespace, String name, Map<String, Object> spec) {
    Map<String, Object> metadata = new HashMap<>(Map.of("name", name));
    if (namespace != null) {
      metadata.put("namespace", namespace);
    }
    Resource<S> resource = ResourceCodec.decode(kind, Map.of("metadata", metadata, "spec", spec));
    datastore.put(ResourceKey.of(resource), resource, null);
  }

  private void datastoreReady(boolean ready) {
    put(Kinds.CLUSTER_INFORMATION, null, "default", Map.of("datastoreReady", ready));
  }

  private void start() throws IOException {
    FelixSettings settings = new FelixSettings("n1", root, environment);
    Felix made = new Felix(settings, datastore, this::block);
    felix = made;
    netns.run(made::start);
  }

  /** A new configuration: called on the calculation's loop, which this holds up. */
  private void block() {
    try {
      unblock.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Status -1 as long as nobody answers. */
  private Answer get(String url) {
    return netns.call(
        () -> {
          try {
            var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
            connection.setConnectTimeout(5000);
            connection.setReadTimeout(5000);
            int status = connection.getResponseCode();
            try (var in =
                status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
              return new Answer(status, new String(in.readAllBytes(), StandardCharsets.UTF_8));
            }
          } catch (IOException e) {
            return new Answer(-1, e.toString());
          }
        });
  }

  private Answer await(String url, Predicate<Answer> condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    Answer answer = get(url);
    while (!condition.test(answer)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(url + " says after 20 s: " + answer);
      }
      LockSupport.parkNanos(10_000_000);
      answer = get(url);
    }
    return answer;
  }

  private Answer awaitStatus(String url, int status) {
    return await(url, answer -> answer.status() == status);
  }

  private void awaitMetric(String line) {
    var _ = await(METRICS, answer -> answer.body().lines().anyMatch(line::equals));
  }

  private double metric(String name) {
    return metric(name, get(METRICS));
  }

  private static double metric(String name, Answer answer) {
    return answer
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  private void nft(String arguments) throws Exception {
    Process process =
        new ProcessBuilder(("ip netns exec " + NETNS + " nft " + arguments).split(" "))
            .inheritIO()
            .start();
    assertEquals(0, process.waitFor(), arguments);
  }

  @Test
  void isReadyWhenTheFirstStateIsApplied() throws Exception {
    datastoreReady(false);
    start();
    Answer waiting = awaitStatus(READINESS, 503);
    assertTrue(waiting.body().contains("| WAIT_FOR_DATASTORE"), waiting.body());
    assertTrue(waiting.body().contains("| nothing has been programmed yet"), waiting.body());
    awaitStatus(LIVENESS, 200);
    awaitMetric("felix_resync_state 1.0");
    datastoreReady(true);
    awaitMetric("felix_resync_state 3.0");
    assertTrue(metric("felix_int_dataplane_initial_resync_time_seconds_count") <= 1);
  }

  @Test
  void tellsWhatThereIsAndWhatItDid() throws Exception {
    environment.put("FELIX_HEALTHTIMEOUTOVERRIDES", "InternalDataplaneMainLoop=2s");
    datastoreReady(true);
    start();
    awaitStatus(READINESS, 200);
    awaitMetric("felix_int_dataplane_initial_resync_time_seconds_count 1");
    Answer first = get(METRICS);
    assertEquals(1, metric("felix_host{host=\"n1\"}", first));
    assertEquals(1, metric("felix_active_local_endpoints", first));
    assertEquals(1, metric("felix_active_local_policies", first));
    assertEquals(1, metric("felix_cluster_num_hosts", first));
    assertEquals(1, metric("felix_cluster_num_workload_endpoints", first));
    assertEquals(1, metric("felix_cluster_num_policies", first));
    assertEquals(1, metric("felix_resyncs_started", first));
    assertEquals(1, metric("felix_int_dataplane_messages{type=\"ActivePolicyUpdate\"}", first));
    assertEquals(1, metric("felix_calc_graph_updates_processed{type=\"PolicyKey\"}", first));
    assertTrue(metric("felix_nft_rules{ip_version=\"4\"}", first) > 10);
    assertTrue(metric("felix_nft_chains{ip_version=\"4\"}", first) > 5);
    assertEquals(0, metric("felix_datastore_to_kernel_seconds_count", first));
    assertEquals(0, metric("felix_dataplane_repairs{kind=\"nftables\"}", first));
    assertTrue(first.body().contains("process_resident_memory_bytes "), first.body());

    put(
        Kinds.NETWORK_POLICY,
        "shop",
        "web",
        Map.of("selector", "all()", "ingress", List.of(Map.of("action", "Deny"))));
    awaitMetric("felix_datastore_to_kernel_seconds_count 1");
  }

  @Test
  void anInvalidPolicyAndAForeignHandAreSeen() throws Exception {
    datastoreReady(true);
    start();
    awaitMetric("felix_int_dataplane_initial_resync_time_seconds_count 1");
    put(
        Kinds.NETWORK_POLICY,
        "shop",
        "bad",
        Map.of("selector", "has(", "ingress", List.of(Map.of("action", "Allow"))));
    String problem =
        "felix_object_problems{kind=\"NetworkPolicy\",name=\"bad\",namespace=\"shop\","
            + "problem=\"invalid\"} 1.0";
    awaitMetric(problem);
    datastore.delete(ResourceKey.of(Kinds.NETWORK_POLICY, "shop", "bad"), null);
    await(METRICS, answer -> answer.status() == 200 && !answer.body().contains(problem));

    double rules = metric("felix_nft_rules{ip_version=\"4\"}");
    nft("delete table ip calico");
    await(METRICS, a -> metric("felix_dataplane_repairs{kind=\"nftables\"}", a) > rules / 10);
    assertEquals(rules, metric("felix_nft_rules{ip_version=\"4\"}"));
    assertEquals(0, metric("felix_dataplane_repairs{kind=\"routes\"}"));
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      var route =
          rt.routes(RouteFilter.ALL).stream()
              .filter(r -> r.destination().equals(InetAddress.ofLiteral("10.65.0.1")))
              .findFirst()
              .orElseThrow();
      rt.delete(route);
    }
    awaitMetric("felix_dataplane_repairs{kind=\"routes\"} 1.0");
  }

  @Test
  void aLoopThatIsStuckIsNotLive() throws Exception {
    environment.put("FELIX_HEALTHTIMEOUTOVERRIDES", "CalculationGraph=500ms");
    datastoreReady(true);
    start();
    awaitStatus(READINESS, 200);
    awaitStatus(LIVENESS, 200);
    put(Kinds.FELIX_CONFIGURATION, null, "default", Map.of("interfacePrefix", "cali,other"));
    Answer stuck = awaitStatus(LIVENESS, 503);
    assertTrue(
        stuck.body().contains("| CalculationGraph          | 500ms (override)"), stuck.body());
    assertTrue(stuck.body().contains("| timed out"), stuck.body());
    unblock.countDown();
    awaitStatus(LIVENESS, 200);
  }

  @Test
  void aPortInUseIsNoEndOfFelix() throws Exception {
    datastoreReady(true);
    try (ServerSocket _ = netns.call(() -> new ServerSocket(9091))) {
      start();
      awaitStatus(READINESS, 200);
    }
    awaitStatus(METRICS, 200);
  }

  @Test
  void nothingListensUnlessItIsWanted() throws Exception {
    environment.clear();
    environment.put("FELIX_HEALTHENABLED", "true");
    datastoreReady(true);
    start();
    awaitStatus(READINESS, 200);
    assertEquals(-1, get(METRICS).status());
  }
}
