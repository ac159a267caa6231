package calico.felix.rules;

import calico.felix.rules.RulesConfig.OpenStack;
import calico.model.Family;
import calico.model.Ip;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Immediate;
import calico.netlink.nftables.Expr.Nat;
import calico.netlink.nftables.Expr.NatType;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.Value;
import java.util.List;

/**
 * What a virtual machine of OpenStack needs of its host, whatever its policy says: DHCP, DNS and
 * the metadata service, which it reaches at a fixed address.
 */
final class OpenStackRules {
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int DNS = 53;
  private static final int HTTP = 80;
  private static final Ip METADATA = Ip.parse("169.254.169.254");

  private final Family family;
  private final OpenStack config;

  OpenStackRules(Family family, OpenStack config) {
    this.family = family;
    this.config = config;
  }

  /** A machine that asks for its address has none that could be checked. */
  void beforeSourceCheck(ChainBuilder chain) {
    if (family == Family.IPV4) {
      chain.rule(
          "DHCP request without address",
          Match.all(from(Ip.parse("0.0.0.0")), dhcp(68, 67)),
          Match.accept());
    }
  }

  /** From a machine to its host. */
  void toHost(ChainBuilder chain) {
    Ip service = config.metadataAddress();
    if (family == Family.IPV4 && service != null) {
      chain.rule(
          "Metadata service",
          Match.all(to(service), Match.l4proto(TCP), Match.dport(config.metadataPort())),
          Match.accept());
    }
    chain.rule("DHCP", family == Family.IPV4 ? dhcp(68, 67) : dhcp(546, 547), Match.accept());
    chain.rule("DNS", Match.all(Match.l4proto(UDP), Match.dport(DNS)), Match.accept());
  }

  /** From the fixed address of the metadata service to where it is. */
  void translate(ChainBuilder chain) {
    Ip service = config.metadataAddress();
    if (family == Family.IPV4 && service != null) {
      chain.counted(
          "Metadata service",
          Match.all(to(METADATA), Match.l4proto(TCP), Match.dport(HTTP)),
          new Immediate(Expr.REG_1, Value.of(service.toBytes())),
          new Immediate(Expr.REG_2, Value.be16(config.metadataPort())),
          new Nat(NatType.DNAT, Match.IPV4, Expr.REG_1, 0, Expr.REG_2, 0, 0));
    }
  }

  private static List<Expr> dhcp(int from, int to) {
    return Match.all(Match.l4proto(UDP), Match.sport(from), Match.dport(to));
  }

  private static List<Expr> from(Ip ip) {
    return List.of(
        Match.saddrInto(true, Expr.REG_1),
        new Expr.Cmp(Expr.CmpOp.EQ, Expr.REG_1, Value.of(ip.toBytes())));
  }

  private static List<Expr> to(Ip ip) {
    return List.of(
        Match.daddrInto(true, Expr.REG_1),
        new Expr.Cmp(Expr.CmpOp.EQ, Expr.REG_1, Value.of(ip.toBytes())));
  }
}
