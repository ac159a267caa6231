package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftChain;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.rules.RulesConfig.DenyAction;
import calico.model.Family;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.CtState;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Element;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Cmp;
import calico.netlink.nftables.Expr.CmpOp;
import calico.netlink.nftables.Expr.Fib;
import calico.netlink.nftables.Expr.FibFlag;
import calico.netlink.nftables.Expr.FibResult;
import calico.netlink.nftables.Expr.MapLookup;
import calico.netlink.nftables.Expr.Meta;
import calico.netlink.nftables.Hook;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.MetaKey;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.SetSpec.MapTarget;
import calico.netlink.nftables.Value;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a packet finds its endpoint's chain, and what does not depend on any endpoint.
 *
 * <pre>
 * raw-PREROUTING      -&gt; raw-cali-PREROUTING: from a workload with a foreign source? drop
 * filter-INPUT        -&gt; filter-cali-INPUT: from a workload? goto wl-to-host
 *   wl-to-host        -&gt; from-wl-dispatch, then what DefaultEndpointToHostAction says
 * filter-FORWARD      -&gt; filter-cali-FORWARD: known connection? accept
 *                        from a workload? from-wl-dispatch; to a workload? to-wl-dispatch;
 *                        to a service that nobody has translated? cidr-block; accept
 *   from-wl-dispatch  -&gt; map by input interface to a label, from that to fw-LABEL; unknown: deny
 *   to-wl-dispatch    -&gt; map by output interface to a label, from that to tw-LABEL; unknown: deny
 * nat-PREROUTING      -&gt; nat-cali-PREROUTING: metadata service, floating addresses
 * nat-POSTROUTING     -&gt; nat-cali-POSTROUTING -&gt; nat-outgoing, while a pool asks for it
 * </pre>
 *
 * From the host to its own workloads everything is allowed, so there is no chain at OUTPUT.
 */
final class StaticChains {
  private static final int ICMPV6 = 58;

  /** Multicast listener query, report, done; router and neighbour solicitation; advertisement. */
  private static final int[] ICMPV6_TO_HOST = {130, 131, 132, 133, 135, 136};

  private static final int RAW = -300;
  private static final int FILTER = 0;

  private static final int DESTINATION_NAT = -100;

  /** After the host's own source NAT (100), which then has precedence. */
  private static final int SOURCE_NAT = 110;

  /** The register's word where a label is, after one that does not count. */
  private static final int LABEL = 8;

  private final Family family;
  private final RulesConfig config;
  private final @Nullable OpenStackRules openStack;
  private final Map<NftKey, NftObject> objects = new LinkedHashMap<>();

  private StaticChains(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
    this.openStack =
        config.openStack() == null ? null : new OpenStackRules(family, config.openStack());
  }

  static Rendering render(Family family, RulesConfig config) {
    StaticChains chains = new StaticChains(family, config);
    chains.sets();
    chains.tables();
    chains.antiSpoofing();
    chains.input();
    chains.forward();
    if (config.floatingIps()) {
      chains.sourceNat();
    }
    chains.destinationNat();
    chains.objects.putAll(new TunnelChains(family, config).wireguard());
    return new Rendering(chains.objects, Set.of());
  }

  /**
   * What a pool's packets need to leave all pools with an address of the host's. With a hook for
   * NAT, wherever it is, the kernel asks for every new connection what its translation is, which is
   * a tenth of what a connection costs; so it is there only while something is translated.
   */
  static Rendering natOutgoing(Family family, RulesConfig config) {
    if (config.floatingIps()) {
      return Rendering.NOTHING; // the hook is there already
    }
    StaticChains chains = new StaticChains(family, config);
    chains.sourceNat();
    return new Rendering(chains.objects, Set.of());
  }

  private ChainBuilder build() {
    return new ChainBuilder(family, config);
  }

  private void put(ChainKey key, NftChain chain) {
    objects.put(key, chain);
  }

  private void base(String name, BaseChain attachment, ChainKey target) {
    put(
        new ChainKey(name),
        build().rule("everything", List.of(), Match.jump(target.name())).chain(attachment));
  }

  /** What a workload's interface leads to. */
  static Value label(String label) {
    return Value.concat(Value.be32(0), Value.ifname(label));
  }

  private void sets() {
    for (Direction direction : Direction.values()) {
      SetKey labels = ObjectNames.workloadLabels(direction);
      MapTarget label = new MapTarget.ToValue(List.of(DataType.MARK, DataType.IFNAME));
      objects.put(
          labels,
          new NftSet(new SetSpec(labels.name(), List.of(DataType.IFNAME), false, label, 0)));
      SetKey chains = ObjectNames.workloadChains(direction);
      objects.put(chains, new NftSet(SetSpec.verdictMap(chains.name(), DataType.IFNAME)));
    }
    DataType address = family == Family.IPV4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
    for (SetKey pools :
        List.of(ObjectNames.masqueradePools(family), ObjectNames.allPools(family))) {
      objects.put(pools, new NftSet(SetSpec.intervals(pools.name(), address)));
    }
    if (!config.masqueradeToNodes()) {
      SetKey nodes = ObjectNames.nodeIps(family);
      objects.put(nodes, new NftSet(SetSpec.intervals(nodes.name(), address)));
    }
  }

  /** What the tables of policies have in common. */
  private void tables() {
    DataType address = family == Family.IPV4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
    SetKey classes = ObjectNames.addressClasses(family);
    SetSpec spec =
        new SetSpec(classes.name(), List.of(address), false, DecisionTable.SECOND_WORD, 0);
    objects.put(classes, new NftSet(spec));
    NftElement otherwise = new NftElement(Element.catchall(DecisionTable.secondWord(0)));
    objects.put(otherwise.key(classes), otherwise);
    decided(ObjectNames.ALLOWED, config.acceptMark());
    decided(ObjectNames.PASSED, config.passMark());
  }

  private void decided(ChainKey key, int mark) {
    put(key, build().rule("It is so", Match.setMark(mark, mark)).chain());
  }

  private void antiSpoofing() {
    base("raw-PREROUTING", BaseChain.filter(Hook.PREROUTING, RAW), ObjectNames.PREROUTING_RAW);
    ChainBuilder raw = build();
    if (openStack != null) {
      openStack.beforeSourceCheck(raw);
    }
    new SpoofedSources(family, config).beforeSourceCheck(raw, objects);
    for (String prefix : config.interfacePrefixes()) {
      List<Expr> noRouteBack =
          Match.all(
              Match.iifname(prefix + "*"),
              List.of(
                  new Fib(
                      FibResult.OIF, Set.of(FibFlag.SOURCE, FibFlag.MARK, FibFlag.IIF), Expr.REG_1),
                  new Cmp(CmpOp.EQ, Expr.REG_1, Value.host32(0))));
      // Always drop: an answer to a forged source would go to somebody else.
      raw.drop("Source is not the workload's own", noRouteBack);
    }
    put(ObjectNames.PREROUTING_RAW, raw.chain());
  }

  private void input() {
    base("filter-INPUT", BaseChain.filter(Hook.INPUT, FILTER), ObjectNames.INPUT);
    ChainBuilder input = build();
    for (String prefix : config.interfacePrefixes()) {
      input.rule(
          "From a workload",
          Match.iifname(prefix + "*"),
          Match.goTo(ObjectNames.WORKLOAD_TO_HOST.name()));
    }
    put(ObjectNames.INPUT, input.chain());

    ChainBuilder toHost = build();
    toHost.rule(
        "Known connections", Match.ctState(CtState.ESTABLISHED, CtState.RELATED), Match.accept());
    if (family == Family.IPV6) {
      for (int type : ICMPV6_TO_HOST) {
        toHost.rule(
            "Neighbour discovery",
            Match.all(Match.l4proto(ICMPV6), Match.icmpType(type)),
            Match.accept());
      }
    }
    if (openStack != null) {
      openStack.toHost(toHost);
    }
    toHost.rule(
        "The workload's egress policy", List.of(), Match.jump(ObjectNames.FROM_WORKLOAD.name()));
    switch (config.endpointToHost()) {
      case DROP -> toHost.deny("DefaultEndpointToHostAction Drop", List.of());
      case RETURN -> {}
      case ACCEPT ->
          toHost.counted("DefaultEndpointToHostAction Accept", List.of(), Match.accept());
    }
    put(ObjectNames.WORKLOAD_TO_HOST, toHost.chain());
  }

  private void forward() {
    base("filter-FORWARD", BaseChain.filter(Hook.FORWARD, FILTER), ObjectNames.FORWARD);
    ChainBuilder forward = build();
    forward.rule(
        "Known connections", Match.ctState(CtState.ESTABLISHED, CtState.RELATED), Match.accept());
    for (String prefix : config.interfacePrefixes()) {
      forward.rule(
          "From a workload",
          Match.iifname(prefix + "*"),
          Match.jump(ObjectNames.FROM_WORKLOAD.name()));
    }
    for (String prefix : config.interfacePrefixes()) {
      forward.rule(
          "To a workload", Match.oifname(prefix + "*"), Match.jump(ObjectNames.TO_WORKLOAD.name()));
    }
    serviceLoops(forward);
    put(ObjectNames.FORWARD, forward.chain());
    dispatch(Direction.EGRESS, MetaKey.IIFNAME);
    dispatch(Direction.INGRESS, MetaKey.OIFNAME);
  }

  /**
   * The routers send here what goes to a service's address, and what nobody has translated to one
   * of the service's workloads would go back to them, and so on.
   */
  private void serviceLoops(ChainBuilder forward) {
    DenyAction action = config.serviceLoops();
    if (action == null) {
      return;
    }
    SetKey ranges = ObjectNames.serviceRanges(family);
    boolean ipv4 = family == Family.IPV4;
    objects.put(
        ranges,
        new NftSet(
            SetSpec.intervals(ranges.name(), ipv4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR)));
    put(
        ObjectNames.SERVICE_RANGES,
        build()
            .deny(
                "To a service that is not there",
                List.of(Match.daddrInto(ipv4, Expr.REG_1), Match.in(ranges.name())),
                action)
            .chain());
    forward.rule("Services", List.of(), Match.jump(ObjectNames.SERVICE_RANGES.name()));
  }

  /**
   * Which interface is asked what is one map, and what is asked another: one more endpoint that is
   * asked what others are is no new verdict, for which the kernel would look through all chains.
   * {@link DecisionTable} says why what one map gives is not at once the key of the other.
   */
  private void dispatch(Direction direction, MetaKey interfaceName) {
    String labels = ObjectNames.workloadLabels(direction).name();
    String chains = ObjectNames.workloadChains(direction).name();
    put(
        ObjectNames.workloads(direction),
        build()
            .rule(
                "By interface",
                List.of(
                    new Meta(interfaceName, Expr.REG_1),
                    new MapLookup(labels, Expr.REG_1, Expr.reg32(LABEL - 1))),
                new MapLookup(chains, Expr.reg32(LABEL), Expr.VERDICT))
            .deny("Unknown interface", List.of())
            .chain());
  }

  private void sourceNat() {
    base(
        "nat-POSTROUTING",
        BaseChain.nat(Hook.POSTROUTING, SOURCE_NAT),
        ObjectNames.POSTROUTING_NAT);
    ChainBuilder postrouting = build();
    if (config.floatingIps()) {
      postrouting.rule(
          "Floating addresses", List.of(), Match.jump(ObjectNames.FLOATING_SNAT.name()));
    }
    put(
        ObjectNames.POSTROUTING_NAT,
        postrouting
            .rule("Leaving the pools", List.of(), Match.jump(ObjectNames.NAT_OUTGOING.name()))
            .chain());
    ChainBuilder outgoing = build();
    new NatOutgoing(family, config).render(outgoing);
    put(ObjectNames.NAT_OUTGOING, outgoing.chain());
  }

  private void destinationNat() {
    if (openStack == null && !config.floatingIps()) {
      return;
    }
    base(
        "nat-PREROUTING",
        BaseChain.nat(Hook.PREROUTING, DESTINATION_NAT),
        ObjectNames.PREROUTING_NAT);
    ChainBuilder chain = build();
    if (openStack != null) {
      openStack.translate(chain);
    }
    if (config.floatingIps()) {
      objects.putAll(new FloatingIpChains(family, config).always());
      chain.rule("Floating addresses", List.of(), Match.jump(ObjectNames.FLOATING_DNAT.name()));
    }
    put(ObjectNames.PREROUTING_NAT, chain.chain());
  }
}
