package calico.felix.calc;

import calico.felix.calc.Decision.Direction;
import calico.felix.calc.Decision.Effect;
import calico.felix.calc.Decision.Place;
import calico.felix.calc.Decision.Step;
import calico.felix.state.LocalEndpoint;
import calico.felix.state.Policy;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers what policy does with a flow, and why, from the cluster's state alone: the way through
 * the source's egress rules and the destination's ingress rules, as the kernels of their nodes go.
 * Connections that exist already are not policed again and not traced.
 */
public final class Trace {
  private final Snapshot snapshot;
  private final List<Workload> workloads;
  private final List<Step> steps = new ArrayList<>();

  private Trace(Snapshot snapshot) {
    this.snapshot = snapshot;
    this.workloads =
        Resolver.workloads(snapshot).stream()
            .sorted(Comparator.comparing(Workload::id, Workload.PRECEDENCE))
            .toList();
  }

  /**
   * The decision on a flow.
   *
   * @throws IllegalArgumentException if there is no workload of a name, or the two ends have no
   *     address family in common
   */
  public static Decision explain(Snapshot snapshot, Flow flow) {
    Trace trace = new Trace(snapshot);
    Packet packet = trace.packet(flow);
    boolean allowed =
        trace.passes(Direction.EGRESS, trace.owner(packet.source()), packet)
            && trace.passes(Direction.INGRESS, trace.owner(packet.destination()), packet);
    return new Decision(allowed, List.copyOf(trace.steps));
  }

  private Packet packet(Flow flow) {
    for (Ip source : addresses(flow.source())) {
      for (Ip destination : addresses(flow.destination())) {
        if (source.family() == destination.family()) {
          return new Packet(source, destination, flow.protocol(), flow.sourcePort(), flow.port());
        }
      }
    }
    throw new IllegalArgumentException(
        flow.source() + " and " + flow.destination() + " have no address family in common");
  }

  /** IPv4 first. */
  private List<Ip> addresses(Flow.Peer peer) {
    return switch (peer) {
      case Flow.Peer.Address address -> List.of(address.ip());
      case Flow.Peer.OfWorkload(String name) ->
          workloads.stream()
              .filter(w -> w.id().workload().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "there is no workload '"
                              + name
                              + "': give NAMESPACE/WORKLOAD of a WorkloadEndpoint, or an address"))
              .networks()
              .stream()
              .map(Cidr::address)
              .sorted()
              .toList();
    };
  }

  private @Nullable Workload owner(Ip ip) {
    return workloads.stream()
        .filter(w -> w.networks().contains(ip.toCidr()))
        .findFirst()
        .orElse(null);
  }

  private boolean passes(Direction direction, @Nullable Workload workload, Packet packet) {
    boolean egress = direction == Direction.EGRESS;
    if (workload == null) {
      Ip ip = egress ? packet.source() : packet.destination();
      return step(direction, ip.toString(), new Place.Because("not a workload"), Effect.ALLOW);
    }
    String name = workload.id().workload() + "/" + workload.id().endpoint();
    if (!egress && nodeAddresses(workload.node()).anyMatch(packet.source()::equals)) {
      return step(
          direction, name, new Place.Because("comes from the workload's own node"), Effect.ALLOW);
    }
    Map<StateKey<?>, Object> state =
        Resolver.resolve(snapshot, new CalcConfig(workload.node(), _ -> true)).values();
    if (!(state.get(workload.id()) instanceof LocalEndpoint endpoint)) {
      return step(
          direction,
          name,
          new Place.Because("interface " + workload.interfaceName() + " is another endpoint's"),
          Effect.DENY);
    }
    return new Side(direction, name, packet, state).passes(endpoint);
  }

  private Stream<Ip> nodeAddresses(String node) {
    Resource<NodeSpec> resource = snapshot.get(Kinds.NODE, node);
    NodeSpec.Bgp bgp = resource == null ? null : resource.spec().bgp();
    if (bgp == null) {
      return Stream.of();
    }
    return Stream.of(bgp.ipv4Address(), bgp.ipv6Address())
        .<InterfaceAddress>mapMulti(
            (text, out) -> {
              InterfaceAddress address = text == null ? null : InterfaceAddress.tryParse(text);
              if (address != null) {
                out.accept(address);
              }
            })
        .map(InterfaceAddress::ip);
  }

  /** Records a step; returns whether it lets the flow pass if it is the last. */
  private boolean step(Direction direction, String endpoint, Place place, Effect effect) {
    steps.add(new Step(direction, endpoint, place, effect));
    return effect == Effect.ALLOW;
  }

  /** The way through one direction of one endpoint. */
  private final class Side {
    private final Direction direction;
    private final String name;
    private final Packet packet;
    private final Map<StateKey<?>, Object> state;

    Side(Direction direction, String name, Packet packet, Map<StateKey<?>, Object> state) {
      this.direction = direction;
      this.name = name;
      this.packet = packet;
      this.state = state;
    }

    boolean passes(LocalEndpoint endpoint) {
      for (LocalEndpoint.TierPolicies tier : endpoint.tiers()) {
        var policies = direction == Direction.EGRESS ? tier.egress() : tier.ingress();
        Effect effect = policies.isEmpty() ? Effect.PASS : tier(tier, policies);
        if (effect != Effect.PASS) {
          return effect == Effect.ALLOW;
        }
      }
      for (StateKey.ProfileId profile : endpoint.profiles()) {
        ProfileRules rules = (ProfileRules) state.get(profile);
        List<ResolvedRule> list =
            rules == null
                ? List.of()
                : direction == Direction.EGRESS ? rules.egress() : rules.ingress();
        Effect effect = rules(list, rule -> new Place.OfProfile(profile.name(), rule));
        if (effect == Effect.ALLOW || effect == Effect.DENY) {
          return effect == Effect.ALLOW;
        }
      }
      return step(direction, name, new Place.Because("no policy or profile decided"), Effect.DENY);
    }

    private Effect tier(LocalEndpoint.TierPolicies tier, List<StateKey.PolicyId> policies) {
      for (StateKey.PolicyId id : policies) {
        if (!(state.get(id) instanceof Policy policy)) {
          throw new IllegalStateException(name + " refers to " + id + ", which is not there");
        }
        Effect effect =
            rules(
                direction == Direction.EGRESS ? policy.egress() : policy.ingress(),
                rule -> new Place.OfPolicy(tier.tier(), id.toString(), rule));
        if (effect != Effect.NO_MATCH) {
          return effect;
        }
      }
      Effect effect = tier.passByDefault() ? Effect.PASS : Effect.DENY;
      step(direction, name, new Place.OfTier(tier.tier()), effect);
      return effect;
    }

    private Effect rules(List<ResolvedRule> rules, PlaceOfRule place) {
      for (int i = 0; i < rules.size(); i++) {
        if (packet.matches(rules.get(i), state)) {
          Effect effect =
              switch (rules.get(i).action()) {
                case ALLOW -> Effect.ALLOW;
                case DENY -> Effect.DENY;
                case PASS -> Effect.PASS;
                case LOG -> Effect.LOG;
              };
          step(direction, name, place.of(i), effect);
          if (effect != Effect.LOG) {
            return effect;
          }
        }
      }
      step(direction, name, place.of(null), Effect.NO_MATCH);
      return Effect.NO_MATCH;
    }
  }

  private interface PlaceOfRule {
    Place of(@Nullable Integer rule);
  }
}
