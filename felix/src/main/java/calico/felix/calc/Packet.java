package calico.felix.calc;

import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.resource.Port;
import calico.model.resource.Rule;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A packet against which rules can be tried: what the kernel's rules have to agree with.
 *
 * @param protocol IANA number
 */
record Packet(Ip source, Ip destination, int protocol, int sourcePort, int destinationPort) {
  private static final Set<Integer> WITH_PORTS = Set.of(6, 17, 132);
  private static final int ICMP = 1;
  private static final int ICMPV6 = 58;

  /** Whether all of a rule's criteria hold. */
  boolean matches(ResolvedRule rule, Map<StateKey<?>, Object> state) {
    return forFamily(rule)
        && (rule.protocol() == null || rule.protocol() == protocol)
        && (rule.notProtocol() == null || rule.notProtocol() != protocol)
        && (rule.icmp() == null || (isIcmp() && is(rule.icmp())))
        && (rule.notIcmp() == null || (isIcmp() && !is(rule.notIcmp())))
        && matches(rule.source(), source, sourcePort, state)
        && matches(rule.destination(), destination, destinationPort, state);
  }

  /**
   * A rule with prefixes of one family only is for that family, even where they are excluded ones.
   * One that excludes a whole family is not for it.
   */
  private boolean forFamily(ResolvedRule rule) {
    Family family = source.family();
    if (rule.ipVersion() != null && rule.ipVersion() != family.version()) {
      return false;
    }
    for (ResolvedRule.Side side : List.of(rule.source(), rule.destination())) {
      for (List<Cidr> nets : List.of(side.nets(), side.notNets())) {
        if (!nets.isEmpty() && nets.stream().noneMatch(n -> n.family() == family)) {
          return false;
        }
      }
      if (side.notNets().stream().anyMatch(n -> n.family() == family && n.length() == 0)) {
        return false;
      }
    }
    return true;
  }

  private boolean isIcmp() {
    return protocol == (source.family() == Family.IPV4 ? ICMP : ICMPV6);
  }

  /** Packets of ICMP are taken to be echo requests. */
  private boolean is(Rule.Icmp icmp) {
    int type = source.family() == Family.IPV4 ? 8 : 128;
    return (icmp.type() == null || icmp.type() == type)
        && (icmp.code() == null || icmp.code() == 0);
  }

  private boolean matches(ResolvedRule.Side side, Ip ip, int port, Map<StateKey<?>, Object> state) {
    return (side.nets().isEmpty() || side.nets().stream().anyMatch(n -> n.contains(ip)))
        && side.notNets().stream().noneMatch(n -> n.contains(ip))
        && side.sets().stream().allMatch(s -> holds(state, s, ip, port))
        && side.notSets().stream().noneMatch(s -> holds(state, s, ip, port))
        && ((side.ports().isEmpty() && side.namedPortSets().isEmpty())
            || isOneOf(side.ports(), port)
            || side.namedPortSets().stream().anyMatch(s -> holds(state, s, ip, port)))
        && !isOneOf(side.notPorts(), port)
        && side.notNamedPortSets().stream().noneMatch(s -> holds(state, s, ip, port))
        && side.ipPortSets().stream().allMatch(s -> holds(state, s, ip, port));
  }

  private boolean isOneOf(List<Port> ports, int port) {
    return WITH_PORTS.contains(protocol)
        && ports.stream().anyMatch(p -> p.min() <= port && port <= p.max());
  }

  private boolean holds(Map<StateKey<?>, Object> state, StateKey.SetId id, Ip ip, int port) {
    if (!(state.get(id) instanceof AddressSet set)) {
      throw new IllegalStateException("a rule refers to set " + id.id() + ", which is not there");
    }
    return set.members().stream()
        .anyMatch(
            member ->
                switch (member) {
                  case Member.Net net -> net.cidr().contains(ip);
                  case Member.IpPort m ->
                      m.ip().equals(ip) && m.protocol() == protocol && m.port() == port;
                });
  }
}
