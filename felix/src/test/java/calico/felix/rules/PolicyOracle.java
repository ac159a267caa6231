package calico.felix.rules;

import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.resource.Port;
import calico.model.resource.Rule;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What policy says about a packet, read naively from the state records. */
final class PolicyOracle {
  private final Map<StateKey<?>, Object> state;

  PolicyOracle(Map<StateKey<?>, Object> state) {
    this.state = state;
  }

  /** Whether a workload's packet may pass to another place than a workload. */
  boolean forwards(Packet packet) {
    return (!packet.input().startsWith("cali") || allows(packet.input(), Direction.EGRESS, packet))
        && (!packet.output().startsWith("cali")
            || allows(packet.output(), Direction.INGRESS, packet));
  }

  boolean allows(String interfaceName, Direction direction, Packet packet) {
    LocalEndpoint endpoint =
        state.values().stream()
            .filter(v -> v instanceof LocalEndpoint e && e.interfaceName().equals(interfaceName))
            .map(LocalEndpoint.class::cast)
            .findAny()
            .orElse(null);
    if (endpoint == null) {
      return false;
    }
    if (direction == Direction.EGRESS
        && (packet.protocol() == 4 || (packet.protocol() == 17 && packet.second() == 4789))) {
      return false;
    }
    for (TierPolicies tier : endpoint.tiers()) {
      List<StateKey.PolicyId> policies =
          direction == Direction.INGRESS ? tier.ingress() : tier.egress();
      if (policies.isEmpty()) {
        continue;
      }
      Action action = tier.passByDefault() ? Action.PASS : Action.DENY;
      for (StateKey.PolicyId id : policies) {
        Policy policy = (Policy) state.get(id);
        Action decided =
            policy == null
                ? Action.DENY
                : decide(
                    direction == Direction.INGRESS ? policy.ingress() : policy.egress(), packet);
        if (decided != null) {
          action = decided;
          break;
        }
      }
      if (action != Action.PASS) {
        return action == Action.ALLOW;
      }
    }
    for (StateKey.ProfileId id : endpoint.profiles()) {
      ProfileRules profile = (ProfileRules) state.get(id);
      Action decided =
          profile == null
              ? Action.DENY
              : decide(
                  direction == Direction.INGRESS ? profile.ingress() : profile.egress(), packet);
      if (decided != null) {
        return decided == Action.ALLOW;
      }
    }
    return false;
  }

  private @Nullable Action decide(List<ResolvedRule> rules, Packet packet) {
    for (ResolvedRule rule : rules) {
      if (rule.action() != Action.LOG && matches(rule, packet)) {
        return rule.action();
      }
    }
    return null;
  }

  boolean matches(ResolvedRule rule, Packet p) {
    int icmp = p.family().version() == 4 ? 1 : 58;
    boolean anyIcmp = rule.icmp() != null || rule.notIcmp() != null;
    return (rule.ipVersion() == null || rule.ipVersion() == p.family().version())
        && (rule.protocol() == null || rule.protocol() == p.protocol())
        && (rule.notProtocol() == null || rule.notProtocol() != p.protocol())
        && (!anyIcmp || rule.protocol() != null || p.protocol() == icmp)
        && (rule.icmp() == null || matches(rule.icmp(), p))
        && (rule.notIcmp() == null || !matches(rule.notIcmp(), p))
        && matches(rule.source(), p, p.source(), p.first())
        && matches(rule.destination(), p, p.destination(), p.second());
  }

  private static boolean matches(Rule.Icmp icmp, Packet p) {
    return (icmp.type() == null || icmp.type() == p.first())
        && (icmp.code() == null || icmp.code() == p.second());
  }

  private boolean matches(Side side, Packet p, Ip ip, int port) {
    boolean anyPorts = !side.ports().isEmpty() || !side.namedPortSets().isEmpty();
    boolean needsPorts =
        anyPorts
            || !side.notPorts().isEmpty()
            || !side.notNamedPortSets().isEmpty()
            || !side.ipPortSets().isEmpty();
    Member triple = new Member.IpPort(ip, p.protocol(), port);
    return (!needsPorts || p.hasPorts())
        && (side.nets().isEmpty() || side.nets().stream().anyMatch(n -> n.contains(ip)))
        && !side.notNets().stream().anyMatch(n -> n.contains(ip))
        && concerns(side.notNets(), ip)
        && side.sets().stream().allMatch(s -> inSet(s, ip))
        && side.notSets().stream().noneMatch(s -> inSet(s, ip))
        && (!anyPorts
            || inPorts(side.ports(), port)
            || side.namedPortSets().stream().anyMatch(s -> set(s).members().contains(triple)))
        && !inPorts(side.notPorts(), port)
        && side.notNamedPortSets().stream().noneMatch(s -> set(s).members().contains(triple))
        && side.ipPortSets().stream().allMatch(s -> set(s).members().contains(triple));
  }

  /** A list without any prefix of the packet's family takes the rule out of that family. */
  private static boolean concerns(List<Cidr> nets, Ip ip) {
    return nets.isEmpty() || nets.stream().anyMatch(n -> n.family() == ip.family());
  }

  private static boolean inPorts(List<Port> ports, int port) {
    return ports.stream().anyMatch(r -> r.min() <= port && port <= r.max());
  }

  private AddressSet set(StateKey.SetId id) {
    AddressSet set = (AddressSet) state.get(id);
    if (set == null) {
      throw new AssertionError("no set " + id);
    }
    return set;
  }

  private boolean inSet(StateKey.SetId id, Ip ip) {
    return set(id).members().stream()
        .anyMatch(m -> m instanceof Member.Net n && n.cidr().contains(ip));
  }
}
