package calico.felix.calc;

import calico.felix.calc.Decision.Direction;
import calico.felix.calc.Decision.Effect;
import calico.felix.calc.Decision.Place;
import calico.felix.calc.Decision.Step;
import calico.felix.calc.HostInterfaces.Guard;
import calico.felix.state.LocalEndpoint;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import calico.model.config.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A packet's way through the nodes of its two ends. Each node does with it what its kernel does:
 *
 * <pre>
 * comes in by an interface    untracked and pre-DNAT policy of its host endpoint
 *   goes out by another       its forward policy, the sending workload's egress policy,
 *                             the other's forward policy, the receiving workload's ingress policy
 *   is for the node itself    normal policy; from a workload, its egress policy and the action
 * sent by the node itself     normal policy of where it goes out; not to its own workloads
 * </pre>
 */
final class PacketPath {
  private static final int IPIP = 4;
  private static final int UDP = 17;

  private final Resolver resolver;
  private final List<Workload> workloads;
  private final HostInterfaces interfaces;
  private final AddressTranslation translation;
  private final Function<String, FelixConfig> configuration;
  private final List<Step> steps = new ArrayList<>();
  private final HostTrace hosts;

  /** As it is where it has come to. */
  private Packet packet;

  /**
   * Begins nothing yet.
   *
   * @param workloads of all nodes, in their precedence
   */
  PacketPath(
      Resolver resolver,
      List<Workload> workloads,
      HostInterfaces interfaces,
      AddressTranslation translation,
      Function<String, FelixConfig> configuration,
      Packet packet) {
    this.resolver = resolver;
    this.workloads = workloads;
    this.interfaces = interfaces;
    this.translation = translation;
    this.configuration = configuration;
    this.packet = packet;
    this.hosts = new HostTrace(resolver, configuration, steps);
  }

  /**
   * One end of the way.
   *
   * @param workload whose address it is, if it is a workload's
   * @param node on which that is, or whose address it is; null if it is of neither
   * @param internal to which the node translates a floating address; null if it is none
   */
  private record End(
      Ip ip, @Nullable Workload workload, @Nullable String node, @Nullable Ip internal) {}

  /** An interface by which a packet comes into a node or leaves it, perhaps a workload's. */
  private record Gate(Guard guard, @Nullable Workload workload) {}

  Decision decide() {
    End from = source();
    End to = destination(from);
    String sender = from.node();
    boolean allowed =
        (sender != null && sender.equals(to.node()))
            ? within(sender, from, to)
            : (leaves(from) && arrives(to));
    return new Decision(allowed, List.copyOf(steps));
  }

  private End source() {
    Ip ip = packet.source();
    Workload workload = workload(ip);
    String node = workload == null ? interfaces.node(ip) : workload.node();
    return new End(ip, workload, node, null);
  }

  private End destination(End from) {
    Ip ip = packet.destination();
    String sender = from.node();
    if (from.workload() != null
        && sender != null
        && OpenStack.isForMetadata(packet)
        && translation.isOpenStack(sender)) {
      return metadata(ip, sender);
    }
    Workload workload = workload(ip);
    if (workload != null) {
      return new End(ip, workload, workload.node(), null);
    }
    return translation
        .floating(ip)
        .map(f -> new End(ip, f.workload(), f.workload().node(), f.internal()))
        .orElseGet(() -> new End(ip, null, interfaces.node(ip), null));
  }

  /** The service is on the machine's node or, if that is another's address, on that. */
  private End metadata(Ip ip, String sender) {
    Ip service = OpenStack.metadataService(configuration.apply(sender));
    if (service == null) {
      return new End(ip, null, null, null);
    }
    String owner = interfaces.node(service);
    step(Direction.EGRESS, ip.toString(), "the metadata service: becomes " + service, Effect.PASS);
    packet = packet.to(service, configuration.apply(sender).get(FelixParameters.METADATA_PORT));
    return new End(service, null, owner == null ? sender : owner, null);
  }

  private @Nullable Workload workload(Ip ip) {
    return workloads.stream()
        .filter(w -> w.networks().contains(ip.toCidr()))
        .findFirst()
        .orElse(null);
  }

  private boolean within(String node, End from, End to) {
    if (from.workload() == null && to.workload() == null) {
      Gate loopback = new Gate(interfaces.loopback(node), null);
      return hop(node, null, loopback, null) && hop(node, loopback, null, null);
    }
    return hop(node, inner(from, node), inner(to, node), to.internal());
  }

  private boolean leaves(End from) {
    String node = from.node();
    if (node == null) {
      return outside(Direction.EGRESS, from);
    }
    boolean leaves = hop(node, inner(from, node), outer(from, node), null);
    if (leaves && from.workload() != null) {
      masquerade(node);
    }
    return leaves;
  }

  private void masquerade(String node) {
    Cidr pool = translation.masquerading(node, packet);
    if (pool == null) {
      return;
    }
    Ip address = translation.masqueradeAddress(node, packet);
    step(
        Direction.EGRESS,
        packet.source().toString(),
        "natOutgoing of pool %s: becomes %s"
            .formatted(pool, address == null ? "an address of node " + node : address),
        Effect.PASS);
    packet = address == null ? packet : packet.from(address);
  }

  private boolean arrives(End to) {
    String node = to.node();
    return node == null
        ? outside(Direction.INGRESS, to)
        : hop(node, outer(to, node), inner(to, node), to.internal());
  }

  private boolean outside(Direction direction, End end) {
    return step(direction, end.ip().toString(), "not a workload", Effect.ALLOW);
  }

  /** Null if the end is the node itself. */
  private @Nullable Gate inner(End end, String node) {
    Workload workload = end.workload();
    return workload == null ? null : new Gate(interfaces.ofWorkloads(node), workload);
  }

  /** Between an end's node and others. */
  private Gate outer(End end, String node) {
    boolean own = end.workload() == null;
    return new Gate(own ? interfaces.at(node, end.ip()) : interfaces.facing(node), null);
  }

  /**
   * What a node does with the packet.
   *
   * @param in null if the node itself sends it
   * @param out null if it is for the node itself
   * @param internal to which the node translates the destination; null if it does not
   */
  private boolean hop(String node, @Nullable Gate in, @Nullable Gate out, @Nullable Ip internal) {
    if (in == null) {
      return out == null || sends(out);
    }
    HostTrace.Way way = hosts.in(in.guard());
    Effect early = way.early(packet);
    if (early == Effect.DENY || (internal != null && !translates(way, internal))) {
      return false;
    }
    boolean done = early == Effect.ALLOW;
    if (out == null) {
      return in.workload() == null
          ? (done || way.receives(packet))
          : (asksOpenStack(node) || (policy(Direction.EGRESS, in) && toOwnHost(node)));
    }
    return (done || way.forwards(packet))
        && policy(Direction.EGRESS, in)
        && hosts.out(out.guard()).forwards(packet)
        && policy(Direction.INGRESS, out);
  }

  private boolean translates(HostTrace.Way way, Ip internal) {
    String external = packet.destination().toString();
    if (way.isUntracked()) {
      String reason = "a floating address, and what is untracked is not translated";
      return step(Direction.INGRESS, external, reason, Effect.DENY);
    }
    step(Direction.INGRESS, external, "a floating address: becomes " + internal, Effect.PASS);
    packet = packet.to(internal, packet.destinationPort());
    return true;
  }

  private boolean sends(Gate out) {
    Workload workload = out.workload();
    if (workload == null) {
      return hosts.out(out.guard()).sends(packet);
    }
    String source = packet.source().toString();
    return step(Direction.EGRESS, source, "the host and its own workload", Effect.ALLOW)
        && step(
            Direction.INGRESS, name(workload), "comes from the workload's own node", Effect.ALLOW);
  }

  private boolean asksOpenStack(String node) {
    String service =
        translation.isOpenStack(node) ? OpenStack.service(configuration.apply(node), packet) : null;
    return service != null
        && step(
            Direction.INGRESS,
            packet.destination().toString(),
            service + ", which virtual machines may always ask of their host",
            Effect.ALLOW);
  }

  private boolean toOwnHost(String node) {
    FelixConfig config = configuration.apply(node);
    String action = config.get(FelixParameters.DEFAULT_ENDPOINT_TO_HOST_ACTION);
    return step(
        Direction.INGRESS,
        packet.destination().toString(),
        "from a workload to its own host, "
            + config.name(FelixParameters.DEFAULT_ENDPOINT_TO_HOST_ACTION)
            + " is "
            + action,
        action.equals("Drop") ? Effect.DENY : Effect.ALLOW);
  }

  /** What the workload's policy does, if the interface is one's. */
  private boolean policy(Direction direction, Gate gate) {
    Workload workload = gate.workload();
    if (workload == null) {
      return true;
    }
    String name = name(workload);
    Optional<Workload> programmed =
        workloads.stream()
            .filter(w -> w.node().equals(workload.node()))
            .filter(w -> w.interfaceName().equals(workload.interfaceName()))
            .findFirst();
    if (!programmed.equals(Optional.of(workload))) {
      String reason = "interface " + workload.interfaceName() + " is another endpoint's";
      return step(direction, name, reason, Effect.DENY);
    }
    String guard = direction == Direction.EGRESS ? tunnelGuard(workload) : null;
    if (guard != null) {
      String reason = "a packet of a tunnel, " + guard + " is false";
      return step(direction, name, reason, Effect.DENY);
    }
    LocalEndpoint endpoint = resolver.endpoint(workload);
    return new RuleTrace(steps, direction, name, packet, resolver)
        .passes(endpoint.tiers(), endpoint.profiles());
  }

  /** The setting for which a workload may not send packets of tunnels between hosts, or null. */
  private @Nullable String tunnelGuard(Workload workload) {
    FelixConfig config = configuration.apply(workload.node());
    Parameter<Boolean> guard =
        packet.protocol() == UDP
                && packet.destinationPort() == config.get(FelixParameters.VXLAN_PORT)
            ? FelixParameters.ALLOW_VXLAN_PACKETS_FROM_WORKLOADS
            : packet.protocol() == IPIP ? FelixParameters.ALLOW_IPIP_PACKETS_FROM_WORKLOADS : null;
    return guard == null || config.get(guard) ? null : config.name(guard);
  }

  private static String name(Workload workload) {
    return workload.id().workload() + "/" + workload.id().endpoint();
  }

  /** Records a step; returns whether it lets the flow pass if it is the last. */
  private boolean step(Direction direction, String endpoint, String reason, Effect effect) {
    steps.add(new Step(direction, endpoint, new Place.Because(reason), effect, List.of()));
    return effect == Effect.ALLOW;
  }
}
