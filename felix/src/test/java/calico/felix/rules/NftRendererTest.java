package calico.felix.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.dataplane.RenderedTable;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.state.AddressSet;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey;
import calico.felix.state.TrafficLimits;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.resource.Port;
import calico.model.resource.Rule;
import calico.model.resource.Unknown;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class NftRendererTest {
  private static final StateKey.PolicyId POLICY =
      new StateKey.PolicyId("NetworkPolicy", "shop", "web");
  private final RuleRenderer ipv4 = new NftRenderer(Family.IPV4, RulesConfig.defaults());
  private final RuleRenderer ipv6 = new NftRenderer(Family.IPV6, RulesConfig.defaults());

  private static ResolvedRule rule(
      Action action,
      @org.jspecify.annotations.Nullable Integer protocol,
      Side source,
      Side destination) {
    return new ResolvedRule(
        action, null, protocol, null, null, null, source, destination, Map.of());
  }

  private static Side nets(String... cidrs) {
    return new Side(
        List.of(cidrs).stream().map(Cidr::parse).toList(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static Side ports(Port... ports) {
    return new Side(
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(ports),
        List.of(),
        List.of(),
        List.of(),
        List.of());
  }

  private static String ingress(RuleRenderer renderer, ResolvedRule... rules) {
    Rendering rendering = renderer.policy(POLICY, new Policy(List.of(rules), List.of()));
    return RuleText.chain(rendering.objects(), "filter-cali-pi-np/shop/web");
  }

  @Test
  void aRuleIsOneRuleHoweverManyPortsAndNetsItHas() {
    ResolvedRule rule =
        rule(
            Action.ALLOW,
            6,
            nets("10.1.0.0/16", "10.1.2.0/24", "192.168.0.1/32", "fd00::/64"),
            ports(Port.of(80), Port.range(8000, 8080), Port.range(8081, 8090)));
    assertEquals(
        "l4proto eq 0x06 T+2/2 in [0x0050, 0x1f40-0x1f9a]"
            + " N+12/4 in [0x0a010000-0x0a01ffff, 0xc0a80001]"
            + " counter mark & 0xfffffeff ^ 0x00000100 set-mark return"
            + "  # NetworkPolicy(shop/web) ingress rule 0",
        ingress(ipv4, rule));
  }

  @Test
  void aRuleWithoutAnyNetOfAFamilyIsNotThereInThatFamily() {
    ResolvedRule rule = rule(Action.DENY, null, nets("10.0.0.0/8"), Side.ANY);
    assertEquals("", ingress(ipv6, rule));
    assertEquals(
        "N+12/4 & 0xff000000 ^ 0x00000000 eq 0x0a000000 counter tell drop"
            + "  # NetworkPolicy(shop/web) ingress rule 0",
        ingress(ipv4, rule));
  }

  @Test
  void negatedIcmpTypeAndCodeIsNotBoth() {
    ResolvedRule rule =
        new ResolvedRule(
            Action.DENY,
            6,
            58,
            null,
            null,
            new Rule.Icmp(128, 0, Unknown.NONE),
            Side.ANY,
            Side.ANY,
            Map.of());
    assertEquals(
        "l4proto eq 0x3a T+0/2 neq 0x8000 counter tell drop  # NetworkPolicy(shop/web) ingress rule 0",
        ingress(ipv6, rule));
    assertEquals("", ingress(ipv4, rule));
  }

  @Test
  void annotationsAreInTheCommentWhichHasALimit() {
    ResolvedRule rule =
        new ResolvedRule(
            Action.DENY,
            null,
            null,
            null,
            null,
            null,
            Side.ANY,
            Side.ANY,
            Map.of("owner", "a\"b", "text", "x".repeat(500)));
    String text = ingress(ipv4, rule);
    assertTrue(text.contains("rule 0 owner=a_b text=xxx"), text);
    assertTrue(text.length() < 200, text);
  }

  @Test
  void equalListsAreOneSetAndADifferentListIsAnother() {
    Rendering a = policy(80, 443);
    Rendering b = policy(443, 80);
    Rendering c = policy(80, 444);
    assertEquals(set(a), set(b));
    assertNotEquals(set(a), set(c));
  }

  private Rendering policy(int... numbers) {
    ResolvedRule rule =
        rule(Action.ALLOW, 6, Side.ANY, ports(Port.of(numbers[0]), Port.of(numbers[1])));
    return ipv4.policy(POLICY, new Policy(List.of(rule), List.of()));
  }

  private static NftKey set(Rendering rendering) {
    return rendering.objects().keySet().stream()
        .filter(k -> k instanceof SetKey)
        .findAny()
        .orElseThrow();
  }

  @Test
  void anEndpointsChainTriesTiersThenProfiles() {
    StateKey.PolicyId second = new StateKey.PolicyId("GlobalNetworkPolicy", "", "base");
    LocalEndpoint endpoint =
        new LocalEndpoint(
            "cali1",
            null,
            List.of(),
            List.of(
                new TierPolicies("default", false, List.of(POLICY, second), List.of()),
                new TierPolicies("baseline", true, List.of(second), List.of())),
            List.of(new StateKey.ProfileId("kns.shop")));
    Rendering rendering = ipv4.endpoint(endpoint);
    String undecided = "mark & 0x00000300 ^ 0x00000000 eq 0x00000000 ";
    NftKey.ChainKey list = listOf(rendering, "default");
    assertEquals(
        """
        ct-state & 0x01000000 ^ 0x00000000 neq 0x00000000 counter tell drop  # Invalid for conntrack
        mark & 0xfffffcff ^ 0x00000000 set-mark  # Nothing decided yet
        UNDECIDEDjump LIST  # NetworkPolicy(shop/web) and 1 more in tier default
        mark & 0x00000100 ^ 0x00000000 eq 0x00000100 return  # Allowed in tier default
        UNDECIDEDcounter tell drop  # End of tier default: no policy decided
        mark & 0xfffffdff ^ 0x00000000 set-mark  # Passed on by tier default
        UNDECIDEDjump BASELINE  # GlobalNetworkPolicy(base) in tier baseline
        mark & 0x00000100 ^ 0x00000000 eq 0x00000100 return  # Allowed in tier baseline
        mark & 0xfffffdff ^ 0x00000000 set-mark  # Passed on by tier baseline
        UNDECIDEDjump filter-cali-pri-kns.shop  # Profile(kns.shop)
        mark & 0x00000100 ^ 0x00000000 eq 0x00000000 counter tell drop  # No policy or profile allowed it\
        """
            .replace("UNDECIDED", undecided)
            .replace("LIST", list.name())
            .replace("BASELINE", listOf(rendering, "baseline").name()),
        RuleText.chain(rendering.objects(), toWorkload(rendering)));
    assertEquals(4, rendering.references().size());
  }

  @Test
  void endpointsThatAreAlikeShareTheirChains() {
    Rendering one = ipv4.endpoint(workload("cali1", "kns.shop", TrafficLimits.NONE));
    Rendering other = ipv4.endpoint(workload("cali2", "kns.shop", TrafficLimits.NONE));
    assertEquals(chains(one), chains(other));
    Rendering stranger = ipv4.endpoint(workload("cali3", "kns.other", TrafficLimits.NONE));
    assertTrue(Collections.disjoint(chains(one), chains(stranger)));
  }

  @Test
  void anEndpointWithALimitOfItsOwnHasAChainOfItsOwn() {
    TrafficLimits limits = new TrafficLimits(null, null, 5);
    Rendering one = ipv4.endpoint(workload("cali1", "kns.shop", limits));
    Rendering other = ipv4.endpoint(workload("cali2", "kns.shop", limits));
    assertNotEquals(toWorkload(one), toWorkload(other));
  }

  private static LocalEndpoint workload(String interfaceName, String profile, TrafficLimits to) {
    return new LocalEndpoint(
        interfaceName,
        null,
        List.of(),
        List.of(),
        List.of(new StateKey.ProfileId(profile)),
        to,
        TrafficLimits.NONE,
        List.of(),
        LocalEndpoint.Migration.NONE);
  }

  private static Set<NftKey> chains(Rendering rendering) {
    return rendering.objects().keySet().stream()
        .filter(key -> key instanceof NftKey.ChainKey)
        .collect(Collectors.toSet());
  }

  private static String toWorkload(Rendering rendering) {
    return rendering.objects().keySet().stream()
        .map(key -> key instanceof NftKey.ChainKey chain ? chain.name() : "")
        .filter(name -> name.startsWith("filter-cali-tw-"))
        .findAny()
        .orElseThrow();
  }

  private static NftKey.ChainKey listOf(Rendering rendering, String tier) {
    return rendering.lists().values().stream()
        .filter(list -> list.tier().equals(tier) && list.direction() == Direction.INGRESS)
        .findAny()
        .orElseThrow()
        .key();
  }

  @Test
  void whatIsMissingDeniesAndUnknownInterfacesToo() {
    Map<StateKey<?>, Object> state = new HashMap<>();
    state.put(
        new StateKey.Endpoint("k8s", "shop/a", "eth0"),
        new LocalEndpoint(
            "cali1", null, List.of(), List.of(), List.of(new StateKey.ProfileId("gone"))));
    NftMachine machine = new NftMachine(RenderedTable.of(ipv4, state));
    Packet packet = packet("cali1", "eth0");
    assertTrue(!machine.accepts(packet, "filter-FORWARD"));
    assertTrue(machine.decidedBy.endsWith("; Referred to, but not there"), machine.decidedBy);
    assertTrue(!machine.accepts(packet("eth0", "cali9"), "filter-FORWARD"));
    assertTrue(machine.decidedBy.endsWith("; Unknown interface"), machine.decidedBy);
    assertTrue(machine.accepts(packet("eth0", "eth1"), "filter-FORWARD"));
  }

  private static Packet packet(String input, String output) {
    return new Packet(
        input,
        output,
        calico.model.Ip.parse("10.0.0.1"),
        calico.model.Ip.parse("10.0.0.2"),
        6,
        1234,
        80);
  }

  @Test
  void aLogRuleLogsOnceAndDecidesNothing() {
    StateKey.SetId named = new StateKey.SetId("n:web");
    Side side =
        new Side(
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            List.of(Port.of(80)),
            List.of(),
            List.of(named),
            List.of(),
            List.of());
    ResolvedRule log = rule(Action.LOG, 6, Side.ANY, side);
    Map<StateKey<?>, Object> state = new HashMap<>();
    state.put(
        named,
        new AddressSet(
            AddressSet.Type.IP_AND_PORT,
            java.util.Set.of(
                new AddressSet.Member.IpPort(calico.model.Ip.parse("10.0.0.2"), 6, 80))));
    state.put(
        new StateKey.ProfileId("p"),
        new ProfileRules(List.of(), List.of(log, rule(Action.ALLOW, null, Side.ANY, Side.ANY))));
    state.put(
        new StateKey.Endpoint("k8s", "shop/a", "eth0"),
        new LocalEndpoint(
            "cali1", null, List.of(), List.of(), List.of(new StateKey.ProfileId("p"))));
    NftMachine machine = new NftMachine(RenderedTable.of(ipv4, state));
    assertTrue(machine.accepts(packet("cali1", "eth0"), "filter-FORWARD"));
    assertEquals(List.of("calico-packet: "), machine.logged);
  }

  @Test
  void aCommentsHashIsTheSameInEveryProcessAndChangesWithTheRule() {
    Map<NftKey, NftObject> table = RenderedTable.of(ipv4, Map.of());
    NftObject.NftChain raw =
        (NftObject.NftChain) table.get(new NftKey.ChainKey("raw-cali-PREROUTING"));
    String comment = java.util.Objects.requireNonNull(raw).rules().getFirst().comment();
    assertEquals("cali:42583d09718a29c6; Source is not the workload's own", comment);
  }
}
