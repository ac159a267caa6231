package calico.felix.dataplane;

import calico.felix.rules.RulesConfig;
import java.time.Duration;

/**
 * What of Felix's configuration the dataplane depends on.
 *
 * @param rules what the rules depend on, among it the prefixes of workload interfaces
 * @param ipv6Enabled whether IPv6 is programmed at all (Ipv6Support)
 * @param interfaces what is about the host and its interfaces
 * @param nftablesRefreshInterval how often tables are read back, 0 for never
 *     (NftablesRefreshInterval)
 * @param routeRefreshInterval how often routes and neighbours are read back, 0 for never
 *     (RouteRefreshInterval)
 * @param deviceRoutes how the routes to local workloads are made
 * @param removeExternalRoutes whether other routes on workload interfaces are removed, too
 *     (RemoveExternalRoutes)
 * @param overlay what the routes to other nodes depend on
 * @param routesOfOthers whether all routes and neighbours are left to others (RouteSyncDisabled)
 */
public record DataplaneConfig(
    RulesConfig rules,
    boolean ipv6Enabled,
    InterfaceConfig interfaces,
    Duration nftablesRefreshInterval,
    Duration routeRefreshInterval,
    DeviceRoutes deviceRoutes,
    boolean removeExternalRoutes,
    OverlayConfig overlay,
    boolean routesOfOthers) {

  /** Upstream's defaults. */
  public static DataplaneConfig defaults() {
    return new DataplaneConfig(
        RulesConfig.defaults(),
        true,
        InterfaceConfig.defaults(),
        Duration.ofSeconds(180),
        Duration.ofSeconds(90),
        DeviceRoutes.defaults(),
        true,
        OverlayConfig.defaults(),
        false);
  }

  /** The same with other rules. */
  public DataplaneConfig withRules(RulesConfig other) {
    return new DataplaneConfig(
        other,
        ipv6Enabled,
        interfaces,
        nftablesRefreshInterval,
        routeRefreshInterval,
        deviceRoutes,
        removeExternalRoutes,
        overlay,
        routesOfOthers);
  }

  /** The same with other settings of the routes to other nodes. */
  public DataplaneConfig withOverlay(OverlayConfig other) {
    return new DataplaneConfig(
        rules,
        ipv6Enabled,
        interfaces,
        nftablesRefreshInterval,
        routeRefreshInterval,
        deviceRoutes,
        removeExternalRoutes,
        other,
        routesOfOthers);
  }

  /** The same with other routes to local workloads. */
  public DataplaneConfig withDeviceRoutes(DeviceRoutes other) {
    return new DataplaneConfig(
        rules,
        ipv6Enabled,
        interfaces,
        nftablesRefreshInterval,
        routeRefreshInterval,
        other,
        removeExternalRoutes,
        overlay,
        routesOfOthers);
  }

  /** The same, and all routes and neighbours are left to others. */
  public DataplaneConfig withRoutesOfOthers() {
    return new DataplaneConfig(
        rules,
        ipv6Enabled,
        interfaces,
        nftablesRefreshInterval,
        routeRefreshInterval,
        deviceRoutes,
        removeExternalRoutes,
        overlay,
        true);
  }

  boolean isWorkload(String interfaceName) {
    return rules.interfacePrefixes().stream().anyMatch(interfaceName::startsWith);
  }
}
