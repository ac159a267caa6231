package calico.felix.rules;

import calico.felix.rules.RulesConfig.SourceNat;
import calico.model.Family;
import calico.model.Ip;
import calico.model.config.NumberRange;
import calico.netlink.nftables.Expr;
import calico.netlink.nftables.Expr.Immediate;
import calico.netlink.nftables.Expr.Masquerade;
import calico.netlink.nftables.Expr.Nat;
import calico.netlink.nftables.Expr.NatType;
import calico.netlink.nftables.Match;
import calico.netlink.nftables.Value;
import java.util.List;

/** Gives workloads a source address of the host's when they leave all pools. */
final class NatOutgoing {
  private static final int[] WITH_PORTS = {6, 17};

  private final Family family;
  private final SourceNat config;
  private final boolean toNodes;

  NatOutgoing(Family family, RulesConfig config) {
    this.family = family;
    this.config = config.sourceNat();
    this.toNodes = config.masqueradeToNodes();
  }

  void render(ChainBuilder chain) {
    boolean ipv4 = family == Family.IPV4;
    String text = "From a natOutgoing pool to outside of all pools";
    List<Expr> leaving =
        Match.all(
            config.interfaceFilter().isEmpty() ? List.of() : Match.oifname(pattern()),
            List.of(
                Match.saddrInto(ipv4, Expr.REG_1),
                Match.in(ObjectNames.masqueradePools(family).name()),
                Match.daddrInto(ipv4, Expr.REG_1),
                Match.notIn(ObjectNames.allPools(family).name())),
            toNodes ? List.of() : List.of(Match.notIn(ObjectNames.nodeIps(family).name())));
    NumberRange ports = config.ports();
    if (ports != null) {
      for (int protocol : WITH_PORTS) {
        List<Expr> toPorts =
            Match.all(
                List.of(
                    new Immediate(Expr.REG_2, Value.be16(ports.min())),
                    new Immediate(Expr.REG_3, Value.be16(ports.max()))),
                translate(Expr.REG_2, Expr.REG_3));
        chain.counted(
            text, Match.all(Match.l4proto(protocol), leaving), toPorts.toArray(Expr[]::new));
      }
    }
    chain.counted(text, leaving, translate(0, 0).toArray(Expr[]::new));
  }

  /** The parameter is older than nftables, and ends the beginning of a name with a plus. */
  private String pattern() {
    String filter = config.interfaceFilter();
    return filter.endsWith("+") ? filter.substring(0, filter.length() - 1) + "*" : filter;
  }

  private List<Expr> translate(int portMinReg, int portMaxReg) {
    Ip address = config.address();
    if (address == null || address.family() != family) {
      return List.of(new Masquerade(Expr.NAT_FULLY_RANDOM, portMinReg, portMaxReg));
    }
    return List.of(
        new Immediate(Expr.REG_1, Value.of(address.toBytes())),
        new Nat(
            NatType.SNAT,
            Match.IPV4,
            Expr.REG_1,
            0,
            portMinReg,
            portMaxReg,
            Expr.NAT_FULLY_RANDOM));
  }
}
