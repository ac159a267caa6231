package calico.felix;

import calico.felix.calc.CalcConfig;
import calico.felix.calc.OpenStack;
import calico.felix.dataplane.DataplaneConfig;
import calico.felix.dataplane.DeviceRoutes;
import calico.felix.dataplane.InterfaceConfig;
import calico.felix.dataplane.OverlayConfig;
import calico.felix.dataplane.WireguardConfig;
import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.Tables;
import calico.model.Family;
import calico.model.Ip;
import calico.model.config.FelixConfig;
import calico.model.config.FelixParameters;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Picks from Felix's configuration what the dataplane depends on. */
final class DataplaneSettings {
  private DataplaneSettings() {}

  /**
   * The dataplane's part.
   *
   * @param clusterType what the cluster runs on, as ClusterInformation has it
   */
  static DataplaneConfig from(FelixConfig config, String clusterType) {
    WireguardConfig wireguard = WireguardSettings.dataplane(config);
    return new DataplaneConfig(
        rules(config, clusterType, wireguard),
        config.get(FelixParameters.IPV6_SUPPORT),
        new InterfaceConfig(
            config.get(FelixParameters.IP_FORWARDING).equals("Enabled"),
            config.get(FelixParameters.INTERFACE_EXCLUDE),
            config.get(FelixParameters.INTERFACE_REFRESH_INTERVAL)),
        config.get(FelixParameters.NFTABLES_REFRESH_INTERVAL),
        config.get(FelixParameters.ROUTE_REFRESH_INTERVAL),
        deviceRoutes(config),
        config.get(FelixParameters.REMOVE_EXTERNAL_ROUTES),
        new OverlayConfig(
            config.get(FelixParameters.VXLAN_VNI),
            config.get(FelixParameters.VXLAN_PORT),
            config.get(FelixParameters.VXLAN_MTU),
            config.get(FelixParameters.VXLAN_MTU_V6),
            config.get(FelixParameters.IPIP_MTU),
            programsIpip(config),
            config.get(FelixParameters.MTU_IFACE_PATTERN),
            null,
            wireguard),
        config.get(FelixParameters.ROUTE_SYNC_DISABLED));
  }

  private static DeviceRoutes deviceRoutes(FelixConfig config) {
    Map<Family, Ip> sources = new EnumMap<>(Family.class);
    config
        .get(FelixParameters.DEVICE_ROUTE_SOURCE_ADDRESS)
        .ifPresent(ip -> sources.put(Family.IPV4, ip));
    config
        .get(FelixParameters.DEVICE_ROUTE_SOURCE_ADDRESS_IPV6)
        .ifPresent(ip -> sources.put(Family.IPV6, ip));
    return new DeviceRoutes(
        config.get(FelixParameters.DEVICE_ROUTE_PROTOCOL),
        Map.of(
            Family.IPV4,
            config.get(FelixParameters.IPV4_NORMAL_ROUTE_PRIORITY),
            Family.IPV6,
            config.get(FelixParameters.IPV6_NORMAL_ROUTE_PRIORITY)),
        Map.of(
            Family.IPV4,
            config.get(FelixParameters.IPV4_ELEVATED_ROUTE_PRIORITY),
            Family.IPV6,
            config.get(FelixParameters.IPV6_ELEVATED_ROUTE_PRIORITY)),
        config.get(FelixParameters.LIVE_MIGRATION_ROUTE_CONVERGENCE_TIME),
        sources);
  }

  /** What the calculation of routes depends on. */
  static CalcConfig.Routing routing(FelixConfig config) {
    return new CalcConfig.Routing(
        tunnel(config.get(FelixParameters.VXLAN_ENABLED)),
        tunnel(config.get(FelixParameters.IPIP_ENABLED)),
        programsIpip(config),
        programs(config, "EnabledNoEncapOnly"),
        config.get(FelixParameters.ROUTE_SOURCE).equals("WorkloadIPs")
            ? CalcConfig.Source.WORKLOADS
            : CalcConfig.Source.IPAM,
        floatingIps(config),
        WireguardSettings.calculation(config));
  }

  private static boolean programsIpip(FelixConfig config) {
    return programs(config, "EnabledIPIPOnly");
  }

  private static boolean programs(FelixConfig config, String only) {
    String programs = config.get(FelixParameters.PROGRAM_CLUSTER_ROUTES);
    return programs.equals("Enabled") || programs.equals(only);
  }

  private static CalcConfig.Switch tunnel(Optional<Boolean> enabled) {
    return enabled
        .map(on -> on ? CalcConfig.Switch.ON : CalcConfig.Switch.OFF)
        .orElse(CalcConfig.Switch.BY_POOLS);
  }

  private static boolean floatingIps(FelixConfig config) {
    return config.get(FelixParameters.FLOATING_IPS).equals("Enabled");
  }

  private static RulesConfig rules(
      FelixConfig config, String clusterType, WireguardConfig wireguard) {
    long mask = config.get(FelixParameters.NFTABLES_MARK_MASK);
    int accept = (int) Long.lowestOneBit(mask);
    int pass = (int) Long.lowestOneBit(mask & ~Integer.toUnsignedLong(accept));
    int done = (int) Long.lowestOneBit(mask & ~Integer.toUnsignedLong(accept | pass));
    RulesConfig.OpenStack openStack = openStack(config, clusterType);
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
        new RulesConfig.SourceNat(
            config.get(FelixParameters.NAT_OUTGOING_ADDRESS).orElse(null),
            config.get(FelixParameters.NAT_PORT_RANGE).orElse(null),
            config.get(FelixParameters.IPTABLES_NAT_OUTGOING_INTERFACE_FILTER)),
        openStack,
        new RulesConfig.Failsafes(
            config.get(FelixParameters.FAILSAFE_INBOUND_HOST_PORTS),
            config.get(FelixParameters.FAILSAFE_OUTBOUND_HOST_PORTS)),
        accept,
        pass,
        done,
        floatingIps(config) || openStack != null,
        config.get(FelixParameters.NAT_OUTGOING_EXCLUSIONS).equals("IPPoolsOnly"),
        serviceLoops(config.get(FelixParameters.SERVICE_LOOP_PREVENTION)),
        sourceSpoofing(config),
        logLimit(config),
        new RulesConfig.Tunnels(
            config.get(FelixParameters.VXLAN_PORT),
            config.get(FelixParameters.EXTERNAL_NODES),
            WireguardSettings.rules(wireguard)),
        tables(System.getProperty("os.version", "")));
  }

  /**
   * Which policies are looked up, on a kernel. Before 5.13 a map could not say what holds for all
   * that is not in it.
   *
   * @param release such as {@code 6.1.0-13-amd64}; not known, it is taken for a new one
   */
  static Tables tables(String release) {
    Matcher version = Pattern.compile("(\\d{1,4})\\.(\\d{1,4}).*").matcher(release);
    if (!version.matches()) {
      return Tables.USUAL;
    }
    int major = Integer.parseInt(version.group(1));
    int minor = Integer.parseInt(version.group(2));
    return major > 5 || (major == 5 && minor >= 13) ? Tables.USUAL : Tables.NONE;
  }

  private static RulesConfig.@Nullable DenyAction serviceLoops(String value) {
    return value.equals("Disabled") ? null : RulesConfig.DenyAction.valueOf(upper(value));
  }

  /** Whether workloads may be allowed to send from foreign addresses at all. */
  static boolean sourceSpoofing(FelixConfig config) {
    return config.get(FelixParameters.WORKLOAD_SOURCE_SPOOFING).equals("Any");
  }

  private static RulesConfig.@Nullable LogLimit logLimit(FelixConfig config) {
    String rate = config.get(FelixParameters.LOG_ACTION_RATE_LIMIT);
    if (rate.isEmpty()) {
      return null;
    }
    int slash = rate.indexOf('/');
    int seconds =
        switch (rate.substring(slash + 1)) {
          case "second" -> 1;
          case "minute" -> 60;
          case "hour" -> 60 * 60;
          case "day" -> 24 * 60 * 60;
          default -> throw new IllegalArgumentException("LogActionRateLimit '" + rate + "'");
        };
    return new RulesConfig.LogLimit(
        Integer.parseInt(rate.substring(0, slash)),
        seconds,
        config.get(FelixParameters.LOG_ACTION_RATE_LIMIT_BURST));
  }

  private static String upper(String value) {
    return value.toUpperCase(Locale.ROOT);
  }

  /** Null if nothing says that this is OpenStack. */
  private static RulesConfig.@Nullable OpenStack openStack(FelixConfig config, String clusterType) {
    return OpenStack.isOn(config, clusterType)
        ? new RulesConfig.OpenStack(
            address(config.get(FelixParameters.METADATA_ADDR)),
            config.get(FelixParameters.METADATA_PORT))
        : null;
  }

  private static @Nullable Ip address(String host) {
    if (host.isEmpty()) {
      return null;
    }
    try {
      return Arrays.stream(InetAddress.getAllByName(host))
          .filter(Inet4Address.class::isInstance)
          .map(Ip::of)
          .findFirst()
          .orElse(null);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "MetadataAddr '" + host + "' is no IPv4 address and no known name; correct it", e);
    }
  }
}
