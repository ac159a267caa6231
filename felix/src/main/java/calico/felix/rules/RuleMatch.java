package calico.felix.rules;

import calico.felix.rules.NftKey.SetKey;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey;
import calico.felix.tables.RuleScope;
import calico.felix.tables.TableRule;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.resource.Port;
import calico.model.resource.Rule;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Base;
import calico.netlink.nftables.Expr.Cmp;
import calico.netlink.nftables.Expr.CmpOp;
import calico.netlink.nftables.Expr.Lookup;
import calico.netlink.nftables.Expr.Payload;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.MetaKey;
import calico.netlink.nftables.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A policy rule's criteria as expressions.
 *
 * <p>All criteria hold in one nftables rule, but for one case: numeric ports and named-port sets of
 * one side are alternatives, and a rule cannot say "or" between two lookups. Then there are several
 * rules, of which at most one matches a packet.
 */
final class RuleMatch {
  private static final int R = Expr.REG_1;

  private final Family family;
  private final ResolvedRule rule;
  private final ConstantSets constants;
  private final Set<NftKey> references = new HashSet<>();
  private final List<List<Expr>> alternatives;

  RuleMatch(Family family, ResolvedRule rule) {
    this.family = family;
    this.rule = rule;
    this.constants = new ConstantSets(family);
    this.alternatives = RuleScope.canMatch(family, rule) ? render() : List.of();
  }

  /** One list of expressions per nftables rule; none if the rule does not concern this family. */
  List<List<Expr>> alternatives() {
    return alternatives;
  }

  /** Sets that the expressions look up and that exist for them only. */
  Map<NftKey, NftObject> objects() {
    return constants.objects();
  }

  /** Sets of the desired state that the expressions look up. */
  Set<NftKey> references() {
    return references;
  }

  private List<List<Expr>> render() {
    List<Expr> common = new ArrayList<>();
    protocol(common);
    icmp(common, rule.icmp(), false);
    icmp(common, rule.notIcmp(), true);
    List<List<Expr>> all = new ArrayList<>();
    for (List<Expr> source : ports(rule.source(), true)) {
      for (List<Expr> destination : ports(rule.destination(), false)) {
        List<Expr> expressions = new ArrayList<>(common);
        expressions.addAll(source);
        expressions.addAll(destination);
        addresses(expressions, rule.source(), true);
        addresses(expressions, rule.destination(), false);
        all.add(List.copyOf(expressions));
      }
    }
    return all;
  }

  private void protocol(List<Expr> to) {
    Integer protocol = RuleScope.impliedProtocol(family, rule);
    if (protocol != null) {
      to.addAll(Match.l4proto(protocol));
    } else if (RuleScope.hasPorts(rule.source()) || RuleScope.hasPorts(rule.destination())) {
      to.add(new Expr.Meta(MetaKey.L4PROTO, R));
      to.add(
          lookup(
              constants.protocols(TableRule.PROTOCOLS_WITH_PORTS.stream().sorted().toList()),
              false));
    }
    if (rule.notProtocol() != null) {
      to.add(new Expr.Meta(MetaKey.L4PROTO, R));
      to.add(new Cmp(CmpOp.NEQ, R, Value.u8(rule.notProtocol())));
    }
  }

  /** Type and code are two bytes that follow each other: both together are one comparison. */
  private static void icmp(List<Expr> to, Rule.@Nullable Icmp icmp, boolean not) {
    if (icmp == null || icmp.type() == null) {
      return;
    }
    CmpOp op = not ? CmpOp.NEQ : CmpOp.EQ;
    if (icmp.code() == null) {
      to.add(new Payload(Base.TRANSPORT, 0, 1, R));
      to.add(new Cmp(op, R, Value.u8(icmp.type())));
    } else {
      to.add(new Payload(Base.TRANSPORT, 0, 2, R));
      to.add(new Cmp(op, R, Value.be16(icmp.type() << 8 | icmp.code())));
    }
  }

  /** The side's port criteria, one list per alternative; each excludes those before it. */
  private List<List<Expr>> ports(Side side, boolean source) {
    List<Expr> always = new ArrayList<>();
    portRanges(always, side.notPorts(), source, true);
    side.notNamedPortSets().forEach(set -> ipPortLookup(always, set, source, true));
    side.ipPortSets().forEach(set -> ipPortLookup(always, set, source, false));
    if (side.ports().isEmpty() && side.namedPortSets().isEmpty()) {
      return List.of(always);
    }
    List<List<Expr>> all = new ArrayList<>();
    List<Expr> notBefore = new ArrayList<>(always);
    if (!side.ports().isEmpty()) {
      List<Expr> expressions = new ArrayList<>(notBefore);
      portRanges(expressions, side.ports(), source, false);
      all.add(expressions);
      portRanges(notBefore, side.ports(), source, true);
    }
    for (StateKey.SetId set : side.namedPortSets()) {
      List<Expr> expressions = new ArrayList<>(notBefore);
      ipPortLookup(expressions, set, source, false);
      all.add(expressions);
      ipPortLookup(notBefore, set, source, true);
    }
    return all;
  }

  private void portRanges(List<Expr> to, List<Port> ports, boolean source, boolean not) {
    if (ports.isEmpty()) {
      return;
    }
    to.add(source ? Match.sportInto(R) : Match.dportInto(R));
    Port first = ports.getFirst();
    if (ports.size() > 1) {
      to.add(lookup(constants.ports(ports), not));
    } else if (first.min() == first.max()) {
      to.add(new Cmp(not ? CmpOp.NEQ : CmpOp.EQ, R, Value.be16(first.min())));
    } else {
      to.add(new Expr.Range(R, Value.be16(first.min()), Value.be16(first.max()), not));
    }
  }

  /** Looks up address, protocol and port together. */
  private void ipPortLookup(List<Expr> to, StateKey.SetId set, boolean source, boolean not) {
    int words = family.bytes() / 4;
    to.add(address(source, Expr.reg32(0)));
    to.add(new Expr.Meta(MetaKey.L4PROTO, Expr.reg32(words)));
    int port = Expr.reg32(words + 1);
    to.add(source ? Match.sportInto(port) : Match.dportInto(port));
    SetKey key = ObjectNames.set(family, set);
    references.add(key);
    to.add(new Lookup(key.name(), Expr.reg32(0), not));
  }

  private void addresses(List<Expr> to, Side side, boolean source) {
    nets(to, RuleScope.ofFamily(family, side.nets()), source, false);
    nets(to, RuleScope.ofFamily(family, side.notNets()), source, true);
    side.sets().forEach(set -> addressLookup(to, set, source, false));
    side.notSets().forEach(set -> addressLookup(to, set, source, true));
  }

  private void nets(List<Expr> to, List<Cidr> nets, boolean source, boolean not) {
    if (nets.isEmpty() || nets.stream().anyMatch(net -> net.length() == 0)) {
      return;
    }
    to.add(address(source, R));
    if (nets.size() > 1) {
      to.add(lookup(constants.nets(nets), not));
      return;
    }
    Cidr net = nets.getFirst();
    if (!net.isHost()) {
      Value mask = Value.prefixMask(net.length(), family.bytes());
      to.add(new Expr.Bitwise(R, R, mask, Value.zeros(family.bytes())));
    }
    to.add(new Cmp(not ? CmpOp.NEQ : CmpOp.EQ, R, Value.of(net.address().toBytes())));
  }

  private void addressLookup(List<Expr> to, StateKey.SetId set, boolean source, boolean not) {
    SetKey key = ObjectNames.set(family, set);
    references.add(key);
    to.add(address(source, R));
    to.add(lookup(key, not));
  }

  private Payload address(boolean source, int register) {
    boolean ipv4 = family == Family.IPV4;
    return source ? Match.saddrInto(ipv4, register) : Match.daddrInto(ipv4, register);
  }

  private static Lookup lookup(SetKey set, boolean not) {
    return new Lookup(set.name(), R, not);
  }
}
