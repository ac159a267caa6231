package calico.felix.rules;

import calico.felix.rules.RulesConfig.Failsafes;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey;
import calico.felix.state.TrafficLimits;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.config.HostPort;
import calico.model.resource.Port;
import calico.model.resource.Rule;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What policy says about a packet, read naively from the state records. */
public final class PolicyOracle {
  private final Map<StateKey<?>, Object> state;
  private final Failsafes failsafes;

  /** Whether more packets have come than any rate allows. */
  boolean overRate;

  /** Whether there are more connections than any limit allows. */
  boolean overConnections;

  public PolicyOracle(Map<StateKey<?>, Object> state, Failsafes failsafes) {
    this.state = state;
    this.failsafes = failsafes;
  }

  /** What policy says of a packet before it is known where it goes. */
  private enum Early {
    DENIED,
    /** No policy of host endpoints for where it comes from looks at it again. */
    DONE,
    OPEN
  }

  /** Whether a packet may pass from one interface to another. */
  public boolean forwards(Packet packet) {
    return forwards(packet, this);
  }

  /** The same, if the packet had already been looked at before routing when policy changed. */
  public boolean forwards(Packet packet, PolicyOracle before) {
    return forwards(before.early(packet), packet);
  }

  /** The same, if the packet is another one after routing than it was before. */
  public boolean forwards(Packet arriving, Packet packet) {
    return forwards(early(arriving), packet);
  }

  private boolean forwards(Early early, Packet packet) {
    LocalHostEndpoint from = hostEndpoint(packet.input());
    LocalHostEndpoint to = hostEndpoint(packet.output());
    return early != Early.DENIED
        && !isIn(StateKey.ServiceRangeId.class, StateKey.ServiceRangeId::cidr, packet.destination())
        && !isOverRate(packet.input(), Direction.EGRESS)
        && !isOverRate(packet.output(), Direction.INGRESS)
        && (early == Early.DONE
            || from == null
            || decide(from.forward(), Direction.INGRESS, packet) != Action.DENY)
        && (to == null || decide(to.forward(), Direction.EGRESS, packet) != Action.DENY)
        && (!isWorkload(packet.input()) || allows(packet.input(), Direction.EGRESS, packet))
        && (!isWorkload(packet.output()) || allows(packet.output(), Direction.INGRESS, packet));
  }

  /** Whether a packet may come in to the host. */
  public boolean receives(Packet packet) {
    Early early = early(packet);
    if (early == Early.DENIED || isOverRate(packet.input(), Direction.EGRESS)) {
      return false;
    }
    if (isWorkload(packet.input())) {
      return isNeighbourDiscovery(packet) || allows(packet.input(), Direction.EGRESS, packet);
    }
    if (early == Early.DONE) {
      return true;
    }
    LocalHostEndpoint endpoint = hostEndpoint(packet.input());
    return endpoint == null
        || isFailsafe(failsafes.inbound(), packet, true, false)
        || allows(endpoint.normal(), endpoint.profiles(), Direction.INGRESS, packet);
  }

  /** Whether the host may send a packet. */
  public boolean sends(Packet packet) {
    if (isWorkload(packet.output())) {
      return true;
    }
    LocalHostEndpoint endpoint = hostEndpoint(packet.output());
    if (endpoint == null) {
      return true;
    }
    boolean open =
        endpoint.forAnyInterface()
            || isFailsafe(failsafes.outbound(), packet, false, false)
            || isFailsafe(failsafes.inbound(), packet, false, true);
    Action untracked = open ? null : decide(endpoint.untracked(), Direction.EGRESS, packet);
    return untracked != null
        ? untracked == Action.ALLOW
        : isFailsafe(failsafes.outbound(), packet, false, false)
            || allows(endpoint.normal(), endpoint.profiles(), Direction.EGRESS, packet);
  }

  private Early early(Packet packet) {
    LocalHostEndpoint endpoint = hostEndpoint(packet.input());
    if (endpoint == null) {
      return Early.OPEN;
    }
    Action action = untracked(endpoint, packet);
    if (action == null && !isFailsafe(failsafes.inbound(), packet, true, false)) {
      action = decide(endpoint.preDnat(), Direction.INGRESS, packet);
    }
    return action == null ? Early.OPEN : action == Action.ALLOW ? Early.DONE : Early.DENIED;
  }

  private @Nullable Action untracked(LocalHostEndpoint endpoint, Packet packet) {
    boolean open =
        endpoint.forAnyInterface()
            || isFailsafe(failsafes.inbound(), packet, true, false)
            || isFailsafe(failsafes.outbound(), packet, true, true);
    return open ? null : decide(endpoint.untracked(), Direction.INGRESS, packet);
  }

  /** Whether a packet that comes in is left out of connection tracking. */
  public boolean untracks(Packet packet) {
    LocalHostEndpoint endpoint = hostEndpoint(packet.input());
    return endpoint != null && untracked(endpoint, packet) == Action.ALLOW;
  }

  private static boolean isWorkload(String interfaceName) {
    return interfaceName.startsWith("cali");
  }

  private @Nullable LocalHostEndpoint hostEndpoint(String interfaceName) {
    LocalHostEndpoint any = null;
    for (Object value : state.values()) {
      if (value instanceof LocalHostEndpoint endpoint) {
        if (endpoint.interfaceName().equals(interfaceName)) {
          return endpoint;
        }
        any = endpoint.forAnyInterface() ? endpoint : any;
      }
    }
    return any;
  }

  private static boolean isNeighbourDiscovery(Packet packet) {
    return packet.protocol() == 58
        && packet.family() == Family.IPV6
        && (packet.first() == 135 || packet.first() == 136);
  }

  private static boolean isFailsafe(
      List<HostPort> ports, Packet packet, boolean incoming, boolean answer) {
    Ip remote = incoming ? packet.source() : packet.destination();
    int protocol = packet.protocol();
    return isNeighbourDiscovery(packet)
        || ports.stream()
            .anyMatch(
                port ->
                    protocol == (port.protocol().equals("tcp") ? 6 : 17)
                        && port.port() == (answer ? packet.first() : packet.second())
                        && (port.net() == null || port.net().contains(remote)));
  }

  private <K extends StateKey<?>> boolean isIn(Class<K> kind, Function<K, Cidr> cidr, Ip ip) {
    return state.keySet().stream()
        .filter(kind::isInstance)
        .map(kind::cast)
        .anyMatch(key -> cidr.apply(key).contains(ip));
  }

  /** The code point with which a packet goes on, of which it had none. */
  int codePoint(Packet packet) {
    Object codePoint = state.get(new StateKey.CodePointId(packet.source()));
    return codePoint instanceof Integer set
            && !isIn(StateKey.PoolId.class, StateKey.PoolId::cidr, packet.destination())
        ? set
        : 0;
  }

  private boolean isOverRate(String interfaceName, Direction direction) {
    LocalEndpoint endpoint = workload(interfaceName);
    return overRate && endpoint != null && limits(endpoint, direction).packetRate() != null;
  }

  private static TrafficLimits limits(LocalEndpoint endpoint, Direction direction) {
    return direction == Direction.INGRESS ? endpoint.ingress() : endpoint.egress();
  }

  private @Nullable LocalEndpoint workload(String interfaceName) {
    return state.values().stream()
        .filter(v -> v instanceof LocalEndpoint e && e.interfaceName().equals(interfaceName))
        .map(LocalEndpoint.class::cast)
        .findAny()
        .orElse(null);
  }

  boolean allows(String interfaceName, Direction direction, Packet packet) {
    LocalEndpoint endpoint = workload(interfaceName);
    if (endpoint == null) {
      return false;
    }
    if (overConnections
        && packet.protocol() == 6
        && limits(endpoint, direction).maxConnections() > 0) {
      return false;
    }
    if (direction == Direction.EGRESS
        && (packet.protocol() == 4 || (packet.protocol() == 17 && packet.second() == 4789))) {
      return false;
    }
    return allows(endpoint.tiers(), endpoint.profiles(), direction, packet);
  }

  private boolean allows(
      List<TierPolicies> tiers,
      List<StateKey.ProfileId> profiles,
      Direction direction,
      Packet packet) {
    Action byTiers = decide(tiers, direction, packet);
    if (byTiers != null) {
      return byTiers == Action.ALLOW;
    }
    for (StateKey.ProfileId id : profiles) {
      ProfileRules profile = (ProfileRules) state.get(id);
      Action decided =
          profile == null
              ? Action.DENY
              : decideRules(
                  direction == Direction.INGRESS ? profile.ingress() : profile.egress(), packet);
      if (decided != null) {
        return decided == Action.ALLOW;
      }
    }
    return false;
  }

  /** Allow, deny, or null if all tiers pass. */
  private @Nullable Action decide(List<TierPolicies> tiers, Direction direction, Packet packet) {
    for (TierPolicies tier : tiers) {
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
                : decideRules(
                    direction == Direction.INGRESS ? policy.ingress() : policy.egress(), packet);
        if (decided != null) {
          action = decided;
          break;
        }
      }
      if (action != Action.PASS) {
        return action;
      }
    }
    return null;
  }

  private @Nullable Action decideRules(List<ResolvedRule> rules, Packet packet) {
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
