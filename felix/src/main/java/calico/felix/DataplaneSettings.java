package calico.felix;

import calico.felix.dataplane.DataplaneConfig;
import calico.felix.rules.RulesConfig;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import java.util.Locale;

/** Picks from Felix's configuration what the dataplane depends on. */
final class DataplaneSettings {
  private DataplaneSettings() {}

  static DataplaneConfig from(FelixConfig config) {
    return new DataplaneConfig(
        rules(config),
        config.get(FelixParameters.IPV6_SUPPORT),
        config.get(FelixParameters.NFTABLES_REFRESH_INTERVAL),
        config.get(FelixParameters.ROUTE_REFRESH_INTERVAL),
        config.get(FelixParameters.DEVICE_ROUTE_PROTOCOL),
        config.get(FelixParameters.REMOVE_EXTERNAL_ROUTES));
  }

  private static RulesConfig rules(FelixConfig config) {
    long mask = config.get(FelixParameters.NFTABLES_MARK_MASK);
    int accept = (int) Long.lowestOneBit(mask);
    int pass = (int) Long.lowestOneBit(mask & ~Integer.toUnsignedLong(accept));
    int done = (int) Long.lowestOneBit(mask & ~Integer.toUnsignedLong(accept | pass));
    return new RulesConfig(
        config.get(FelixParameters.INTERFACE_PREFIX),
        RulesConfig.EndpointToHost.valueOf(
            upper(config.get(FelixParameters.DEFAULT_ENDPOINT_TO_HOST_ACTION))),
        RulesConfig.DenyAction.valueOf(
            upper(config.get(FelixParameters.NFTABLES_FILTER_DENY_ACTION))),
        !config.get(FelixParameters.DISABLE_CONNTRACK_INVALID_CHECK),
        config.get(FelixParameters.ALLOW_VXLAN_PACKETS_FROM_WORKLOADS)
            ? 0
            : config.get(FelixParameters.VXLAN_PORT),
        !config.get(FelixParameters.ALLOW_IPIP_PACKETS_FROM_WORKLOADS),
        config.get(FelixParameters.LOG_PREFIX),
        new RulesConfig.Failsafes(
            config.get(FelixParameters.FAILSAFE_INBOUND_HOST_PORTS),
            config.get(FelixParameters.FAILSAFE_OUTBOUND_HOST_PORTS)),
        accept,
        pass,
        done);
  }

  private static String upper(String value) {
    return value.toUpperCase(Locale.ROOT);
  }
}
