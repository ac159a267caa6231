package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.util.Map;

/**
 * How the routes to local workloads are made.
 *
 * @param protocol an RTPROT_* number (DeviceRouteProtocol)
 * @param metrics of every family, from 1 (IPv4NormalRoutePriority, IPv6NormalRoutePriority)
 * @param sources from which the host itself sends to workloads; families without one are left to
 *     the kernel (DeviceRouteSourceAddress, DeviceRouteSourceAddressIPv6)
 */
public record DeviceRoutes(int protocol, Map<Family, Integer> metrics, Map<Family, Ip> sources) {
  /** RTPROT_BOOT. */
  public static final int PROTOCOL_BOOT = 3;

  private static final int METRIC = 1024;

  public DeviceRoutes {
    metrics = Map.copyOf(metrics);
    sources = Map.copyOf(sources);
  }

  /** Upstream's defaults. */
  public static DeviceRoutes defaults() {
    return new DeviceRoutes(
        PROTOCOL_BOOT, Map.of(Family.IPV4, METRIC, Family.IPV6, METRIC), Map.of());
  }

  int metric(Family family) {
    return metrics.getOrDefault(family, METRIC);
  }

  LocalRoute.Key key(Cidr destination) {
    return new LocalRoute.Key(destination, metric(destination.family()));
  }

  /** By an interface. */
  LocalRoute route(int interfaceIndex, Family family) {
    return new LocalRoute(interfaceIndex, protocol, true, sources.get(family));
  }
}
