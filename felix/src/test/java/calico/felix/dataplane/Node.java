package calico.felix.dataplane;

import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.monitor.DataplaneMetrics;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.resource.Port;
import calico.netlink.Netns;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A node in a namespace with a dataplane and two workloads; the second admits the first on 8080.
 */
final class Node implements AutoCloseable {
  static final StateKey.PolicyId WEB = new StateKey.PolicyId("NetworkPolicy", "shop", "web");
  static final StateKey.SetId CLIENTS = new StateKey.SetId("s:clients");
  static final StateKey.ProfileId OPEN = new StateKey.ProfileId("open");
  private static final String HOST_MAC = "ee:ee:ee:ee:ee:ee";

  final Lab lab = new Lab();
  final Netns host = lab.netns("host");
  final Netns first;
  final Netns second;
  final Traffic traffic = new Traffic();
  final Map<StateKey<?>, Object> state = new LinkedHashMap<>();
  final Map<StateKey.EndpointKey<?>, Condition> conditions = new ConcurrentHashMap<>();
  DataplaneConfig config = DataplaneConfig.defaults();
  Environment environment = Environment.host();
  final DataplaneMetrics metrics = new DataplaneMetrics();
  private @Nullable Dataplane dataplane;

  Node() {
    for (String conf : List.of("all", "default")) {
      Lab.run(
          "ip netns exec "
              + lab.name("host")
              + " sysctl -q net.ipv6.conf."
              + conf
              + ".accept_dad=0");
    }
    // A host answers ARP for the workloads' gateway only if it has a route there.
    lab.ip("host", "link add uplink type veth peer name far");
    lab.ip("host", "addr add 198.51.100.1/24 dev uplink");
    lab.ip("host", "link set uplink up");
    lab.ip("host", "link set far up");
    lab.ip("host", "route add default via 198.51.100.254");
    first = workload(1);
    second = workload(2);
    state.put(CLIENTS, clients("10.65.0.1/32", "fd00:65::1/128"));
    state.put(
        OPEN,
        new ProfileRules(
            List.of(rule(Side.ANY, Side.ANY, null)), List.of(rule(Side.ANY, Side.ANY, null))));
    state.put(
        WEB,
        new Policy(
            List.of(rule(from(CLIENTS), port(8080), 6), rule(from(CLIENTS), port(8080), 17)),
            List.of()));
    state.put(endpoint(1), local(1, List.of()));
    state.put(
        endpoint(2),
        local(2, List.of(new TierPolicies("default", false, List.of(WEB), List.of()))));
  }

  static AddressSet clients(String... cidrs) {
    Set<Member> members = new java.util.HashSet<>();
    for (String cidr : cidrs) {
      members.add(new Member.Net(Cidr.parse(cidr)));
    }
    return new AddressSet(AddressSet.Type.NETS, members);
  }

  static StateKey.Endpoint endpoint(int number) {
    return new StateKey.Endpoint("k8s", "shop/pod" + number, "eth0");
  }

  static LocalEndpoint local(int number, List<TierPolicies> tiers) {
    return new LocalEndpoint(
        "cali" + number,
        mac(number),
        List.of(Cidr.parse("10.65.0." + number + "/32"), Cidr.parse("fd00:65::" + number + "/128")),
        tiers,
        List.of(OPEN));
  }

  static String mac(int number) {
    return "0a:00:00:00:00:0" + number;
  }

  static ResolvedRule rule(Side source, Side destination, @Nullable Integer protocol) {
    return new ResolvedRule(
        ResolvedRule.Action.ALLOW, null, protocol, null, null, null, source, destination, Map.of());
  }

  static Side from(StateKey.SetId set) {
    return new Side(
        List.of(),
        List.of(),
        List.of(set),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  static Side port(int port) {
    return new Side(
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(Port.of(port)),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  /** As the CNI plugin does it, but for the routes of the host. */
  Netns workload(int number) {
    String name = "w" + number;
    Netns netns = lab.netns(name);
    connect(number);
    return netns;
  }

  void connect(int number) {
    String name = "w" + number;
    Lab.run("ip netns exec " + lab.name(name) + " sysctl -q net.ipv6.conf.default.accept_dad=0");
    lab.ip(
        "host",
        "link add cali"
            + number
            + " address "
            + HOST_MAC
            + " type veth peer name eth0 address "
            + mac(number)
            + " netns "
            + lab.name(name));
    lab.ip(name, "link set eth0 up");
    lab.ip(name, "addr add 10.65.0." + number + "/32 dev eth0");
    lab.ip(name, "route add 169.254.1.1 dev eth0 scope link");
    lab.ip(name, "route add default via 169.254.1.1");
    lab.ip(name, "addr add fd00:65::" + number + "/128 dev eth0 nodad");
    lab.ip(name, "route add default via fe80::ecee:eeff:feee:eeee dev eth0");
    lab.ip("host", "link set cali" + number + " up");
  }

  /** Starts a dataplane that is not told anything yet. */
  void startUntold() {
    Dataplane started = new Dataplane(config, new Listener(), metrics, environment);
    environment = Environment.host();
    dataplane = started;
    host.run(started::start);
  }

  /** Starts a dataplane on the whole state, and waits until it was tried. */
  void start() {
    startUntold();
    List<StateChange> changes = new ArrayList<>();
    state.forEach((key, value) -> changes.add(put(key, value)));
    changes.add(new StateChange.InSync());
    apply(changes);
  }

  @SuppressWarnings("unchecked") // keys and values are put together
  static <V> StateChange put(StateKey<V> key, Object value) {
    return new StateChange.Put<>(key, (V) value);
  }

  void apply(StateChange... changes) {
    apply(List.of(changes));
  }

  private void apply(List<StateChange> changes) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    if (dataplane == null) {
      throw new IllegalStateException("not started");
    }
    dataplane.apply(changes, () -> done.complete(true));
    try {
      done.get(10, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  void stop() {
    if (dataplane != null) {
      dataplane.close();
      dataplane = null;
    }
  }

  void awaitUp(int number) {
    Lab.await(
        "endpoint " + number + " is up: " + conditions,
        () -> Condition.UP.equals(conditions.get(endpoint(number))));
  }

  void awaitDown(int number) {
    Lab.await(
        "endpoint " + number + " is down: " + conditions,
        () -> conditions.getOrDefault(endpoint(number), Condition.UP).state() == State.DOWN);
  }

  private final class Listener implements StatusListener {
    @Override
    public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {
      conditions.put(endpoint, condition);
    }

    @Override
    public void removed(StateKey.EndpointKey<?> endpoint) {
      conditions.remove(endpoint);
    }
  }

  @Override
  public void close() {
    stop();
    traffic.close();
    lab.close();
  }
}
