package calico.felix.tables;

import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Side;
import calico.model.Cidr;
import calico.model.Family;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which packets of a family a rule can match at all. */
public final class RuleScope {
  private RuleScope() {}

  /** False if the rule is for the other family only, or asks for what no packet has. */
  public static boolean canMatch(Family family, ResolvedRule rule) {
    return concerns(family, rule) && !asksForPortsOfProtocolWithout(family, rule);
  }

  private static boolean concerns(Family family, ResolvedRule rule) {
    if (rule.ipVersion() != null && rule.ipVersion() != family.version()) {
      return false;
    }
    for (Side side : List.of(rule.source(), rule.destination())) {
      for (List<Cidr> nets : List.of(side.nets(), side.notNets())) {
        if (!nets.isEmpty() && ofFamily(family, nets).isEmpty()) {
          return false;
        }
      }
      if (ofFamily(family, side.notNets()).stream().anyMatch(net -> net.length() == 0)) {
        return false;
      }
    }
    return true;
  }

  private static boolean asksForPortsOfProtocolWithout(Family family, ResolvedRule rule) {
    Integer protocol = impliedProtocol(family, rule);
    return protocol != null
        && !TableRule.PROTOCOLS_WITH_PORTS.contains(protocol)
        && (hasPorts(rule.source()) || hasPorts(rule.destination()));
  }

  /** What the rule says or, through its ICMP criteria, implies; null for any. */
  public static @Nullable Integer impliedProtocol(Family family, ResolvedRule rule) {
    boolean anyIcmp = rule.icmp() != null || rule.notIcmp() != null;
    return rule.protocol() != null || !anyIcmp
        ? rule.protocol()
        : Integer.valueOf(family == Family.IPV4 ? 1 : 58);
  }

  /** Whether the side asks for ports, by number or by name. */
  public static boolean hasPorts(Side side) {
    return !side.ports().isEmpty()
        || !side.notPorts().isEmpty()
        || !side.namedPortSets().isEmpty()
        || !side.notNamedPortSets().isEmpty()
        || !side.ipPortSets().isEmpty();
  }

  /** Those of one family. */
  public static List<Cidr> ofFamily(Family family, List<Cidr> nets) {
    return nets.stream().filter(net -> net.family() == family).toList();
  }
}
