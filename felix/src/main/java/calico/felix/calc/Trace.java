package calico.felix.calc;

import calico.felix.calc.Decision.Direction;
import calico.felix.calc.Decision.Effect;
import calico.felix.calc.Decision.Place;
import calico.felix.calc.Decision.Step;
import calico.felix.state.LocalEndpoint;
import calico.model.Cidr;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Answers what policy does with a flow, and why, from the cluster's state alone: the way through
 * the source's egress rules and the destination's ingress rules, and those of the host endpoints
 * between them, as the kernels of their nodes go. Connections that exist already are not policed
 * again and not traced.
 */
public final class Trace {
  private static final String NODE = "node/";
  private static final int IPIP = 4;
  private static final int UDP = 17;

  private final Snapshot snapshot;
  private final Resolver resolver;
  private final List<Workload> workloads;
  private final HostTrace hosts;
  private final Function<String, FelixConfig> configuration;
  private final List<Step> steps = new ArrayList<>();

  private Trace(Snapshot snapshot, Function<String, FelixConfig> configuration) {
    this.snapshot = snapshot;
    this.configuration = configuration;
    this.resolver = new Resolver(snapshot);
    this.hosts = new HostTrace(resolver, this::nodeAddresses, configuration);
    this.workloads =
        resolver.workloads().stream()
            .sorted(Comparator.comparing(Workload::id, Workload.PRECEDENCE))
            .toList();
  }

  /**
   * The decision on a flow.
   *
   * @param configuration Felix's on a node, by the node's name
   * @throws IllegalArgumentException if there is no workload or node of a name, or there are
   *     several, or the two ends have no address family in common
   */
  public static Decision explain(
      Snapshot snapshot, Flow flow, Function<String, FelixConfig> configuration) {
    Trace trace = new Trace(snapshot, configuration);
    Packet packet = trace.packet(flow);
    boolean allowed = trace.leaves(packet) && trace.arrives(packet);
    return new Decision(allowed, List.copyOf(trace.steps));
  }

  /**
   * The addresses of a flow's two ends.
   *
   * @throws IllegalArgumentException as {@link #explain}
   */
  public static List<Ip> ends(Snapshot snapshot, Flow flow) {
    Trace trace = new Trace(snapshot, _ -> FelixConfig.resolve(List.of()));
    Packet packet = trace.packet(flow);
    return List.of(packet.source(), packet.destination());
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
    Stream<Ip> addresses =
        switch (peer) {
          case Flow.Peer.Address address -> Stream.of(address.ip());
          case Flow.Peer.Named(String name) -> named(name);
        };
    return addresses.sorted().distinct().toList();
  }

  private Stream<Ip> named(String name) {
    String node = name.startsWith(NODE) ? name.substring(NODE.length()) : name;
    List<Ip> ofNode = Stream.concat(nodeAddresses(node), hosts.addresses(node)).toList();
    List<Workload> found = workloads(name);
    if (found.isEmpty() && ofNode.isEmpty()) {
      throw new IllegalArgumentException(
          "there is no workload or node '"
              + name
              + "' with an address: give NAMESPACE/WORKLOAD of a WorkloadEndpoint, the name of a"
              + " node, or an address");
    }
    List<String> all = new ArrayList<>(found.stream().map(w -> w.id().workload()).toList());
    if (!ofNode.isEmpty()) {
      all.add(NODE + node);
    }
    if (all.size() > 1) {
      throw new IllegalArgumentException(
          "'" + name + "' can be any of " + String.join(", ", all) + ": give one of these");
    }
    return found.isEmpty()
        ? ofNode.stream()
        : found.getFirst().networks().stream().map(Cidr::address);
  }

  /** The first endpoint of each workload that may be meant. */
  private List<Workload> workloads(String name) {
    Map<String, Workload> found = new TreeMap<>();
    for (Workload workload : workloads) {
      String full = workload.id().workload();
      if (full.equals(name)) {
        return List.of(workload);
      }
      if (full.endsWith("/" + name)) {
        found.putIfAbsent(full, workload);
      }
    }
    return List.copyOf(found.values());
  }

  private @Nullable Workload owner(Ip ip) {
    return workloads.stream()
        .filter(w -> w.networks().contains(ip.toCidr()))
        .findFirst()
        .orElse(null);
  }

  /** What the packet's sender and its node do with it. */
  private boolean leaves(Packet packet) {
    Workload from = owner(packet.source());
    if (from != null) {
      return workload(Direction.EGRESS, from, packet)
          && (isOn(from.node(), packet.destination())
              || hosts.forwards(Direction.EGRESS, from.node(), packet, steps));
    }
    HostInterface host = hosts.at(packet.source());
    Workload to = owner(packet.destination());
    boolean ownWorkload = host != null && to != null && to.node().equals(host.node());
    return (host == null || ownWorkload)
        ? step(
            Direction.EGRESS,
            packet.source().toString(),
            new Place.Because(host == null ? "not a workload" : "the host and its own workload"),
            Effect.ALLOW)
        : hosts.sends(host, packet, steps);
  }

  /** What the receiver's node and the receiver do with it. */
  private boolean arrives(Packet packet) {
    Workload from = owner(packet.source());
    Workload to = owner(packet.destination());
    if (to != null) {
      return (isOn(to.node(), packet.source())
              || hosts.forwards(Direction.INGRESS, to.node(), packet, steps))
          && workload(Direction.INGRESS, to, packet);
    }
    if (from != null && isOn(from.node(), packet.destination())) {
      return toOwnHost(from.node(), packet);
    }
    HostInterface host = hosts.at(packet.destination());
    return host == null
        ? step(
            Direction.INGRESS,
            packet.destination().toString(),
            new Place.Because("not a workload"),
            Effect.ALLOW)
        : hosts.receives(host, packet, steps);
  }

  private boolean toOwnHost(String node, Packet packet) {
    FelixConfig config = configuration.apply(node);
    String action = config.get(FelixParameters.DEFAULT_ENDPOINT_TO_HOST_ACTION);
    return step(
        Direction.INGRESS,
        packet.destination().toString(),
        new Place.Because(
            "from a workload to its own host, "
                + config.name(FelixParameters.DEFAULT_ENDPOINT_TO_HOST_ACTION)
                + " is "
                + action),
        action.equals("Drop") ? Effect.DENY : Effect.ALLOW);
  }

  /** Whether an address is a workload's or the host's of this node. */
  private boolean isOn(String node, Ip ip) {
    Workload workload = owner(ip);
    HostInterface host = hosts.at(ip);
    return workload != null
        ? workload.node().equals(node)
        : host != null ? host.node().equals(node) : nodeAddresses(node).anyMatch(ip::equals);
  }

  private boolean workload(Direction direction, Workload workload, Packet packet) {
    String name = workload.id().workload() + "/" + workload.id().endpoint();
    HostInterface host = hosts.at(packet.source());
    if (direction == Direction.INGRESS
        && ((host != null && host.node().equals(workload.node()))
            || nodeAddresses(workload.node()).anyMatch(packet.source()::equals))) {
      return step(
          direction, name, new Place.Because("comes from the workload's own node"), Effect.ALLOW);
    }
    Optional<Workload> programmed =
        workloads.stream()
            .filter(w -> w.node().equals(workload.node()))
            .filter(w -> w.interfaceName().equals(workload.interfaceName()))
            .findFirst();
    if (!programmed.equals(Optional.of(workload))) {
      return step(
          direction,
          name,
          new Place.Because("interface " + workload.interfaceName() + " is another endpoint's"),
          Effect.DENY);
    }
    String guard = direction == Direction.EGRESS ? guard(workload, packet) : null;
    if (guard != null) {
      return step(
          direction,
          name,
          new Place.Because("a packet of a tunnel, " + guard + " is false"),
          Effect.DENY);
    }
    LocalEndpoint endpoint = resolver.endpoint(workload);
    return new RuleTrace(steps, direction, name, packet, resolver)
        .passes(endpoint.tiers(), endpoint.profiles());
  }

  /** The setting for which a workload may not send packets of tunnels between hosts, or null. */
  private @Nullable String guard(Workload workload, Packet packet) {
    FelixConfig config = configuration.apply(workload.node());
    Parameter<Boolean> guard =
        packet.protocol() == UDP
                && packet.destinationPort() == config.get(FelixParameters.VXLAN_PORT)
            ? FelixParameters.ALLOW_VXLAN_PACKETS_FROM_WORKLOADS
            : packet.protocol() == IPIP ? FelixParameters.ALLOW_IPIP_PACKETS_FROM_WORKLOADS : null;
    return guard == null || config.get(guard) ? null : config.name(guard);
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
    steps.add(new Step(direction, endpoint, place, effect, List.of()));
    return effect == Effect.ALLOW;
  }
}
