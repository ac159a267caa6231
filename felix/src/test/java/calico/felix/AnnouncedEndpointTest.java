package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.state.StateKey;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import calico.netlink.Netns;
import calico.netlink.route.Link;
import calico.netlink.route.Route;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.Rtnetlink;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has announced an endpoint waits for that one, not for what had its name before. */
class AnnouncedEndpointTest {
  private static final String NETNS = "calico-announced-" + ProcessHandle.current().pid();
  private static final String NAME = "n1-k8s-pod-eth0";
  private static final StateKey.Endpoint ID = new StateKey.Endpoint("k8s", "shop/pod", "eth0");
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int CONTAINERS = 50;

  @TempDir Path root;
  private final MemoryDatastore datastore = new MemoryDatastore();
  private Netns netns;
  private TestFelix felix;

  @BeforeEach
  void start() {
    netns = Netns.create(NETNS);
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.createBridge("cali1");
      rt.setUp(rt.link("cali1").map(Link::index).orElseThrow());
    }
    TestFelix.put(datastore, TestFelix.CLUSTER);
    felix = new TestFelix(netns, root, datastore);
    felix.environment.put("FELIX_IPV6SUPPORT", "false");
    felix.start();
  }

  @AfterEach
  void stop() {
    felix.close();
    netns.close();
    Netns.delete(NETNS);
  }

  private static Resource<WorkloadEndpointSpec> endpoint(int container) {
    return ResourceCodec.decode(
        Kinds.WORKLOAD_ENDPOINT,
        Map.of(
            "metadata",
            Map.of("name", NAME, "namespace", "shop"),
            "spec",
            Map.of(
                "node",
                "n1",
                "orchestrator",
                "k8s",
                "pod",
                "pod",
                "endpoint",
                "eth0",
                "containerID",
                "c" + container,
                "ipNetworks",
                List.of("10.65.0." + container + "/32"),
                "profiles",
                List.of("open"),
                "interfaceName",
                "cali1")));
  }

  private static Set<String> routes(Rtnetlink rt) {
    return rt.routes(RouteFilter.ALL.table(Route.TABLE_MAIN)).stream()
        .map(route -> route.destination().getHostAddress())
        .filter(destination -> destination.startsWith("10.65."))
        .collect(Collectors.toSet());
  }

  @Test
  void itIsServedWhenTheWaitIsOver() throws Exception {
    EndpointStatuses statuses = felix.running().statuses();
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      for (int container = 1; container <= CONTAINERS; container++) {
        Resource<WorkloadEndpointSpec> endpoint = endpoint(container);
        ResourceKey<WorkloadEndpointSpec> key = ResourceKey.of(endpoint);
        felix.running().announce(key, endpoint);
        assertTrue(statuses.awaitUp(ID, PATIENCE), "container " + container);
        assertEquals(Set.of("10.65.0." + container), routes(rt));
        datastore.put(key, endpoint, null);
      }
    }
  }

  @Test
  void whatWasKnownBeforeDoesNotCount() throws Exception {
    EndpointStatuses statuses = new EndpointStatuses(List.of());
    statuses.changed(ID, new Condition(State.UP, ""));
    assertTrue(statuses.awaitUp(ID, Duration.ZERO));
    statuses.changes(ID);
    statuses.changes(ID);
    statuses.tried(ID);
    assertFalse(statuses.awaitUp(ID, Duration.ofMillis(1)));
    statuses.tried(ID);
    assertTrue(statuses.awaitUp(ID, Duration.ZERO));
  }
}
