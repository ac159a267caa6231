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
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What host endpoints do with a packet. The datastore does not say by which interface a packet goes
 * between nodes: it is taken to be that with the node's address.
 */
final class HostTrace {
  private final Resolver resolver;
  private final List<HostInterface> hosts;
  private final Function<String, Stream<Ip>> nodeAddresses;
  private final Function<String, FelixConfig> configuration;

  HostTrace(
      Resolver resolver,
      Function<String, Stream<Ip>> nodeAddresses,
      Function<String, FelixConfig> configuration) {
    this.configuration = configuration;
    this.resolver = resolver;
    this.nodeAddresses = nodeAddresses;
    this.hosts = resolver.hosts().stream().sorted(Comparator.comparing(HostInterface::id)).toList();
  }

  /** The host endpoint with an address, by what it says itself. */
  @Nullable HostInterface at(Ip ip) {
    return hosts.stream().filter(h -> h.expectedIps().contains(ip)).findFirst().orElse(null);
  }

  /** The addresses that host endpoints say a node has. */
  Stream<Ip> addresses(String node) {
    return hosts.stream().filter(h -> h.node().equals(node)).flatMap(h -> h.expectedIps().stream());
  }

  /** The host endpoint through which a node reaches others. */
  private @Nullable HostInterface facing(String node) {
    List<Ip> addresses = nodeAddresses.apply(node).toList();
    return hosts.stream()
        .filter(h -> h.node().equals(node))
        .filter(h -> isAny(h) || h.expectedIps().stream().anyMatch(addresses::contains))
        .min(Comparator.comparing(HostTrace::isAny))
        .orElse(null);
  }

  private static boolean isAny(HostInterface host) {
    return host.interfaceName().equals(LocalHostEndpoint.ANY_INTERFACE);
  }

  /** One host endpoint and direction. */
  private final class Way {
    final Direction direction;
    final LocalHostEndpoint endpoint;
    final RuleTrace trace;

    Way(Direction direction, HostInterface host, Packet packet, List<Step> steps) {
      this.direction = direction;
      this.endpoint = resolver.endpoint(host);
      String name = "host endpoint " + host.id().name();
      this.trace = new RuleTrace(steps, direction, name, packet, resolver);
    }

    /** What decides before normal policy; pass if nothing does. */
    Effect early() {
      Effect effect = endpoint.forAnyInterface() ? Effect.PASS : trace.tiers(endpoint.untracked());
      return effect == Effect.PASS && direction == Direction.INGRESS
          ? trace.tiers(endpoint.preDnat())
          : effect;
    }

    boolean toOrFromHost() {
      Effect early = early();
      return early == Effect.PASS
          ? trace.passes(endpoint.normal(), endpoint.profiles())
          : early == Effect.ALLOW;
    }
  }

  boolean sends(HostInterface host, Packet packet, List<Step> steps) {
    Way way = new Way(Direction.EGRESS, host, packet, steps);
    String failsafe = failsafe(host.node(), FelixParameters.FAILSAFE_OUTBOUND_HOST_PORTS, packet);
    return failsafe == null
        ? way.toOrFromHost()
        : way.trace.step(new Place.Because(failsafe), Effect.ALLOW);
  }

  boolean receives(HostInterface host, Packet packet, List<Step> steps) {
    Way way = new Way(Direction.INGRESS, host, packet, steps);
    String failsafe = failsafe(host.node(), FelixParameters.FAILSAFE_INBOUND_HOST_PORTS, packet);
    return failsafe == null
        ? way.toOrFromHost()
        : way.trace.step(new Place.Because(failsafe), Effect.ALLOW);
  }

  /** Whether a packet to or from a node's workload passes the node's interface. */
  boolean forwards(Direction direction, String node, Packet packet, List<Step> steps) {
    HostInterface host = facing(node);
    if (host == null) {
      return true;
    }
    Way way = new Way(direction, host, packet, steps);
    List<TierPolicies> forward = way.endpoint.forward();
    boolean failsafe = failsafe(node, FelixParameters.FAILSAFE_INBOUND_HOST_PORTS, packet) != null;
    Effect early = direction == Direction.EGRESS || failsafe ? Effect.PASS : way.early();
    return early == Effect.PASS ? way.trace.tiers(forward) != Effect.DENY : early == Effect.ALLOW;
  }

  /** The failsafe port that a packet is for and the setting that makes it one, or null. */
  private @Nullable String failsafe(String node, Parameter<List<HostPort>> ports, Packet packet) {
    boolean incoming = ports.equals(FelixParameters.FAILSAFE_INBOUND_HOST_PORTS);
    Ip remote = incoming ? packet.source() : packet.destination();
    FelixConfig config = configuration.apply(node);
    return config.get(ports).stream()
        .filter(
            port ->
                Protocol.parse(port.protocol()).number() == packet.protocol()
                    && port.port() == packet.destinationPort()
                    && (port.net() == null || port.net().contains(remote)))
        .findFirst()
        .map(port -> "failsafe port " + port + " of " + config.name(ports))
        .orElse(null);
  }
}
