package calico.felix.calc;

import calico.felix.state.LocalHostEndpoint;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which host endpoint is for which interface of a node, as far as the datastore tells: a node knows
 * the addresses of its interfaces, but what is stored is only what Nodes list and what
 * HostEndpoints expect. By which interface a packet goes between nodes is not stored either: it is
 * taken to be that with the node's address.
 */
final class HostInterfaces {
  private static final String LOOPBACK = "lo";

  private final Map<String, NodeAddresses> nodes = new LinkedHashMap<>();
  private final Map<String, List<NodeSpec.Interface>> interfaces = new HashMap<>();
  private final List<HostInterface> hosts;

  HostInterfaces(Snapshot snapshot, Resolver resolver) {
    for (Resource<NodeSpec> node : snapshot.all(Kinds.NODE)) {
      nodes.put(node.metadata().name(), NodeAddresses.of(node));
      List<NodeSpec.Interface> listed = node.spec().interfaces();
      interfaces.put(node.metadata().name(), listed == null ? List.of() : listed);
    }
    this.hosts = resolver.hosts().stream().sorted(Comparator.comparing(HostInterface::id)).toList();
  }

  /**
   * The host endpoint whose policies are for an interface.
   *
   * @param host null if there is none
   * @param assumption why it is not certain, in words; or null
   */
  record Guard(String node, @Nullable HostInterface host, @Nullable String assumption) {}

  /** The node that an address is of, or null. */
  @Nullable String node(Ip ip) {
    return Stream.concat(
            hosts.stream().filter(h -> h.expectedIps().contains(ip)).map(HostInterface::node),
            nodes.keySet().stream().filter(node -> ofNode(node).contains(ip)))
        .findFirst()
        .orElse(null);
  }

  /** Whether a node lists the address as its own. */
  boolean isOfNode(Ip ip) {
    return nodes.values().stream().anyMatch(node -> node.all().contains(ip));
  }

  /** A node's address by which others reach it; null if it is not known. */
  @Nullable Ip address(String node, Family family) {
    NodeAddresses.OfFamily addresses = known(node).byFamily().get(family);
    return addresses == null ? null : addresses.ip();
  }

  /** All known addresses of a node, those by which others reach it first. */
  Set<Ip> addresses(String node) {
    Set<Ip> all = new LinkedHashSet<>(ofNode(node));
    of(node).forEach(host -> all.addAll(host.expectedIps()));
    return all;
  }

  /** For the interfaces of workloads. */
  Guard ofWorkloads(String node) {
    return new Guard(node, any(node), null);
  }

  /** For what the node sends to itself. */
  Guard loopback(String node) {
    return guard(node, LOOPBACK, List.of());
  }

  /** For the interface by which a node reaches others. */
  Guard facing(String node) {
    List<Ip> ips = primary(node);
    return guard(node, nameWith(node, ips), ips);
  }

  /** For the interface with an address of the node. */
  Guard at(String node, Ip ip) {
    List<Ip> ips = List.of(ip);
    return primary(node).contains(ip) ? facing(node) : guard(node, nameWith(node, ips), ips);
  }

  /**
   * The first that is for an interface, as a node sees it.
   *
   * @param name empty if not known
   * @param ips of the interface
   */
  private Guard guard(String node, String name, Collection<Ip> ips) {
    return of(node)
        .filter(
            h ->
                h.interfaceName().isEmpty()
                    ? !Collections.disjoint(h.expectedIps(), ips)
                    : h.interfaceName().equals(name))
        .findFirst()
        .map(host -> new Guard(node, host, null))
        .orElseGet(() -> name.isEmpty() ? unknown(node, ips) : ofWorkloads(node));
  }

  /** The name of the interface with these addresses; empty if not known. */
  private String nameWith(String node, Collection<Ip> ips) {
    Stream<String> ofNode =
        interfaces.getOrDefault(node, List.of()).stream()
            .filter(i -> i.name() != null && has(i, ips))
            .map(NodeSpec.Interface::name);
    Stream<String> expected =
        of(node)
            .filter(HostInterfaces::isNamed)
            .filter(h -> !Collections.disjoint(h.expectedIps(), ips))
            .map(HostInterface::interfaceName);
    return Stream.concat(ofNode, expected).findFirst().orElse("");
  }

  private static boolean has(NodeSpec.Interface one, Collection<Ip> ips) {
    return one.addresses() != null
        && one.addresses().stream()
            .map(InterfaceAddress::tryParse)
            .anyMatch(address -> address != null && ips.contains(address.ip()));
  }

  /** An interface whose name is not known can be that of a host endpoint that has only a name. */
  private Guard unknown(String node, Collection<Ip> ips) {
    HostInterface any = any(node);
    Optional<HostInterface> possible =
        of(node).filter(h -> isNamed(h) && h.expectedIps().isEmpty()).findFirst();
    if (possible.isEmpty() || Collections.disjoint(primary(node), ips)) {
      return new Guard(node, any, null);
    }
    String joined = ips.stream().map(Ip::toString).collect(Collectors.joining(" and "));
    return new Guard(
        node,
        any == null ? possible.get() : any,
        "taken to be for the interface with "
            + joined
            + ": neither expectedIPs nor the Node's interfaces say which that is");
  }

  private @Nullable HostInterface any(String node) {
    return of(node).filter(HostInterfaces::isAny).findFirst().orElse(null);
  }

  private Stream<HostInterface> of(String node) {
    return hosts.stream().filter(h -> h.node().equals(node));
  }

  private static boolean isAny(HostInterface host) {
    return host.interfaceName().equals(LocalHostEndpoint.ANY_INTERFACE);
  }

  private static boolean isNamed(HostInterface host) {
    return !host.interfaceName().isEmpty() && !isAny(host);
  }

  /**
   * The addresses by which others reach a node, IPv4 first; one interface is taken to have them.
   */
  private List<Ip> primary(String node) {
    List<Ip> primary = new ArrayList<>();
    for (Family family : Family.values()) {
      Ip ip = address(node, family);
      if (ip != null) {
        primary.add(ip);
      }
    }
    return primary;
  }

  private Set<Ip> ofNode(String node) {
    Set<Ip> all = new LinkedHashSet<>(primary(node));
    all.addAll(known(node).all());
    all.addAll(known(node).tunnelIps());
    return all;
  }

  private NodeAddresses known(String node) {
    return nodes.getOrDefault(node, NodeAddresses.NONE);
  }
}
