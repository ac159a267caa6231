package calico.felix.calc;

import static java.util.Objects.requireNonNullElse;

import calico.felix.state.AddressSet.Member;
import calico.felix.state.FloatingIp;
import calico.felix.state.StateKey;
import calico.felix.state.TrafficLimits;
import calico.model.Cidr;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.resource.Dscp;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointName;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What Felix reads from a WorkloadEndpoint.
 *
 * @param networks host routes of its addresses, at least one
 * @param floating further addresses that are translated to one of these
 * @param ingress what it may be sent
 * @param egress what it may send
 * @param spoofed prefixes of foreign addresses that it may send from
 * @param dscp code point of its packets that leave the cluster, or null
 */
record Workload(
    StateKey.Endpoint id,
    String node,
    String interfaceName,
    @Nullable String mac,
    List<Cidr> networks,
    Addressed addressed,
    Map<Ip, FloatingIp> floating,
    TrafficLimits ingress,
    TrafficLimits egress,
    List<Cidr> spoofed,
    @Nullable Integer dscp)
    implements Endpoint {

  /**
   * Reads a WorkloadEndpoint.
   *
   * @return null for one that cannot be programmed: without addresses or interface, or whose name
   *     is not that of its identity
   */
  static @Nullable Workload of(Resource<WorkloadEndpointSpec> resource) {
    WorkloadEndpointSpec spec = resource.spec();
    WorkloadEndpointName name;
    try {
      name = WorkloadEndpointName.parse(resource.metadata().name());
    } catch (IllegalArgumentException _) {
      return null; // validation has reported it
    }
    String namespace = requireNonNullElse(resource.metadata().namespace(), "");
    List<Cidr> networks = networks(spec);
    String interfaceName = requireNonNullElse(spec.interfaceName(), "");
    if (!name.node().equals(spec.node()) || networks.isEmpty() || interfaceName.isEmpty()) {
      return null;
    }
    return new Workload(
        new StateKey.Endpoint(
            name.orchestrator(), namespace + "/" + name.workload(), name.endpoint()),
        name.node(),
        interfaceName,
        spec.mac() == null || spec.mac().isEmpty() ? null : spec.mac(),
        networks,
        new Addressed(
            labels(resource, namespace),
            requireNonNullElse(spec.profiles(), List.of()),
            networks.stream().map(Member.Net::new).toList(),
            Addressed.Named.of(spec.ports())),
        floating(spec, networks, interfaceName),
        QosLimits.ingress(spec.qosControls()),
        QosLimits.egress(spec.qosControls()),
        spoofed(spec),
        spec.qosControls() == null ? null : Dscp.parse(spec.qosControls().dscp()));
  }

  /** Its addresses. */
  List<Ip> sources() {
    return networks.stream().map(Cidr::address).toList();
  }

  /** From the addresses that are translated to its own, in their order. */
  SortedMap<Ip, Ip> translated() {
    if (floating.isEmpty()) {
      return Collections.emptySortedMap();
    }
    SortedMap<Ip, Ip> translated = new TreeMap<>();
    floating.forEach((external, to) -> translated.put(external, to.internal()));
    return Collections.unmodifiableSortedMap(translated);
  }

  private static List<Cidr> spoofed(WorkloadEndpointSpec spec) {
    return requireNonNullElse(spec.allowSpoofedSourcePrefixes(), List.<String>of()).stream()
        .map(Cidr::tryParse)
        .filter(Objects::nonNull)
        .distinct()
        .toList();
  }

  private static Map<Ip, FloatingIp> floating(
      WorkloadEndpointSpec spec, List<Cidr> networks, String interfaceName) {
    Map<Ip, FloatingIp> floating = new HashMap<>();
    for (var nat : requireNonNullElse(spec.ipNATs(), List.<WorkloadEndpointSpec.IpNat>of())) {
      Ip internal = Ip.tryParse(nat.internalIP());
      Ip external = Ip.tryParse(nat.externalIP());
      if (internal != null
          && external != null
          && internal.family() == external.family()
          && networks.contains(internal.toCidr())) {
        floating.merge(
            external,
            new FloatingIp(internal, interfaceName),
            (a, b) -> FloatingIps.PRECEDENCE.compare(a, b) <= 0 ? a : b);
      }
    }
    return Map.copyOf(floating);
  }

  private static List<Cidr> networks(WorkloadEndpointSpec spec) {
    List<Cidr> networks = new ArrayList<>();
    for (String text : requireNonNullElse(spec.ipNetworks(), List.<String>of())) {
      InterfaceAddress address = InterfaceAddress.tryParse(text);
      if (address == null) {
        return List.of();
      }
      Cidr host = address.ip().toCidr();
      if (!networks.contains(host)) {
        networks.add(host);
      }
    }
    return List.copyOf(networks);
  }

  /**
   * An endpoint cannot choose its namespace or service account by labels: what its own labels say
   * in their place is dropped, so that only profiles give those.
   */
  private static Map<String, String> labels(
      Resource<WorkloadEndpointSpec> resource, String namespace) {
    Map<String, String> labels = new HashMap<>(resource.metadata().labels());
    labels
        .keySet()
        .removeIf(
            k ->
                k.startsWith(PolicySelectors.NAMESPACE_PREFIX)
                    || k.startsWith(PolicySelectors.SERVICE_ACCOUNT_PREFIX));
    labels.put(PolicySelectors.NAMESPACE_LABEL, namespace);
    String account = resource.spec().serviceAccountName();
    if (account != null && !account.isEmpty()) {
      labels.put(PolicySelectors.SERVICE_ACCOUNT_LABEL, account);
    }
    return labels;
  }
}
