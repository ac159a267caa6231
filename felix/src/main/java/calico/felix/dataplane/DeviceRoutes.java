package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.time.Duration;
import java.util.Map;

/**
 * How the routes to local workloads are made.
 *
 * @param protocol an RTPROT_* number (DeviceRouteProtocol)
 * @param metrics of every family, from 1 (IPv4NormalRoutePriority, IPv6NormalRoutePriority)
 * @param elevated the same of workloads that have just come from another node
 *     (IPv4ElevatedRoutePriority, IPv6ElevatedRoutePriority)
 * @param convergence how long all others may need to learn that they have
 *     (LiveMigrationRouteConvergenceTime)
 * @param sources from which the host itself sends to workloads; families without one are left to
 *     the kernel (DeviceRouteSourceAddress, DeviceRouteSourceAddressIPv6)
 */
public record DeviceRoutes(
    int protocol,
    Map<Family, Integer> metrics,
    Map<Family, Integer> elevated,
    Duration convergence,
    Map<Family, Ip> sources) {
  /** RTPROT_BOOT. */
  public static final int PROTOCOL_BOOT = 3;

  private static final int METRIC = 1024;
  private static final int ELEVATED = 512;

  public DeviceRoutes {
    metrics = Map.copyOf(metrics);
    elevated = Map.copyOf(elevated);
    sources = Map.copyOf(sources);
  }

  /** Upstream's defaults. */
  public static DeviceRoutes defaults() {
    return new DeviceRoutes(
        PROTOCOL_BOOT,
        Map.of(Family.IPV4, METRIC, Family.IPV6, METRIC),
        Map.of(Family.IPV4, ELEVATED, Family.IPV6, ELEVATED),
        Duration.ofSeconds(30),
        Map.of());
  }

  LocalRoute.Key key(Cidr destination) {
    return new LocalRoute.Key(destination, metrics.getOrDefault(destination.family(), METRIC));
  }

  /** Of a workload that has just come. */
  LocalRoute.Key elevatedKey(Cidr destination) {
    return new LocalRoute.Key(destination, elevated.getOrDefault(destination.family(), ELEVATED));
  }

  /** Whether a route may be of these, by its metric. */
  boolean isKey(LocalRoute.Key key) {
    return key.equals(key(key.destination())) || key.equals(elevatedKey(key.destination()));
  }

  /** By an interface. */
  LocalRoute route(int interfaceIndex, Family family) {
    return new LocalRoute(interfaceIndex, protocol, true, sources.get(family));
  }
}
