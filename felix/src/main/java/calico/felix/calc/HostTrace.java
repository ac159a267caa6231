package calico.felix.calc;

import calico.felix.calc.Decision.Direction;
import calico.felix.calc.Decision.Effect;
import calico.felix.calc.Decision.Place;
import calico.felix.calc.Decision.Step;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.LocalHostEndpoint;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.config.HostPort;
import calico.model.config.Parameter;
import calico.model.resource.Protocol;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What the policies of host endpoints do with a packet, and what is said of it. */
final class HostTrace {
  private final Resolver resolver;
  private final Function<String, FelixConfig> configuration;
  private final List<Step> steps;

  HostTrace(Resolver resolver, Function<String, FelixConfig> configuration, List<Step> steps) {
    this.resolver = resolver;
    this.configuration = configuration;
    this.steps = steps;
  }

  /** What comes in by an interface of a node. */
  Way in(HostInterfaces.Guard guard) {
    return new Way(Direction.INGRESS, guard);
  }

  /** What goes out by an interface of a node. */
  Way out(HostInterfaces.Guard guard) {
    return new Way(Direction.EGRESS, guard);
  }

  /** The policies of one interface's host endpoint in one direction; none if it has none. */
  final class Way {
    private final Direction direction;
    private final HostInterfaces.Guard guard;
    private final @Nullable LocalHostEndpoint endpoint;
    private boolean assumptionSaid;
    private boolean untracked;

    private Way(Direction direction, HostInterfaces.Guard guard) {
      this.direction = direction;
      this.guard = guard;
      HostInterface host = guard.host();
      this.endpoint = host == null ? null : resolver.endpoint(host);
    }

    /**
     * What decides on a packet that comes in before it is known where it goes.
     *
     * @return allow if no policy for where it comes from looks at it again; pass if nothing decided
     */
    Effect early(Packet packet) {
      if (endpoint == null) {
        return Effect.PASS;
      }
      boolean open = failsafe(packet, FelixParameters.FAILSAFE_INBOUND_HOST_PORTS, false) != null;
      Effect effect = open ? Effect.PASS : untracked(packet, endpoint);
      untracked = effect == Effect.ALLOW;
      return (effect == Effect.PASS && !open)
          ? tiers(packet, "preDNAT", endpoint.preDnat())
          : effect;
    }

    /** Whether connection tracking, and with it all translation, leaves out what has come in. */
    boolean isUntracked() {
      return untracked;
    }

    /** Untracked traffic of unknown interfaces could not be told from a workload's. */
    private Effect untracked(Packet packet, LocalHostEndpoint host) {
      boolean answer =
          failsafe(
                  packet,
                  direction == Direction.INGRESS
                      ? FelixParameters.FAILSAFE_OUTBOUND_HOST_PORTS
                      : FelixParameters.FAILSAFE_INBOUND_HOST_PORTS,
                  true)
              != null;
      return (host.forAnyInterface() || answer)
          ? Effect.PASS
          : tiers(packet, "doNotTrack", host.untracked());
    }

    /** Whether what passes through the node may pass the interface. */
    boolean forwards(Packet packet) {
      return endpoint == null || tiers(packet, "applyOnForward", endpoint.forward()) != Effect.DENY;
    }

    /** Whether processes of the node may receive what has come in undecided. */
    boolean receives(Packet packet) {
      return endpoint == null
          ? unguarded(packet)
          : normal(
              packet,
              endpoint,
              failsafe(packet, FelixParameters.FAILSAFE_INBOUND_HOST_PORTS, false));
    }

    /** Whether processes of the node may send it. */
    boolean sends(Packet packet) {
      if (endpoint == null) {
        return unguarded(packet);
      }
      String failsafe = failsafe(packet, FelixParameters.FAILSAFE_OUTBOUND_HOST_PORTS, false);
      Effect untracked = failsafe == null ? untracked(packet, endpoint) : Effect.PASS;
      return untracked == Effect.PASS
          ? normal(packet, endpoint, failsafe)
          : untracked == Effect.ALLOW;
    }

    private boolean unguarded(Packet packet) {
      Ip own = direction == Direction.EGRESS ? packet.source() : packet.destination();
      steps.add(
          new Step(
              direction,
              own.toString(),
              new Place.Because("of node " + guard.node() + ", no host endpoint applies"),
              Effect.ALLOW,
              List.of()));
      return true;
    }

    private boolean normal(Packet packet, LocalHostEndpoint host, @Nullable String failsafe) {
      RuleTrace trace = trace(packet, "");
      return failsafe == null
          ? trace.passes(host.normal(), host.profiles())
          : trace.step(new Place.Because(failsafe), Effect.ALLOW);
    }

    private Effect tiers(Packet packet, String kind, List<TierPolicies> tiers) {
      return tiers.isEmpty() ? Effect.PASS : trace(packet, " (" + kind + ")").tiers(tiers);
    }

    private RuleTrace trace(Packet packet, String kind) {
      HostInterface host = guard.host();
      String name = host == null ? "" : "host endpoint " + host.id().name();
      String assumption = guard.assumption();
      if (assumption != null && !assumptionSaid) {
        assumptionSaid = true;
        steps.add(new Step(direction, name, new Place.Because(assumption), Effect.PASS, List.of()));
      }
      return new RuleTrace(steps, direction, name + kind, packet, resolver);
    }

    /**
     * The failsafe port that a packet is for, or an answer from, and the setting that makes it one;
     * or null.
     */
    private @Nullable String failsafe(
        Packet packet, Parameter<List<HostPort>> ports, boolean answer) {
      Ip remote = direction == Direction.INGRESS ? packet.source() : packet.destination();
      int number = answer ? packet.sourcePort() : packet.destinationPort();
      FelixConfig config = configuration.apply(guard.node());
      return config.get(ports).stream()
          .filter(
              port ->
                  Protocol.parse(port.protocol()).number() == packet.protocol()
                      && port.port() == number
                      && (port.net() == null || port.net().contains(remote)))
          .findFirst()
          .map(port -> "failsafe port " + port + " of " + config.name(ports))
          .orElse(null);
    }
  }
}
