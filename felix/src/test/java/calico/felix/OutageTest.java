package calico.felix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.ForwardingDatastore;
import calico.datastore.MemoryDatastore;
import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.state.StateKey;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.netlink.Netns;
import calico.netlink.nftables.Nftables;
import calico.netlink.nftables.Rule;
import calico.netlink.nftables.Table;
import calico.netlink.nftables.TableFamily;
import calico.netlink.route.Link;
import calico.netlink.route.NetworkEvent;
import calico.netlink.route.Route;
import calico.netlink.route.RouteFilter;
import calico.netlink.route.RouteMonitor;
import calico.netlink.route.Rtnetlink;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A datastore that is away for a while, with another content when it comes back. */
class OutageTest {
  private static final String NETNS = "calico-outage-" + ProcessHandle.current().pid();
  private static final Table TABLE = new Table(TableFamily.IP, "calico");
  private static final String POLICY =
      """
      apiVersion: projectcalico.org/v3
      kind: NetworkPolicy
      metadata: {name: %s, namespace: shop}
      spec: {selector: all(), ingress: [{action: Allow, protocol: TCP, destination: {ports: [%d]}}]}
      """;

  private static final String ENDPOINT =
      """
      apiVersion: projectcalico.org/v3
      kind: WorkloadEndpoint
      metadata: {name: n1-k8s-pod%1$d-eth0, namespace: shop}
      spec:
        node: n1
        orchestrator: k8s
        pod: pod%1$d
        endpoint: eth0
        ipNetworks: [10.65.0.%1$d/32]
        profiles: [open]
        interfaceName: cali%1$d
      """;

  @TempDir Path root;
  private final MemoryDatastore stored = new MemoryDatastore();
  private final Distant datastore = new Distant(stored);
  private Netns netns;
  private TestFelix felix;

  /** A datastore behind a network that can be cut. */
  private static final class Distant extends ForwardingDatastore {
    private final MemoryDatastore inner;
    private final AtomicInteger refused = new AtomicInteger();
    private volatile boolean away;

    Distant(MemoryDatastore inner) {
      super(inner);
      this.inner = inner;
    }

    void away(boolean now) {
      away = now;
      inner.breakWatches();
    }

    @Override
    protected Datastore reach() {
      if (away) {
        refused.incrementAndGet();
        throw new DatastoreException.Unavailable("the datastore is away", null);
      }
      return inner;
    }
  }

  @BeforeEach
  void makeNode() {
    netns = Netns.create(NETNS);
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      rt.setUp(rt.link("lo").map(Link::index).orElseThrow());
      for (int i = 1; i <= 3; i++) {
        rt.createBridge("cali" + i);
        rt.setUp(rt.link("cali" + i).map(Link::index).orElseThrow());
      }
    }
    put(TestFelix.CLUSTER);
    put(POLICY.formatted("kept", 1));
    put(POLICY.formatted("gone", 2));
    put(ENDPOINT.formatted(1));
    put(ENDPOINT.formatted(2));
    felix = new TestFelix(netns, root, datastore);
    felix.environment.put("FELIX_IPV6SUPPORT", "false");
    felix.start();
  }

  @AfterEach
  void removeNode() {
    felix.close();
    netns.close();
    Netns.delete(NETNS);
  }

  private void put(String yaml) {
    TestFelix.put(stored, yaml);
  }

  private static void await(String what, BooleanSupplier condition) {
    TestFelix.await(() -> what, condition);
  }

  private Set<String> routes() {
    try (Rtnetlink rt = Rtnetlink.open(netns)) {
      return rt.routes(RouteFilter.ALL.table(Route.TABLE_MAIN)).stream()
          .map(route -> route.destination().getHostAddress())
          .filter(destination -> destination.startsWith("10.65."))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  private List<String> chains(Nftables nftables) {
    return nftables.chains(TABLE).stream().map(chain -> chain.name() + chain.handle()).toList();
  }

  private boolean isUp(int pod) {
    StateKey.Endpoint id = new StateKey.Endpoint("k8s", "shop/pod" + pod, "eth0");
    Condition condition = felix.running().statuses().get(id);
    return condition != null && condition.state() == State.UP;
  }

  private static boolean hasPolicy(Nftables nftables, String name) {
    return nftables.rules(TABLE).stream().map(Rule::comment).anyMatch(c -> c.contains(name));
  }

  @Test
  void whatIsInTheKernelStaysAndThenOnlyWhatDiffersIsWritten() {
    ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
    try (Nftables nftables = Nftables.open(netns)) {
      await("both routes", () -> routes().equals(Set.of("10.65.0.1", "10.65.0.2")));
      await("both policies", () -> hasPolicy(nftables, "kept") && hasPolicy(nftables, "gone"));
      await("all tables, after which an endpoint is up", () -> isUp(1) && isUp(2));
      int before = nftables.generation();
      List<String> chains = chains(nftables);
      datastore.away(true);
      stored.delete(ResourceKey.of(Kinds.NETWORK_POLICY, "shop", "gone"), null);
      put(POLICY.formatted("new", 3));
      stored.delete(ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "n1-k8s-pod2-eth0"), null);
      put(ENDPOINT.formatted(3));
      await("it is asked for in vain, often", () -> datastore.refused.get() > 60);
      assertEquals(before, nftables.generation(), "the rules stay");
      assertEquals(Set.of("10.65.0.1", "10.65.0.2"), routes(), "the routes stay");

      try (RouteMonitor _ =
          RouteMonitor.start(
              netns,
              Set.of(RouteMonitor.Topic.ROUTES),
              event -> {
                if (event instanceof NetworkEvent.RouteEvent e) {
                  String destination = e.route().destination().getHostAddress();
                  if (destination.startsWith("10.65.")) {
                    told.add((e.present() ? "+" : "-") + destination);
                  }
                }
              })) {
        datastore.away(false);
        await("the routes of now", () -> routes().equals(Set.of("10.65.0.1", "10.65.0.3")));
        await(
            "the policies of now",
            () -> hasPolicy(nftables, "new") && !hasPolicy(nftables, "gone"));
        await("two changes of routes: " + told, () -> told.size() >= 2);
      }
      assertEquals(Set.of("+10.65.0.3", "-10.65.0.2"), Set.copyOf(told));
      assertEquals(2, told.size(), "no route was touched besides: " + told);
      int commits = nftables.generation() - before;
      // Four changes in two families, and the table that answers ARP for the endpoints among them.
      assertTrue(commits <= 4 * 2 + 2, "each change is one commit to a table: " + commits);
      List<String> kept = chains(nftables);
      kept = chains.stream().filter(kept::contains).toList();
      // Two of the endpoint that has gone, two of the policy, and the two lists that it was in.
      assertTrue(kept.size() >= chains.size() - 6, "the other chains are those of before: " + kept);
      System.out.printf("OutageTest: %d commits, routes %s%n", commits, told);
    }
  }
}
