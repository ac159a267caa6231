package calico.felix.calc;

import static calico.felix.calc.Yamls.document;
import static calico.felix.calc.Yamls.globalPolicy;
import static calico.felix.calc.Yamls.globalSet;
import static calico.felix.calc.Yamls.pod;
import static calico.felix.calc.Yamls.policy;
import static calico.felix.calc.Yamls.pool;
import static calico.felix.calc.Yamls.profile;
import static calico.felix.calc.Yamls.tier;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.LocalEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.Pool;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.key.IpamKey;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What applies to an endpoint, and when it is emitted. Every flush is also compared. */
class CalcGraphTest {
  private static final String WEB = pod("n1", "shop/web", "10.0.0.1", "app: web", "");
  private static final StateKey.Endpoint WEB_ID = endpoint("web");

  private final CheckedGraph graph = CheckedGraph.of("n1", "");

  private static StateKey.Endpoint endpoint(String pod) {
    return new StateKey.Endpoint("k8s", "shop/" + pod, "eth0");
  }

  private LocalEndpoint endpoint(StateKey.Endpoint id) {
    return assertInstanceOf(LocalEndpoint.class, graph.state().get(id));
  }

  /** The tiers of an endpoint such as {@code default(deny) in=a,b out=c}. */
  private List<String> tiers(StateKey.Endpoint id) {
    return endpoint(id).tiers().stream()
        .map(
            t ->
                "%s(%s) in=%s out=%s"
                    .formatted(
                        t.tier(),
                        t.passByDefault() ? "pass" : "deny",
                        names(t.ingress()),
                        names(t.egress())))
        .toList();
  }

  private static String names(List<StateKey.PolicyId> ids) {
    return String.join(",", ids.stream().map(StateKey.PolicyId::name).toList());
  }

  private static StateKey.PolicyId global(String name) {
    return new StateKey.PolicyId("GlobalNetworkPolicy", "", name);
  }

  private List<String> changes(List<StateChange> changes) {
    return changes.stream()
        .map(
            change ->
                switch (change) {
                  case StateChange.Put<?> put -> "put " + put.key().getClass().getSimpleName();
                  case StateChange.Removed removed ->
                      "remove " + removed.key().getClass().getSimpleName();
                  case StateChange.MembersChanged _ -> "members";
                  case StateChange.InSync _ -> "in sync";
                })
        .toList();
  }

  @Test
  void nothingBeforeInSyncAndInSyncOnce() {
    CheckedGraph late = new CheckedGraph("n1", _ -> true);
    assertEquals(List.of(), late.apply(WEB + pool("p", "cidr: 10.0.0.0/16")));
    late.inSync();
    assertEquals(List.of("put Endpoint", "put PoolId", "in sync"), changes(late.flush()));
    assertEquals(List.of(), late.flush());
  }

  @Test
  void anEndpointHasWhatItsResourceSays() {
    graph.apply(
        document(
            "WorkloadEndpoint",
            "{name: n1-cni-c0ffee-eth--0, namespace: default}",
            "node: n1, orchestrator: cni, containerID: c0ffee, endpoint: eth-0, interfaceName:"
                + " cali1, mac: 'aa:bb:cc:dd:ee:ff', ipNetworks: [10.0.0.1/32, 'fd00::1'],"
                + " profiles: [projectcalico-default-allow]"));
    assertEquals(
        new LocalEndpoint(
            "cali1",
            "aa:bb:cc:dd:ee:ff",
            List.of(Cidr.parse("10.0.0.1"), Cidr.parse("fd00::1")),
            List.of(),
            List.of(new StateKey.ProfileId("projectcalico-default-allow"))),
        graph.state().get(new StateKey.Endpoint("cni", "default/c0ffee", "eth-0")));
  }

  @Test
  void endpointsElsewhereOrWithoutAddressOrInterfaceAreNotProgrammed() {
    graph.apply(
        pod("n2", "shop/far", "10.0.0.2", "", "")
            + WEB.replace("\"10.0.0.1\"", "")
            + WEB.replace("interfaceName: cali-web", "interfaceName: ''")
            + WEB.replace("{name: n1-", "{name: other-"));
    assertTrue(graph.state().isEmpty());
  }

  @Test
  void everythingArrivesBeforeItIsReferredToAndLeavesAfter() {
    CheckedGraph fresh = new CheckedGraph("n1", _ -> true);
    fresh.inSync();
    String yaml =
        WEB.replace("ipNetworks", "profiles: [p], ipNetworks")
            + profile("p", "")
            + pool("p", "cidr: 10.0.0.0/16")
            + globalPolicy("g", "ingress: [{action: Allow, source: {selector: has(x)}}]");
    assertEquals(
        List.of(
            "put SetId", "put PolicyId", "put ProfileId", "put Endpoint", "put PoolId", "in sync"),
        changes(fresh.apply(yaml)));
    assertEquals(
        List.of(
            "remove Endpoint",
            "remove ProfileId",
            "remove PolicyId",
            "remove SetId",
            "remove PoolId"),
        changes(fresh.delete(yaml)));
  }

  @Test
  void repeatedAndCoalescedUpdatesDoNothing() {
    graph.apply(WEB + globalPolicy("g", "ingress: [{action: Deny}]"));
    assertEquals(List.of(), graph.apply(WEB + globalPolicy("g", "ingress: [{action: Deny}]")));
    assertEquals(List.of(), graph.delete(globalPolicy("other", "")));
    graph.remove(WEB);
    assertEquals(List.of(), graph.apply(WEB), "gone and back between two flushes");
  }

  @Test
  void keysOfOtherKindsAreIgnored() {
    new CalcGraph(new CalcConfig("n1", _ -> true)).onUpdate(new IpamKey.Config(), null);
    assertEquals(List.of(), graph.apply(document("Node", "{name: n1}", "")));
  }

  @Test
  void tiersThatExistComeFirstThenByOrderThenByName() {
    StringBuilder yaml = new StringBuilder(WEB);
    for (String name : List.of("t1", "t2", "t3", "t4", "gone-b", "gone-a")) {
      yaml.append(globalPolicy(name + "-policy", "tier: " + name + ", types: [Ingress]"));
    }
    yaml.append(tier("t1", "order: 7"))
        .append(tier("t2", "order: 3, defaultAction: Pass"))
        .append(tier("t3", "order: 3"))
        .append(tier("t4", ""));
    graph.apply(yaml.toString());
    List<String> expected =
        List.of(
            "t2(pass) in=t2-policy out=",
            "t3(deny) in=t3-policy out=",
            "t1(deny) in=t1-policy out=",
            "t4(deny) in=t4-policy out=",
            "gone-a(deny) in=gone-a-policy out=",
            "gone-b(deny) in=gone-b-policy out=");
    assertEquals(expected, tiers(WEB_ID));
    graph.delete(tier("t2", ""));
    assertEquals(expected.get(1), tiers(WEB_ID).getFirst());
    assertEquals("t2(deny) in=t2-policy out=", tiers(WEB_ID).getLast());
  }

  @Test
  void policiesComeByOrderThenByNameNamespaceKind() {
    graph.apply(
        WEB
            + globalPolicy("b", "order: 10")
            + globalPolicy("a", "order: 10")
            + policy("shop/a", "order: 10")
            + policy("other/a", "order: 1")
            + globalPolicy("z", "order: -5.5")
            + globalPolicy("last", ""));
    assertEquals(List.of("default(deny) in=z,a,a,b,last out=z,a,a,b,last"), tiers(WEB_ID));
    assertEquals(
        List.of("", "", "shop", "", ""),
        endpoint(WEB_ID).tiers().getFirst().ingress().stream()
            .map(StateKey.PolicyId::namespace)
            .toList());
    graph.apply(globalPolicy("z", "order: 11"));
    assertEquals(List.of("default(deny) in=a,a,b,z,last out=a,a,b,z,last"), tiers(WEB_ID));
  }

  @Test
  void typesSayWhichDirectionsAPolicyGoverns() {
    graph.apply(
        WEB
            + globalPolicy("both", "types: [Egress, Ingress]")
            + globalPolicy("in", "types: [Ingress]")
            + globalPolicy("none", "")
            + globalPolicy("out", "types: [Egress]"));
    assertEquals(List.of("default(deny) in=both,in,none out=both,none,out"), tiers(WEB_ID));
  }

  @Test
  void policiesBeforeConntrackOrDnatAreNotForWorkloads() {
    graph.apply(
        WEB
            + globalPolicy("raw", "doNotTrack: true, applyOnForward: true")
            + globalPolicy("dnat", "preDNAT: true, applyOnForward: true"));
    assertEquals(List.of(), tiers(WEB_ID));
    assertNull(graph.state().get(global("raw")));
    graph.apply(globalPolicy("raw", ""));
    assertEquals(List.of("default(deny) in=raw out=raw"), tiers(WEB_ID));
  }

  @Test
  void onlyPoliciesThatApplyToSomethingHereExist() {
    String rules = "ingress: [{action: Allow, source: {selector: has(x)}}], selector: ";
    graph.apply(WEB + globalPolicy("g", rules + "app == 'db'"));
    assertEquals(Set.of(WEB_ID), graph.state().keySet());
    graph.apply(globalPolicy("g", rules + "app == 'web'"));
    assertEquals(3, graph.state().size());
    graph.apply(WEB.replace("app: web", "app: cache"));
    assertEquals(Set.of(WEB_ID), graph.state().keySet());
    graph.apply(
        globalPolicy("g", "performanceHints: [AssumeNeededOnEveryNode], " + rules + "has(none)"));
    assertEquals(3, graph.state().size(), "asked for on every node");
    assertEquals(List.of(), tiers(WEB_ID));
  }

  @Test
  void aPolicyWithAnUnreadableSelectorIsAbsentWithUnreadableRulesDenies() {
    graph.apply(WEB + globalPolicy("g", "selector: 'app ='"));
    assertEquals(List.of(), tiers(WEB_ID));
    graph.apply(globalPolicy("g", "ingress: [{action: Allow, source: {nets: [10.0.0]}}]"));
    Policy policy = assertInstanceOf(Policy.class, graph.state().get(global("g")));
    assertEquals(ResolvedRule.Action.DENY, policy.ingress().getFirst().action());
  }

  @Test
  void whatIsNotValidIsAbsent() {
    CheckedGraph strict =
        new CheckedGraph("n1", r -> !r.metadata().annotations().containsKey("bad"));
    strict.inSync();
    strict.apply(WEB);
    strict.apply(WEB.replace("labels:", "annotations: {bad: ''}, labels:"));
    assertTrue(strict.state().isEmpty());
  }

  @Test
  void aMissingProfileDeniesAndTheDefaultOneAllows() {
    graph.apply(
        WEB.replace("ipNetworks", "profiles: [p, projectcalico-default-allow], ipNetworks"));
    assertEquals(ResolvedRule.Action.DENY, profileAction("p"));
    assertEquals(ResolvedRule.Action.ALLOW, profileAction("projectcalico-default-allow"));
    graph.apply(profile("p", "ingress: [{action: Pass}]"));
    assertEquals(ResolvedRule.Action.PASS, profileAction("p"));
    graph.delete(profile("p", ""));
    assertEquals(ResolvedRule.Action.DENY, profileAction("p"));
  }

  private ResolvedRule.Action profileAction(String name) {
    ProfileRules rules =
        assertInstanceOf(ProfileRules.class, graph.state().get(new StateKey.ProfileId(name)));
    return rules.ingress().getFirst().action();
  }

  @Test
  void theDataplaneIsToldOfBothEndpointsThatClaimAnInterface() {
    String later = pod("n1", "shop/zeb", "10.0.0.9", "", "").replace("cali-zeb", "cali-web");
    graph.apply(later + globalPolicy("g", ""));
    assertEquals("cali-web", endpoint(endpoint("zeb")).interfaceName());
    graph.apply(WEB);
    assertEquals("cali-web", endpoint(endpoint("zeb")).interfaceName());
    assertEquals("cali-web", endpoint(WEB_ID).interfaceName());
    graph.delete(WEB);
    assertEquals("cali-web", endpoint(endpoint("zeb")).interfaceName());
    assertFalse(graph.state().containsKey(WEB_ID));
  }

  @Test
  void poolsByPrefixTheFirstByNameCounts() {
    StateKey.PoolId id = new StateKey.PoolId(Cidr.parse("10.0.0.0/16"));
    graph.apply(pool("b", "cidr: 10.0.0.0/16, natOutgoing: true, disabled: true"));
    assertEquals(new Pool(true), graph.state().get(id));
    graph.apply(pool("a", "cidr: 10.0.0.0/16"));
    assertEquals(new Pool(false), graph.state().get(id));
    graph.apply(pool("a", "cidr: 'fd00::/64', natOutgoing: true"));
    assertEquals(new Pool(true), graph.state().get(id));
    graph.apply(pool("b", "cidr: 10.0.0.0/16, allowedUses: [LoadBalancer]"));
    assertEquals(Set.of(new StateKey.PoolId(Cidr.parse("fd00::/64"))), graph.state().keySet());
  }

  @Test
  void aChangeOfOneAddressIsOneMembersChange() {
    graph.apply(
        WEB
            + globalSet("s", "threat: bad", "1.1.1.1, 2.2.2.2")
            + globalPolicy("g", "ingress: [{action: Deny, source: {selector: has(threat)}}]"));
    List<StateChange> changes = graph.apply(globalSet("s", "threat: bad", "1.1.1.1, 3.3.3.3"));
    assertEquals(List.of("members"), changes(changes));
    assertEquals(List.of(), graph.apply(globalSet("s", "threat: worse", "1.1.1.1, 3.3.3.3")));
  }

  /** They say what would be, and are nothing to a node. */
  @Test
  void aStagedPolicyHasNoEffect() {
    graph.apply(WEB + globalPolicy("shut", "selector: all(), types: [Ingress, Egress]"));
    List<String> before = tiers(WEB_ID);
    String staged = "stagedAction: Set, selector: all(), types: [Ingress, Egress]";
    List<StateChange> changes =
        graph.apply(
            document("StagedGlobalNetworkPolicy", "{name: staged}", staged)
                + document("StagedNetworkPolicy", "{name: staged, namespace: shop}", staged)
                + document(
                    "StagedKubernetesNetworkPolicy",
                    "{name: staged, namespace: shop}",
                    "stagedAction: Set, podSelector: {}, policyTypes: [Ingress]")
                + document(
                    "StagedGlobalNetworkPolicy",
                    "{name: shut}",
                    "stagedAction: Delete, selector: all(), types: [Ingress]"));
    assertEquals(List.of(), changes);
    assertEquals(before, tiers(WEB_ID));
  }
}
