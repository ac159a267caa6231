package calico.felix.calc;

import calico.model.Cidr;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Answers what policy does with a flow, and why, from the cluster's state alone: the way through
 * the policies of both ends and of the host endpoints between them. Connections that exist already
 * are not policed again and not traced.
 */
public final class Trace {
  private static final String NODE = "node/";

  private final Resolver resolver;
  private final List<Workload> workloads;
  private final HostInterfaces interfaces;

  private Trace(Snapshot snapshot) {
    this.resolver = new Resolver(snapshot);
    this.interfaces = new HostInterfaces(snapshot, resolver);
    this.workloads =
        resolver.workloads().stream().sorted(Comparator.comparing(Workload::id)).toList();
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
    Trace trace = new Trace(snapshot);
    Packet packet = trace.packet(flow);
    AddressTranslation translation =
        new AddressTranslation(snapshot, trace.workloads, trace.interfaces, configuration);
    return new PacketPath(
            trace.resolver, trace.workloads, trace.interfaces, translation, configuration, packet)
        .decide();
  }

  /**
   * The addresses of a flow's two ends, and what floating ones among them may become.
   *
   * @throws IllegalArgumentException as {@link #explain}
   */
  public static List<Ip> ends(Snapshot snapshot, Flow flow) {
    Trace trace = new Trace(snapshot);
    Packet packet = trace.packet(flow);
    List<Ip> ends = new ArrayList<>(List.of(packet.source(), packet.destination()));
    AddressTranslation.candidates(trace.workloads, packet.destination())
        .forEach(w -> ends.addAll(w.sources()));
    return ends;
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

  /** IPv4 first; of a family, a node's own address first. */
  private List<Ip> addresses(Flow.Peer peer) {
    Stream<Ip> addresses =
        switch (peer) {
          case Flow.Peer.Address address -> Stream.of(address.ip());
          case Flow.Peer.Named(String name) -> named(name);
        };
    return addresses.sorted(Comparator.comparing(Ip::family)).distinct().toList();
  }

  private Stream<Ip> named(String name) {
    String node = name.startsWith(NODE) ? name.substring(NODE.length()) : name;
    Set<Ip> ofNode = interfaces.addresses(node);
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
}
