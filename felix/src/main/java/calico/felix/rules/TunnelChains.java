package calico.felix.rules;

import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject.NftSet;
import calico.model.Family;
import calico.netlink.nftables.BaseChain;
import calico.netlink.nftables.DataType;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Cmp;
import calico.netlink.nftables.Expr.CmpOp;
import calico.netlink.nftables.Expr.Fib;
import calico.netlink.nftables.Expr.FibFlag;
import calico.netlink.nftables.Expr.FibResult;
import calico.netlink.nftables.Expr.Masquerade;
import calico.netlink.nftables.Expr.Notrack;
import calico.netlink.nftables.Hook;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.SetSpec;
import calico.netlink.nftables.Value;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What carries packets between nodes comes from nodes only, and no host endpoint's policy stops it.
 * The chains of a tunnel are there while it is in use; TUNNEL is vxlan, ipip or wireguard.
 *
 * <pre>
 * filter-INPUT-TUNNEL     from a node? done, accept; else deny. WireGuard proves who sends
 * filter-OUTPUT-TUNNEL    to a node? done, accept
 * nat-POSTROUTING-TUNNEL  from another of the host's addresses? translate to the device's
 * raw-PREROUTING-vxlan, raw-OUTPUT-vxlan
 *                         each direction has ports of its own, so nothing is a known connection
 * raw-PREROUTING-wireguard
 *                         if hosts are encrypted: mark what comes unencrypted, for its source is
 *                         looked for where encrypted packets go unless they are marked
 * </pre>
 */
final class TunnelChains {
  private static final int UDP = 17;
  private static final int IPIP = 4;
  private static final int RAW = -300;
  private static final int BEFORE_FILTER = -1;
  private static final int SOURCE_NAT = 110;
  private static final int LOCAL = 2;

  private final Family family;
  private final RulesConfig config;
  private final boolean ipv4;
  private final Map<NftKey, NftObject> objects = new HashMap<>();

  TunnelChains(Family family, RulesConfig config) {
    this.family = family;
    this.config = config;
    this.ipv4 = family == Family.IPV4;
  }

  Rendering vxlan() {
    SetKey nodes = ObjectNames.vxlanNodes(family);
    List<Expr> packets = udp(config.tunnels().vxlanPort());
    set(nodes);
    input("vxlan", Match.all(packets, local(FibFlag.DESTINATION)), nodes);
    output("vxlan", packets, nodes);
    masquerade("vxlan", ipv4 ? "vxlan.calico" : "vxlan-v6.calico");
    for (Hook hook : List.of(Hook.PREROUTING, Hook.OUTPUT)) {
      ChainBuilder raw = build().rule("VXLAN", packets, new Notrack());
      put("raw-" + hook + "-vxlan", BaseChain.filter(hook, RAW), raw);
    }
    return new Rendering(objects, Set.of());
  }

  Rendering ipip() {
    SetKey nodes = ObjectNames.nodeIps(family);
    if (config.masqueradeToNodes()) { // otherwise it is always there
      set(nodes);
    }
    input("ipip", Match.l4proto(IPIP), nodes);
    output("ipip", Match.l4proto(IPIP), nodes);
    masquerade("ipip", "tunl0");
    return new Rendering(objects, Set.of());
  }

  /** Nothing if this family is not encrypted. */
  Map<NftKey, NftObject> wireguard() {
    RulesConfig.Wireguard wireguard = config.tunnels().wireguard();
    Integer port = wireguard == null ? null : wireguard.ports().get(family);
    String device = wireguard == null ? null : wireguard.interfaces().get(family);
    if (wireguard == null || port == null || device == null) {
      return objects;
    }
    List<Expr> to = Match.all(udp(port), local(FibFlag.DESTINATION));
    List<Expr> from = Match.all(udp(port), local(FibFlag.SOURCE));
    put(
        "filter-INPUT-wireguard",
        BaseChain.filter(Hook.INPUT, BEFORE_FILTER),
        build().rule("WireGuard", done(to), Match.accept()));
    put(
        "filter-OUTPUT-wireguard",
        BaseChain.filter(Hook.OUTPUT, BEFORE_FILTER),
        build().rule("WireGuard", done(from), Match.accept()));
    masquerade("wireguard", device);
    if (wireguard.hosts()) {
      ChainBuilder raw = build().rule("From the host itself", Match.iifname("lo"), Match.accept());
      for (String name : wireguard.interfaces().values().stream().sorted().toList()) {
        raw.rule("Was encrypted", Match.iifname(name), Match.accept());
      }
      for (String prefix : config.interfacePrefixes()) {
        raw.rule("From a workload", Match.iifname(prefix + "*"), Match.accept());
      }
      raw.rule("Was not encrypted", Match.setMark(wireguard.mark(), wireguard.mark()));
      put("raw-PREROUTING-wireguard", BaseChain.filter(Hook.PREROUTING, RAW), raw);
    }
    return objects;
  }

  private ChainBuilder build() {
    return new ChainBuilder(family, config);
  }

  private void put(String name, BaseChain base, ChainBuilder chain) {
    objects.put(ObjectNames.chain(name), chain.chain(base));
  }

  private void set(SetKey key) {
    DataType address = ipv4 ? DataType.IPV4_ADDR : DataType.IPV6_ADDR;
    objects.put(key, new NftSet(SetSpec.intervals(key.name(), address)));
  }

  private static List<Expr> udp(int port) {
    return Match.all(Match.l4proto(UDP), Match.dport(port));
  }

  /** The source or destination is an address of this host. */
  private static List<Expr> local(FibFlag what) {
    return List.of(
        new Fib(FibResult.ADDRESS_TYPE, Set.of(what), Expr.REG_1),
        new Cmp(CmpOp.EQ, Expr.REG_1, Value.host32(LOCAL)));
  }

  /** Host endpoints' policy has nothing more to say. */
  private List<Expr> done(List<Expr> match) {
    return Match.all(match, Match.setMark(config.doneMark(), config.doneMark()));
  }

  private void input(String tunnel, List<Expr> packets, SetKey nodes) {
    List<Expr> fromNode =
        Match.all(packets, List.of(Match.saddrInto(ipv4, Expr.REG_1), Match.in(nodes.name())));
    put(
        "filter-INPUT-" + tunnel,
        BaseChain.filter(Hook.INPUT, BEFORE_FILTER),
        build()
            .rule("From a node", done(fromNode), Match.accept())
            .deny("Tunnelled by somebody who is no node", packets));
  }

  private void output(String tunnel, List<Expr> packets, SetKey nodes) {
    List<Expr> toNode =
        Match.all(
            packets,
            local(FibFlag.SOURCE),
            List.of(Match.daddrInto(ipv4, Expr.REG_1), Match.in(nodes.name())));
    put(
        "filter-OUTPUT-" + tunnel,
        BaseChain.filter(Hook.OUTPUT, BEFORE_FILTER),
        build().rule("To a node", done(toNode), Match.accept()));
  }

  /** The other node knows the way back only to the device's own address. */
  private void masquerade(String tunnel, String device) {
    List<Expr> otherSource =
        Match.all(
            Match.oifname(device),
            List.of(
                new Fib(
                    FibResult.ADDRESS_TYPE, EnumSet.of(FibFlag.SOURCE, FibFlag.OIF), Expr.REG_1),
                new Cmp(CmpOp.NEQ, Expr.REG_1, Value.host32(LOCAL))),
            local(FibFlag.SOURCE));
    put(
        "nat-POSTROUTING-" + tunnel,
        BaseChain.nat(Hook.POSTROUTING, SOURCE_NAT),
        build().counted("From another address of the host", otherSource, new Masquerade(0, 0, 0)));
  }
}
