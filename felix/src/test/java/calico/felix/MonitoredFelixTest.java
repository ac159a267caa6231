package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.felix.TestFelix.Answer;
import calico.felix.monitor.HealthEndpoint;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.netlink.Netns;
import calico.netlink.route.Link;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
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
  private Netns netns;
  private TestFelix felix;

  @BeforeEach
  void makeNode() {
    netns = Netns.create(NETNS);
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.setUp(rt.link("lo").map(Link::index).orElseThrow());
      rt.createBridge("cali1");
      rt.setUp(rt.link("cali1").map(Link::index).orElseThrow());
    }
    felix = new TestFelix(netns, root, datastore);
    felix.onConfigChanged = this::block;
    felix.environment.put("FELIX_HEALTHENABLED", "true");
    felix.environment.put("FELIX_PROMETHEUSMETRICSENABLED", "true");
    felix.put(Kinds.NODE, null, "n1", Map.of("bgp", Map.of("ipv4Address", "192.0.2.1/24")));
    felix.put(Kinds.PROFILE, null, "open", Map.of("ingress", List.of(Map.of("action", "Allow"))));
    felix.put(
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
    felix.put(
        Kinds.NETWORK_POLICY,
        "shop",
        "web",
        Map.of("selector", "all()", "ingress", List.of(Map.of("action", "Allow"))));
  }

  @AfterEach
  void removeNode() {
    unblock.countDown();
    felix.close();
    netns.close();
    Netns.delete(NETNS);
  }

  private void datastoreReady(boolean ready) {
    felix.put(Kinds.CLUSTER_INFORMATION, null, "default", Map.of("datastoreReady", ready));
  }

  /** A new configuration: called on the calculation's loop, which this holds up. */
  private void block() {
    try {
      unblock.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Answer get(String url) {
    return felix.get(url);
  }

  private Answer awaitStatus(String url, int status) {
    return felix.await(url, answer -> answer.status() == status);
  }

  private void awaitMetric(String line) {
    var _ = felix.await(METRICS, answer -> answer.body().lines().anyMatch(line::equals));
  }

  private double metric(String name) {
    return TestFelix.metric(name, get(METRICS));
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
    felix.start();
    Answer waiting = awaitStatus(READINESS, 503);
    assertTrue(waiting.body().contains("| WAIT_FOR_DATASTORE"), waiting.body());
    assertTrue(waiting.body().contains("| nothing has been programmed yet"), waiting.body());
    awaitStatus(LIVENESS, 200);
    awaitMetric("felix_resync_state 1.0");
    datastoreReady(true);
    awaitMetric("felix_resync_state 3.0");
    assertTrue(metric("felix_int_dataplane_initial_resync_time_seconds_count") <= 1);
  }

  /** As a node is that comes up while etcd is away; who asks its health need not wait for that. */
  @Test
  void beforeTheConfigurationIsReadItLivesAndIsNotReady() throws Exception {
    FelixSettings settings = new FelixSettings("n1", root, felix.environment);
    try (HealthEndpoint health = netns.call(() -> new HealthEndpoint(settings.local()))) {
      health.waitFor("the datastore: nobody answers at 192.0.2.9:2379");
      Answer waiting = awaitStatus(READINESS, 503);
      assertTrue(waiting.body().contains("nobody answers at 192.0.2.9:2379"), waiting.body());
      assertEquals(200, get(LIVENESS).status());
      datastoreReady(true);
      felix.put(Kinds.FELIX_CONFIGURATION, null, "default", Map.of("healthPort", 9098L));
      felix.environment.remove("FELIX_HEALTHENABLED");
      try (Felix made = new Felix(settings, datastore, health, this::block)) {
        assertEquals(503, get(READINESS).status(), "where it was, until it starts");
        netns.run(made::start);
        awaitStatus(READINESS.replace("9099", "9098"), 200);
        assertEquals(-1, get(READINESS).status(), "where it is no more");
      }
      health.waitFor("a new start");
      assertEquals(503, get(READINESS.replace("9099", "9098")).status());
    }
  }

  @Test
  void tellsWhatThereIsAndWhatItDid() throws Exception {
    felix.environment.put("FELIX_HEALTHTIMEOUTOVERRIDES", "InternalDataplaneMainLoop=2s");
    datastoreReady(true);
    felix.start();
    awaitStatus(READINESS, 200);
    awaitMetric("felix_int_dataplane_initial_resync_time_seconds_count 1");
    Answer first = get(METRICS);
    assertEquals(1, TestFelix.metric("felix_host{host=\"n1\"}", first));
    assertEquals(1, TestFelix.metric("felix_active_local_endpoints", first));
    assertEquals(1, TestFelix.metric("felix_active_local_policies", first));
    assertEquals(1, TestFelix.metric("felix_cluster_num_hosts", first));
    assertEquals(1, TestFelix.metric("felix_cluster_num_workload_endpoints", first));
    assertEquals(1, TestFelix.metric("felix_cluster_num_policies", first));
    assertEquals(1, TestFelix.metric("felix_resyncs_started", first));
    assertEquals(
        1, TestFelix.metric("felix_int_dataplane_messages{type=\"ActivePolicyUpdate\"}", first));
    assertEquals(
        1, TestFelix.metric("felix_calc_graph_updates_processed{type=\"PolicyKey\"}", first));
    assertTrue(TestFelix.metric("felix_nft_rules{ip_version=\"4\"}", first) > 10);
    assertTrue(TestFelix.metric("felix_nft_chains{ip_version=\"4\"}", first) > 5);
    assertEquals(0, TestFelix.metric("felix_datastore_to_kernel_seconds_count", first));
    assertEquals(0, TestFelix.metric("felix_dataplane_repairs{kind=\"nftables\"}", first));
    assertTrue(first.body().contains("process_resident_memory_bytes "), first.body());

    felix.put(
        Kinds.NETWORK_POLICY,
        "shop",
        "web",
        Map.of("selector", "all()", "ingress", List.of(Map.of("action", "Deny"))));
    awaitMetric("felix_datastore_to_kernel_seconds_count 1");
  }

  @Test
  void anInvalidPolicyAndAForeignHandAreSeen() throws Exception {
    datastoreReady(true);
    felix.start();
    awaitMetric("felix_int_dataplane_initial_resync_time_seconds_count 1");
    felix.put(
        Kinds.NETWORK_POLICY,
        "shop",
        "bad",
        Map.of("selector", "has(", "ingress", List.of(Map.of("action", "Allow"))));
    String problem =
        "felix_object_problems{kind=\"NetworkPolicy\",name=\"bad\",namespace=\"shop\","
            + "problem=\"invalid\"} 1.0";
    awaitMetric(problem);
    felix.await(
        READINESS,
        answer ->
            answer.status() == 200 && answer.body().contains("NetworkPolicy(shop/bad): invalid"));
    datastore.delete(ResourceKey.of(Kinds.NETWORK_POLICY, "shop", "bad"), null);
    felix.await(METRICS, answer -> answer.status() == 200 && !answer.body().contains(problem));

    double rules = metric("felix_nft_rules{ip_version=\"4\"}");
    nft("delete table ip calico");
    felix.await(
        METRICS,
        a -> TestFelix.metric("felix_dataplane_repairs{kind=\"nftables\"}", a) > rules / 10);
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
    felix.environment.put("FELIX_HEALTHTIMEOUTOVERRIDES", "CalculationGraph=500ms");
    datastoreReady(true);
    felix.start();
    awaitStatus(READINESS, 200);
    awaitStatus(LIVENESS, 200);
    felix.put(Kinds.FELIX_CONFIGURATION, null, "default", Map.of("interfacePrefix", "cali,other"));
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
      felix.start();
      awaitStatus(READINESS, 200);
    }
    awaitStatus(METRICS, 200);
  }

  @Test
  void nothingListensUnlessItIsWanted() throws Exception {
    felix.environment.clear();
    felix.environment.put("FELIX_HEALTHENABLED", "true");
    datastoreReady(true);
    felix.start();
    awaitStatus(READINESS, 200);
    assertEquals(-1, get(METRICS).status());
  }
}
