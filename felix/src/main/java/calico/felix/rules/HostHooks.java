package calico.felix.rules;

import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftSet;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.config.HostPort;
import calico.model.resource.Port;
import calico.model.resource.Protocol;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.CtKey;
import calico.netlink.nftables.CtState;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Bitwise;
import calico.netlink.nftables.Expr.Cmp;
import calico.netlink.nftables.Expr.CmpOp;
import calico.netlink.nftables.Expr.Ct;
import calico.netlink.nftables.Expr.Meta;
import calico.netlink.nftables.Hook;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.MetaKey;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Value;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a packet finds the chains of its host endpoint. These hooks exist while there is a host
 * endpoint that needs them, so a node without any does not pay for them.
 *
 * <pre>
 * raw-PREROUTING-host, raw-OUTPUT      untracked policy; what it allows is done
 * mangle-PREROUTING                    pre-DNAT policy; what it allows is done
 * filter-INPUT-host, filter-OUTPUT     done? accept. To or from a workload? accept, others see to it.
 *                                      normal policy
 * filter-FORWARD-host                  not done? policy of where it comes from; of where it goes; done
 * mangle-POSTROUTING                   done? accept. Normal policy of what the host sends to
 *                                      translated destinations: before, the interface was not known
 * </pre>
 *
 * <p>The done mark ends with POSTROUTING: a tunnel's outer packet has its inner packet's mark.
 */
final class HostHooks {
  static final SetKey FROM = map(Layer.FILTER, "from-host-endpoint");
  static final SetKey TO = map(Layer.FILTER, "to-host-endpoint");
  static final SetKey FROM_FORWARD = map(Layer.FILTER, "from-hep-forward");
  static final SetKey TO_FORWARD = map(Layer.FILTER, "to-hep-forward");
  static final SetKey FROM_UNTRACKED = map(Layer.RAW, "from-host-endpoint");
  static final SetKey TO_UNTRACKED = map(Layer.RAW, "to-host-endpoint");
  static final SetKey FROM_PRE_DNAT = map(Layer.MANGLE, "from-host-endpoint");
  static final ChainKey FAILSAFE_IN = chain(Layer.FILTER, "failsafe-in");
  static final ChainKey FAILSAFE_OUT = chain(Layer.FILTER, "failsafe-out");
  static final ChainKey FAILSAFE_IN_UNTRACKED = chain(Layer.RAW, "failsafe-in");
  static final ChainKey FAILSAFE_OUT_UNTRACKED = chain(Layer.RAW, "failsafe-out");

  private static final int ICMPV6 = 58;

  /** Neighbour solicitation and advertisement. */
  private static final int[] NEIGHBOUR_DISCOVERY = {135, 136};

  private static final int RAW = -300;
  private static final int MANGLE = -150;
  private static final int FILTER = 0;

  /** IPS_DST_NAT. */
  private static final int DESTINATION_TRANSLATED = 0x20;

  private final Family family;
  private final RulesConfig config;

  HostHooks(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
  }

  private static SetKey map(Layer layer, String name) {
    return ObjectNames.hostEndpointMap(layer, name);
  }

  private static ChainKey chain(Layer layer, String name) {
    return ObjectNames.chain(layer.named(name));
  }

  /** From interface name to the chain for traffic whose destination was translated. */
  SetKey toAfterNat() {
    return HostEndpointChains.policyLayer(Layer.MANGLE, config) == Layer.FILTER
        ? TO
        : map(Layer.MANGLE, "to-host-endpoint");
  }

  /** Marks a packet as one on which host endpoints' policy has nothing more to say. */
  List<Expr> done() {
    return Match.setMark(config.doneMark(), config.doneMark());
  }

  /** For normal and forward policy. */
  Map<NftKey, NftObject> always() {
    Map<NftKey, NftObject> objects = new HashMap<>();
    for (SetKey map : List.of(FROM, TO, FROM_FORWARD, TO_FORWARD, FROM_PRE_DNAT, toAfterNat())) {
      put(objects, map);
    }
    failsafe(objects, FAILSAFE_IN, List.of(new Failsafe(config.failsafes().inbound(), true, true)));
    failsafe(
        objects, FAILSAFE_OUT, List.of(new Failsafe(config.failsafes().outbound(), false, true)));
    ChainBuilder input = beginning();
    for (String prefix : config.interfacePrefixes()) {
      input.rule("From a workload", Match.iifname(prefix + "*"), Match.accept());
    }
    input.rule("By interface", name(MetaKey.IIFNAME), Match.vmap(FROM.name()));
    put(objects, "filter-INPUT-host", BaseChain.filter(Hook.INPUT, FILTER), input);

    ChainBuilder output = beginning();
    toWorkload(output);
    output.rule("Will be seen after routing", translated(), Match.accept());
    output.rule("By interface", name(MetaKey.OIFNAME), Match.vmap(TO.name()));
    put(objects, "filter-OUTPUT", BaseChain.filter(Hook.OUTPUT, FILTER), output);

    ChainBuilder leaving = beginning();
    toWorkload(leaving);
    leaving.rule(
        "By interface",
        Match.all(translated(), name(MetaKey.OIFNAME)),
        Match.vmap(toAfterNat().name()));
    put(objects, "mangle-POSTROUTING", BaseChain.filter(Hook.POSTROUTING, MANGLE), leaving);

    ChainBuilder forward = builder();
    known(forward);
    forward.rule(
        "By input interface",
        Match.all(Match.mark(config.doneMark(), 0), name(MetaKey.IIFNAME)),
        Match.vmap(FROM_FORWARD.name()));
    forward.rule("By output interface", name(MetaKey.OIFNAME), Match.vmap(TO_FORWARD.name()));
    forward.rule("Not the host's own", done());
    put(objects, "filter-FORWARD-host", BaseChain.filter(Hook.FORWARD, FILTER), forward);
    return objects;
  }

  /** For untracked policy. */
  Map<NftKey, NftObject> untracked() {
    Map<NftKey, NftObject> objects = new HashMap<>();
    put(objects, FROM_UNTRACKED);
    put(objects, TO_UNTRACKED);
    List<HostPort> in = config.failsafes().inbound();
    List<HostPort> out = config.failsafes().outbound();
    failsafe(
        objects,
        FAILSAFE_IN_UNTRACKED,
        List.of(new Failsafe(in, true, true), new Failsafe(out, true, false)));
    failsafe(
        objects,
        FAILSAFE_OUT_UNTRACKED,
        List.of(new Failsafe(out, false, true), new Failsafe(in, false, false)));
    put(
        objects,
        "raw-PREROUTING-host",
        BaseChain.filter(Hook.PREROUTING, RAW),
        builder().rule("By interface", name(MetaKey.IIFNAME), Match.vmap(FROM_UNTRACKED.name())));
    put(
        objects,
        "raw-OUTPUT",
        BaseChain.filter(Hook.OUTPUT, RAW),
        builder().rule("By interface", name(MetaKey.OIFNAME), Match.vmap(TO_UNTRACKED.name())));
    return objects;
  }

  /** For pre-DNAT policy. */
  Map<NftKey, NftObject> preDnat() {
    Map<NftKey, NftObject> objects = new HashMap<>();
    ChainBuilder chain = builder();
    known(chain);
    chain.rule("Decided already", isDone(), Match.accept());
    chain.rule("By interface", name(MetaKey.IIFNAME), Match.vmap(FROM_PRE_DNAT.name()));
    put(objects, "mangle-PREROUTING", BaseChain.filter(Hook.PREROUTING, MANGLE), chain);
    return objects;
  }

  private ChainBuilder builder() {
    return new ChainBuilder(family, config);
  }

  private static void put(
      Map<NftKey, NftObject> objects, String name, BaseChain base, ChainBuilder chain) {
    objects.put(ObjectNames.chain(name), chain.chain(base));
  }

  private static void put(Map<NftKey, NftObject> objects, SetKey map) {
    objects.put(map, new NftSet(SetSpec.verdictMap(map.name(), DataType.IFNAME)));
  }

  private static void known(ChainBuilder chain) {
    chain.rule(
        "Known connections", Match.ctState(CtState.ESTABLISHED, CtState.RELATED), Match.accept());
  }

  private ChainBuilder beginning() {
    ChainBuilder chain = builder();
    known(chain);
    return chain.rule(
        "Decided already",
        Match.all(isDone(), Match.setMark(config.doneMark(), 0)),
        Match.accept());
  }

  private List<Expr> isDone() {
    return Match.mark(config.doneMark(), config.doneMark());
  }

  private void toWorkload(ChainBuilder chain) {
    for (String prefix : config.interfacePrefixes()) {
      chain.rule("To a workload", Match.oifname(prefix + "*"), Match.accept());
    }
  }

  private static List<Expr> name(MetaKey key) {
    return List.of(new Meta(key, Expr.REG_1));
  }

  private static List<Expr> translated() {
    return List.of(
        new Ct(CtKey.STATUS, null, Expr.REG_1),
        new Bitwise(Expr.REG_1, Expr.REG_1, Value.host32(DESTINATION_TRANSLATED), Value.zeros(4)),
        new Cmp(CmpOp.NEQ, Expr.REG_1, Value.zeros(4)));
  }

  /**
   * Ports as seen by one direction.
   *
   * @param incoming whether the remote end is the source
   * @param toPort whether packets to the port are meant, rather than answers from it
   */
  private record Failsafe(List<HostPort> ports, boolean incoming, boolean toPort) {
    ResolvedRule rule(int protocol, @Nullable Cidr net, List<Port> numbers) {
      List<Cidr> nets = net == null ? List.of() : List.of(net);
      Side source = side(incoming ? nets : List.of(), toPort ? List.of() : numbers);
      Side destination = side(incoming ? List.of() : nets, toPort ? numbers : List.of());
      return new ResolvedRule(
          ResolvedRule.Action.ALLOW,
          null,
          protocol,
          null,
          null,
          null,
          source,
          destination,
          Map.of());
    }

    private static Side side(List<Cidr> nets, List<Port> ports) {
      return new Side(
          nets, List.of(), List.of(), List.of(), ports, List.of(), List.of(), List.of(), List.of());
    }
  }

  /**
   * Accepts; one rule for all ports of a protocol and a net. In IPv6 no port is open to a host that
   * cannot find its neighbours.
   */
  private void failsafe(Map<NftKey, NftObject> objects, ChainKey key, List<Failsafe> failsafes) {
    ChainBuilder chain = builder();
    if (family == Family.IPV6) {
      for (int type : NEIGHBOUR_DISCOVERY) {
        chain.rule(
            "Neighbour discovery",
            Match.all(Match.l4proto(ICMPV6), Match.icmpType(type)),
            Match.accept());
      }
    }
    for (Failsafe failsafe : failsafes) {
      Map<String, List<HostPort>> groups = new TreeMap<>();
      for (HostPort port : failsafe.ports()) {
        groups
            .computeIfAbsent(port.protocol() + " " + port.net(), _ -> new ArrayList<>())
            .add(port);
      }
      for (List<HostPort> group : groups.values()) {
        HostPort first = group.getFirst();
        int protocol = Protocol.parse(first.protocol()).number();
        List<Port> numbers = group.stream().map(port -> Port.of(port.port())).toList();
        RuleMatch match = new RuleMatch(family, failsafe.rule(protocol, first.net(), numbers));
        for (List<Expr> alternative : match.alternatives()) {
          chain.counted("Failsafe", alternative, Match.accept());
        }
        objects.putAll(match.objects());
      }
    }
    objects.put(key, chain.chain());
  }
}
