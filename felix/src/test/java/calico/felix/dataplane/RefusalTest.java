package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.dataplane.FakeNftables.Call;
import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.monitor.DataplaneMetrics;
import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftRenderer;
import calico.felix.rules.RulesConfig;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.netlink.Errno;
import calico.netlink.NetlinkSocket;
import calico.netlink.nftables.Nftables;
import calico.netlink.route.NetworkEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A dataplane over a kernel that is played, refuses some things and does not tell of others. */
class RefusalTest {
  private static final StateKey.PolicyId BAD = policy("bad");
  private static final StateKey.PolicyId GOOD = policy("good");
  private static final String BAD_CHAIN = "filter-cali-pi-gnp/bad";
  private static final String GOOD_CHAIN = "filter-cali-pi-gnp/good";
  private static final String STAND_IN = "Cannot be programmed";
  private static final int NEWRULE = 6;
  private static final int NEWSETELEM = 12;

  private final VirtualTime time = new VirtualTime();
  private final FakeKernel kernel = new FakeKernel((_, _) -> {});
  private final Nftables inspector =
      new Nftables(new NetlinkSocket(kernel.socket(FakeKernel.Faults.NONE)));
  private final Map<StateKey<?>, Condition> conditions = new HashMap<>();
  private final DataplaneMetrics metrics = new DataplaneMetrics();
  private final Set<Throwable> failures = new HashSet<>();
  private Predicate<Call> refused = _ -> false;
  private boolean refusesAll;
  private Runnable afterEach = () -> {};

  private final FakeKernel.Faults faults =
      new FakeKernel.Faults() {
        @Override
        public int refusal() {
          return refusesAll ? Errno.ENOBUFS : 0;
        }

        @Override
        public int refusal(Call call) {
          return refused.test(call) ? Errno.EINVAL : 0;
        }

        @Override
        public void after() {
          afterEach.run();
        }
      };

  private final FakeEnvironment environment =
      new FakeEnvironment(
          time,
          new Random(1),
          kernel,
          faults,
          new SimulatedHost(new Random(1), false, (_, _) -> {}).settings(faults),
          failures::add);
  private final Dataplane dataplane =
      new Dataplane(
          new DataplaneConfig(
              RulesConfig.defaults(),
              false,
              new InterfaceConfig(true, List.of(), Duration.ZERO),
              Duration.ZERO,
              Duration.ZERO,
              DeviceRoutes.defaults(),
              true,
              OverlayConfig.defaults(),
              false),
          new StatusListener() {
            @Override
            public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {
              conditions.put(endpoint, condition);
            }

            @Override
            public void removed(StateKey.EndpointKey<?> endpoint) {
              conditions.remove(endpoint);
            }
          },
          metrics,
          environment);

  private static StateKey.PolicyId policy(String name) {
    return new StateKey.PolicyId("GlobalNetworkPolicy", "", name);
  }

  /** Not of what denies in its place. */
  private static boolean isRuleOfBad(Call call) {
    return call.type() == NEWRULE
        && call.string(2).equals(BAD_CHAIN)
        && !new String(call.attributes(), StandardCharsets.ISO_8859_1).contains(STAND_IN);
  }

  private void start() {
    kernel.network.add("cali1", true);
    kernel.network.add("cali2", true);
    dataplane.start();
    time.run(Duration.ofMillis(1));
  }

  private void apply() {
    var open = List.of(Node.rule(Side.ANY, Side.ANY, null));
    dataplane.apply(
        List.of(
            new StateChange.Put<>(Node.OPEN, new ProfileRules(open, open)),
            new StateChange.Put<>(BAD, new Policy(open, open)),
            new StateChange.Put<>(GOOD, new Policy(open, open)),
            new StateChange.Put<>(Node.endpoint(1), Node.local(1, tiers(BAD))),
            new StateChange.Put<>(Node.endpoint(2), Node.local(2, tiers(GOOD))),
            new StateChange.InSync()),
        () -> {});
    time.run(Duration.ofMillis(1));
  }

  private static List<TierPolicies> tiers(StateKey.PolicyId policy) {
    return List.of(new TierPolicies("default", false, List.of(policy), List.of(policy)));
  }

  private NftablesTarget target(Nftables nftables) {
    return new NftablesTarget(
        nftables,
        Kernel.table(Family.IPV4),
        new NftRenderer(Family.IPV4, RulesConfig.defaults()).closed(STAND_IN),
        () -> {});
  }

  private List<String> comments(String chain) {
    NftObject found = target(inspector).list().get(new ChainKey(chain));
    return found instanceof NftChain c
        ? c.rules().stream().map(rule -> rule.comment().replaceAll(".*; ", "")).toList()
        : List.of();
  }

  @Test
  void aPolicyWithARefusedRuleDeniesAndSaysSoAndTheRestIsProgrammed() {
    start();
    refused = RefusalTest::isRuleOfBad;
    apply();
    time.run(Duration.ofSeconds(5));
    assertEquals(List.of(STAND_IN), comments(BAD_CHAIN));
    Condition bad = conditions.get(Node.endpoint(1));
    assertNotNull(bad);
    assertEquals(StatusListener.State.ERROR, bad.state());
    assertTrue(bad.reason().contains("pi-gnp/bad"), bad.reason());
    assertFalse(metrics.unprogrammed().isEmpty());
    assertEquals(Condition.UP, conditions.get(Node.endpoint(2)));
    assertTrue(comments(GOOD_CHAIN).toString().contains("good"));

    refused = _ -> false;
    time.run(Duration.ofSeconds(30));
    assertEquals(Condition.UP, conditions.get(Node.endpoint(1)));
    assertTrue(metrics.unprogrammed().isEmpty());
    assertTrue(comments(BAD_CHAIN).toString().contains("bad"), comments(BAD_CHAIN).toString());
    assertEquals(Set.of(), failures);
  }

  @Test
  void aPolicyThatWasOpenDeniesWhenSeveralOfItsRulesAreRefused() {
    start();
    apply();
    assertTrue(comments(BAD_CHAIN).toString().contains("bad"), comments(BAD_CHAIN).toString());
    refused = RefusalTest::isRuleOfBad;
    var open = Node.rule(Side.ANY, Side.ANY, null);
    var several = List.of(open, open, open);
    dataplane.apply(List.of(new StateChange.Put<>(BAD, new Policy(several, several))), () -> {});
    time.run(Duration.ofSeconds(5));
    assertEquals(List.of(STAND_IN), comments(BAD_CHAIN));
  }

  /** Not even that a chain denies: then all stays as it was, and is tried again. */
  @Test
  void noneOfABatchIsThereWhileAChainCannotDeny() {
    start();
    apply();
    List<String> before = comments(BAD_CHAIN);
    List<String> beside = comments(GOOD_CHAIN);
    refused = call -> call.type() == NEWRULE && call.string(2).equals(BAD_CHAIN);
    var open = Node.rule(Side.ANY, Side.ANY, null);
    Policy other = new Policy(List.of(open, open), List.of());
    dataplane.apply(
        List.of(new StateChange.Put<>(BAD, other), new StateChange.Put<>(GOOD, other)), () -> {});
    time.run(Duration.ofSeconds(1));
    assertEquals(before, comments(BAD_CHAIN));
    assertEquals(beside, comments(GOOD_CHAIN));

    refused = _ -> false;
    time.run(Duration.ofSeconds(30));
    assertEquals(2, comments(BAD_CHAIN).size());
    assertEquals(2, comments(GOOD_CHAIN).size());
    assertEquals(Set.of(), failures);
  }

  @Test
  void workloadsAreGuardedAsSoonAsTheKernelTakesATable() {
    refusesAll = true;
    start();
    assertFalse(kernel.nftables.hasTable(2, Kernel.TABLE));
    refusesAll = false;
    time.run(Duration.ofSeconds(1));
    assertTrue(comments("filter-cali-to-wl-dispatch").contains("Unknown interface"));
    assertEquals(Set.of(), failures);
    apply();
    assertEquals(Condition.UP, conditions.get(Node.endpoint(1)), "interfaces are known, too");
  }

  /** What a part of the state lacks would deny, traffic of the host's, too. */
  @Test
  void aPartOfTheStateIsNotWrittenWhenTheTableComesLate() {
    refusesAll = true;
    start();
    refusesAll = false;
    var open = List.of(Node.rule(Side.ANY, Side.ANY, null));
    dataplane.apply(List.of(new StateChange.Put<>(BAD, new Policy(open, open))), () -> {});
    time.run(Duration.ofSeconds(1));
    assertEquals(List.of(), comments(BAD_CHAIN));
    apply();
    assertTrue(comments(BAD_CHAIN).toString().contains("bad"), comments(BAD_CHAIN).toString());
    assertEquals(Set.of(), failures);
  }

  @Test
  void thereIsNoMomentWithATableThatGuardsNothing() {
    Set<Boolean> guards = new HashSet<>();
    afterEach =
        () -> {
          if (kernel.nftables.hasTable(2, Kernel.TABLE)) {
            guards.add(!comments("filter-FORWARD").isEmpty());
          }
        };
    start();
    assertEquals(Set.of(true), guards);
  }

  @Test
  void whatTheKernelHasNotToldIsPutRight() {
    start();
    apply();
    List<FakeNetwork.RouteKey> routes = List.copyOf(kernel.network.routes.keySet());
    assertEquals(2, routes.size());
    kernel.network.removeRoute(routes.getFirst());
    environment.tell(new NetworkEvent.Overrun());
    time.run(Duration.ofMillis(1));
    assertEquals(Set.copyOf(routes), kernel.network.routes.keySet());
  }

  /** Whether the set comes with the element, or is there already. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aChainDeniesAsLongAsAnElementOfItsSetIsRefused(boolean isThere) {
    NftablesTarget target = target(new Nftables(new NetlinkSocket(kernel.socket(faults))));
    NftRenderer renderer = new NftRenderer(Family.IPV4, RulesConfig.defaults());
    assertEquals(Map.of(), target.apply(renderer.always().objects(), Set.of()));
    Map<NftKey, NftObject> set = renderer.set(Node.CLIENTS, Node.clients().type()).objects();
    if (isThere) {
      assertEquals(Map.of(), target.apply(set, Set.of()));
    }
    target.list();
    NftObject.NftElement element = renderer.net(Cidr.parse("10.65.0.1/32"));
    var rule = Node.rule(Node.from(Node.CLIENTS), Side.ANY, null);
    Map<NftKey, NftObject> added = new HashMap<>(isThere ? Map.of() : set);
    added.put(element.key(renderer.setKey(Node.CLIENTS)), element);
    added.putAll(renderer.policy(BAD, new Policy(List.of(rule), List.of())).objects());
    refused = call -> call.type() == NEWSETELEM;
    Map<NftKey, Exception> failed = target.apply(added, Set.of());
    assertTrue(failed.containsKey(new ChainKey(BAD_CHAIN)), failed.toString());
    assertEquals(List.of(STAND_IN), comments(BAD_CHAIN));
  }
}
