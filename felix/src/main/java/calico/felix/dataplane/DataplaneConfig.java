package calico.felix.dataplane;

import calico.felix.rules.RulesConfig;
import java.time.Duration;

/**
 * What of Felix's configuration the dataplane depends on.
 *
 * @param rules what the rules depend on, among it the prefixes of workload interfaces
 * @param ipv6Enabled whether IPv6 is programmed at all (Ipv6Support)
 * @param nftablesRefreshInterval how often tables are read back, 0 for never
 *     (NftablesRefreshInterval)
 * @param routeRefreshInterval how often routes and neighbours are read back, 0 for never
 *     (RouteRefreshInterval)
 * @param deviceRouteProtocol of routes to local workloads, an RTPROT_* number (DeviceRouteProtocol)
 * @param removeExternalRoutes whether other routes on workload interfaces are removed, too
 *     (RemoveExternalRoutes)
 * @param overlay what the routes to other nodes depend on
 */
public record DataplaneConfig(
    RulesConfig rules,
    boolean ipv6Enabled,
    Duration nftablesRefreshInterval,
    Duration routeRefreshInterval,
    int deviceRouteProtocol,
    boolean removeExternalRoutes,
    OverlayConfig overlay) {

  /** RTPROT_BOOT. */
  public static final int PROTOCOL_BOOT = 3;

  /** Upstream's defaults. */
  public static DataplaneConfig defaults() {
    return new DataplaneConfig(
        RulesConfig.defaults(),
        true,
        Duration.ofSeconds(180),
        Duration.ofSeconds(90),
        PROTOCOL_BOOT,
        true,
        OverlayConfig.defaults());
  }

  /** The same with other rules. */
  public DataplaneConfig withRules(RulesConfig other) {
    return new DataplaneConfig(
        other,
        ipv6Enabled,
        nftablesRefreshInterval,
        routeRefreshInterval,
        deviceRouteProtocol,
        removeExternalRoutes,
        overlay);
  }

  /** The same with other settings of the routes to other nodes. */
  public DataplaneConfig withOverlay(OverlayConfig other) {
    return new DataplaneConfig(
        rules,
        ipv6Enabled,
        nftablesRefreshInterval,
        routeRefreshInterval,
        deviceRouteProtocol,
        removeExternalRoutes,
        other);
  }

  boolean isWorkload(String interfaceName) {
    return rules.interfacePrefixes().stream().anyMatch(interfaceName::startsWith);
  }
}
