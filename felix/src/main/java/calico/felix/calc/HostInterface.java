package calico.felix.calc;

import static java.util.Objects.requireNonNullElse;

import calico.felix.state.AddressSet.Member;
import calico.felix.state.StateKey;
import calico.model.Ip;
import calico.model.resource.Dscp;
import calico.model.resource.HostEndpointSpec;
import calico.model.resource.Resource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What Felix reads from a HostEndpoint.
 *
 * @param interfaceName empty if only the addresses tell which interface is meant
 * @param dscp code point of its packets that leave the cluster, or null
 */
record HostInterface(
    StateKey.HostEndpoint id,
    String node,
    String interfaceName,
    List<Ip> expectedIps,
    Addressed addressed,
    @Nullable Integer dscp)
    implements Endpoint {

  /** Upstream's; the spec has no field for it. */
  private static final String DSCP_ANNOTATION = "qos.projectcalico.org/dscp";

  /** Reads a HostEndpoint. */
  static HostInterface of(Resource<HostEndpointSpec> resource) {
    HostEndpointSpec spec = resource.spec();
    List<Ip> ips =
        requireNonNullElse(spec.expectedIPs(), List.<String>of()).stream()
            .map(Ip::tryParse)
            .filter(Objects::nonNull)
            .distinct()
            .toList();
    return new HostInterface(
        new StateKey.HostEndpoint(resource.metadata().name()),
        requireNonNullElse(spec.node(), ""),
        requireNonNullElse(spec.interfaceName(), ""),
        ips,
        new Addressed(
            resource.metadata().labels(),
            requireNonNullElse(spec.profiles(), List.of()),
            ips.stream().map(ip -> new Member.Net(ip.toCidr())).toList(),
            Addressed.Named.of(spec.ports())),
        Dscp.parse(resource.metadata().annotations().get(DSCP_ANNOTATION)));
  }
}
