package calico.felix.tables;

import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.model.Cidr;
import calico.model.Family;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A rule as far as a table can say it: what it asks of the far end's address, the protocol and the
 * destination's port.
 *
 * @param all the address must be in each of these
 * @param none the address must be in none of these
 * @param protocol IANA number, or null for any
 * @param notProtocol or null
 * @param ports of the destination, apart from each other and in order; null for any, and for
 *     packets that have none. Not null only for TCP, UDP and SCTP
 */
public record TableRule(
    Action action,
    List<Group> all,
    List<Group> none,
    @Nullable Integer protocol,
    @Nullable Integer notProtocol,
    @Nullable List<PortRange> ports) {

  /** TCP, UDP, SCTP. */
  public static final Set<Integer> PROTOCOLS_WITH_PORTS = Set.of(6, 17, 132);

  /**
   * The rules of one family that there are among these.
   *
   * @param ingress whether the far end is the source
   * @return in order, with a null for each that does not concern the family or can match nothing;
   *     null if one of them asks for what a table cannot say
   */
  public static @Nullable List<@Nullable TableRule> of(
      Family family, boolean ingress, List<ResolvedRule> rules) {
    List<@Nullable TableRule> all = new ArrayList<>();
    for (ResolvedRule rule : rules) {
      if (!RuleScope.canMatch(family, rule)) {
        all.add(null);
      } else if (fits(rule, ingress)) {
        all.add(of(family, rule, ingress ? rule.source() : rule.destination()));
      } else {
        return null;
      }
    }
    return all;
  }

  private static boolean fits(ResolvedRule rule, boolean ingress) {
    Side near = ingress ? rule.destination() : rule.source();
    return rule.action() != Action.LOG
        && rule.icmp() == null
        && rule.notIcmp() == null
        && near.nets().isEmpty()
        && near.notNets().isEmpty()
        && near.sets().isEmpty()
        && near.notSets().isEmpty()
        && rule.source().ports().isEmpty()
        && rule.source().notPorts().isEmpty()
        && asksForNoPairs(rule.source())
        && asksForNoPairs(rule.destination());
  }

  private static boolean asksForNoPairs(Side side) {
    return side.namedPortSets().isEmpty()
        && side.notNamedPortSets().isEmpty()
        && side.ipPortSets().isEmpty();
  }

  private static TableRule of(Family family, ResolvedRule rule, Side far) {
    List<Group> all = new ArrayList<>();
    List<Group> none = new ArrayList<>();
    far.sets().forEach(set -> all.add(Group.of(set)));
    far.notSets().forEach(set -> none.add(Group.of(set)));
    List<Cidr> nets = RuleScope.ofFamily(family, far.nets());
    if (!nets.isEmpty() && nets.stream().noneMatch(net -> net.length() == 0)) {
      all.add(Group.of(nets));
    }
    List<Cidr> notNets = RuleScope.ofFamily(family, far.notNets());
    if (!notNets.isEmpty()) {
      none.add(Group.of(notNets));
    }
    Side to = rule.destination();
    List<PortRange> ports = null;
    if (!to.ports().isEmpty() || !to.notPorts().isEmpty()) {
      ports =
          PortRange.without(
              to.ports().isEmpty() ? PortRange.ALL : PortRange.union(to.ports()),
              PortRange.union(to.notPorts()));
    }
    return new TableRule(
        rule.action(),
        List.copyOf(all),
        List.copyOf(none),
        rule.protocol(),
        rule.notProtocol(),
        ports);
  }

  /** Whether the far end's address is right, if it is in these groups and no other. */
  boolean matches(Set<Group> groups) {
    for (Group group : all) {
      if (!groups.contains(group)) {
        return false;
      }
    }
    for (Group group : none) {
      if (groups.contains(group)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a packet of that protocol can match. */
  boolean concerns(int number) {
    return (protocol == null || protocol == number)
        && (notProtocol == null || notProtocol != number)
        && (ports == null || PROTOCOLS_WITH_PORTS.contains(number));
  }
}
