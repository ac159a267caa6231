package calico.model.config;

import static calico.model.config.ParameterTypes.DURATION;
import static calico.model.config.ParameterTypes.ENDPOINTS;
import static calico.model.config.ParameterTypes.FLAG;
import static calico.model.config.ParameterTypes.HOST_PORTS;
import static calico.model.config.ParameterTypes.INTERFACE_PREFIXES;
import static calico.model.config.ParameterTypes.LOG_TEXT;
import static calico.model.config.ParameterTypes.MARK_MASK;
import static calico.model.config.ParameterTypes.OPTIONAL_FLAG;
import static calico.model.config.ParameterTypes.PATTERN;
import static calico.model.config.ParameterTypes.PATTERNS;
import static calico.model.config.ParameterTypes.PORT_RANGE;
import static calico.model.config.ParameterTypes.STRING;
import static calico.model.config.ParameterTypes.TABLE_RANGES;
import static calico.model.config.ParameterTypes.address;
import static calico.model.config.ParameterTypes.enumeration;
import static calico.model.config.ParameterTypes.integer;
import static calico.model.config.ParameterTypes.oneOf;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The parameters of Felix, each declared once: the variable FELIX_NAME, the key NAME of the file
 * and the field of a FelixConfiguration follow from here. Names, fields and defaults are
 * upstream's. Those of WireGuard are in {@link WireguardParameters}, of health and metrics in
 * {@link MonitoringParameters}.
 */
public final class FelixParameters {

  // Where the data is.
  public static final Parameter<String> DATASTORE_TYPE =
      Parameter.of(
              "DatastoreType",
              "",
              oneOf("etcdv3", "kubernetes"),
              "etcdv3",
              "Which datastore holds the cluster's data.")
          .asRequired();
  public static final Parameter<String> FELIX_HOSTNAME =
      Parameter.of(
          "FelixHostname", "", STRING, "", "Name of this node; empty means the host name.");
  public static final Parameter<List<URI>> ETCD_ENDPOINTS =
      Parameter.of("EtcdEndpoints", "", ENDPOINTS, List.of(), "Members of the etcd cluster.");
  public static final Parameter<String> ETCD_KEY_FILE =
      Parameter.of("EtcdKeyFile", "", STRING, "", "Felix's private key for etcd, PEM.");
  public static final Parameter<String> ETCD_CERT_FILE =
      Parameter.of("EtcdCertFile", "", STRING, "", "Felix's certificate for etcd, PEM.");
  public static final Parameter<String> ETCD_CA_FILE =
      Parameter.of("EtcdCaFile", "", STRING, "", "Authorities, PEM, of etcd's certificate.");
  public static final Parameter<String> OPENSTACK_REGION =
      Parameter.of(
          "OpenstackRegion",
          "openstackRegion",
          ParameterTypes.REGION,
          "",
          "OpenStack region to which this node belongs, if regions share a datastore.");

  // Interfaces.
  public static final Parameter<List<String>> INTERFACE_PREFIX =
      Parameter.of(
              "InterfacePrefix",
              "interfacePrefix",
              INTERFACE_PREFIXES,
              List.of("cali"),
              "How the names of workload interfaces start.")
          .asRequired();
  public static final Parameter<List<Pattern>> INTERFACE_EXCLUDE =
      Parameter.of(
          "InterfaceExclude",
          "interfaceExclude",
          PATTERNS,
          PATTERNS.parse("kube-ipvs0"),
          "Host interfaces whose addresses are ignored.");
  public static final Parameter<Duration> INTERFACE_REFRESH_INTERVAL =
      seconds(
          "InterfaceRefreshInterval",
          "interfaceRefreshInterval",
          Duration.ofSeconds(90),
          "How often interfaces are listed again; 0 is never.");
  public static final Parameter<Pattern> MTU_IFACE_PATTERN =
      Parameter.of(
          "MTUIfacePattern",
          "mtuIfacePattern",
          PATTERN,
          Pattern.compile("^((en|wl|ww|sl|ib)[Pcopsvx].*|(eth|wlan|wwan).*)"),
          "Host interfaces whose smallest MTU is the host's.");
  public static final Parameter<Boolean> IPV6_SUPPORT =
      Parameter.of("Ipv6Support", "ipv6Support", FLAG, true, "Whether IPv6 is programmed.");
  public static final Parameter<String> IP_FORWARDING =
      Parameter.of(
          "IPForwarding",
          "ipForwarding",
          enumeration("Enabled", "Disabled"),
          "Enabled",
          "Whether Felix turns on forwarding on the host.");
  public static final Parameter<String> FLOATING_IPS =
      Parameter.of(
          "FloatingIPs",
          "floatingIPs",
          enumeration("Enabled", "Disabled"),
          "Disabled",
          "Whether ipNATs of workload endpoints are programmed.");
  public static final Parameter<String> WORKLOAD_SOURCE_SPOOFING =
      Parameter.of(
          "WorkloadSourceSpoofing",
          "workloadSourceSpoofing",
          oneOf("Disabled", "Any"),
          "Disabled",
          "Whether a workload may be allowed to send from foreign addresses.");

  // Routes.
  public static final Parameter<Duration> ROUTE_REFRESH_INTERVAL =
      seconds(
          "RouteRefreshInterval",
          "routeRefreshInterval",
          Duration.ofSeconds(90),
          "How often the kernel's routes are compared again; 0 is never.");
  public static final Parameter<String> ROUTE_SOURCE =
      Parameter.of(
          "RouteSource",
          "routeSource",
          oneOf("CalicoIPAM", "WorkloadIPs"),
          "CalicoIPAM",
          "Whether routes to other nodes come from blocks or from endpoints.");
  public static final Parameter<Boolean> ROUTE_SYNC_DISABLED =
      Parameter.of(
          "RouteSyncDisabled",
          "routeSyncDisabled",
          FLAG,
          false,
          "Whether Felix leaves all routes to others.");
  public static final Parameter<List<NumberRange>> ROUTE_TABLE_RANGES =
      Parameter.of(
          "RouteTableRanges",
          "routeTableRanges",
          TABLE_RANGES,
          List.of(new NumberRange(1, 250)),
          "Kernel routing tables that Felix may use.");
  public static final Parameter<Optional<NumberRange>> ROUTE_TABLE_RANGE =
      Parameter.of(
          "RouteTableRange",
          "routeTableRange",
          FieldTypes.TABLES,
          Optional.empty(),
          "Older form of routeTableRanges.");
  public static final Parameter<Integer> DEVICE_ROUTE_PROTOCOL =
      Parameter.of(
          "DeviceRouteProtocol",
          "deviceRouteProtocol",
          integer(0, 255),
          3,
          "Routing protocol number with which Felix marks its routes.");
  public static final Parameter<Optional<Ip>> DEVICE_ROUTE_SOURCE_ADDRESS =
      Parameter.of(
          "DeviceRouteSourceAddress",
          "deviceRouteSourceAddress",
          address(Family.IPV4),
          Optional.empty(),
          "Source address hint of IPv4 routes to workloads.");
  public static final Parameter<Optional<Ip>> DEVICE_ROUTE_SOURCE_ADDRESS_IPV6 =
      Parameter.of(
          "DeviceRouteSourceAddressIPv6",
          "deviceRouteSourceAddressIPv6",
          address(Family.IPV6),
          Optional.empty(),
          "Source address hint of IPv6 routes to workloads.");
  public static final Parameter<Boolean> REMOVE_EXTERNAL_ROUTES =
      Parameter.of(
          "RemoveExternalRoutes",
          "removeExternalRoutes",
          FLAG,
          true,
          "Whether routes of others to workload interfaces are removed.");
  public static final Parameter<String> PROGRAM_CLUSTER_ROUTES =
      Parameter.of(
          "ProgramClusterRoutes",
          "programClusterRoutes",
          enumeration("EnabledIPIPOnly", "Enabled", "Disabled", "EnabledNoEncapOnly"),
          "EnabledIPIPOnly",
          "Which routes to other nodes Felix programs instead of BIRD.");
  public static final Parameter<Integer> IPV4_NORMAL_ROUTE_PRIORITY =
      metric("IPv4NormalRoutePriority", 1024, "Metric of IPv4 routes to workloads.");
  public static final Parameter<Integer> IPV4_ELEVATED_ROUTE_PRIORITY =
      metric("IPv4ElevatedRoutePriority", 512, "Metric of IPv4 routes to just migrated workloads.");
  public static final Parameter<Integer> IPV6_NORMAL_ROUTE_PRIORITY =
      metric("IPv6NormalRoutePriority", 1024, "Metric of IPv6 routes to workloads.");
  public static final Parameter<Integer> IPV6_ELEVATED_ROUTE_PRIORITY =
      metric("IPv6ElevatedRoutePriority", 512, "Metric of IPv6 routes to just migrated workloads.");
  public static final Parameter<Duration> LIVE_MIGRATION_ROUTE_CONVERGENCE_TIME =
      seconds(
          "LiveMigrationRouteConvergenceTime",
          "liveMigrationRouteConvergenceTime",
          Duration.ofSeconds(30),
          "How long routes to a migrated workload are preferred.");

  // Tunnels.
  public static final Parameter<Optional<Boolean>> IPIP_ENABLED =
      Parameter.of(
          "IpInIpEnabled",
          "ipipEnabled",
          OPTIONAL_FLAG,
          Optional.empty(),
          "Whether the IPIP device exists; unset: if a pool uses it.");
  public static final Parameter<Integer> IPIP_MTU =
      Parameter.of(
          "IpInIpMtu",
          "ipipMTU",
          integer(0, 65535),
          0,
          "MTU of the IPIP device; 0 is from the host's.");
  public static final Parameter<Optional<Boolean>> VXLAN_ENABLED =
      Parameter.of(
          "VXLANEnabled",
          "vxlanEnabled",
          OPTIONAL_FLAG,
          Optional.empty(),
          "Whether the VXLAN device exists; unset: if a pool uses it.");
  public static final Parameter<Integer> VXLAN_MTU =
      Parameter.of(
          "VXLANMTU",
          "vxlanMTU",
          integer(0, 65535),
          0,
          "MTU of the IPv4 VXLAN device; 0 is from the host's.");
  public static final Parameter<Integer> VXLAN_MTU_V6 =
      Parameter.of(
          "VXLANMTUV6",
          "vxlanMTUV6",
          integer(0, 65535),
          0,
          "MTU of the IPv6 VXLAN device; 0 is from the host's.");
  public static final Parameter<Integer> VXLAN_PORT =
      Parameter.of("VXLANPort", "vxlanPort", integer(1, 65535), 4789, "UDP port of VXLAN.");
  public static final Parameter<Integer> VXLAN_VNI =
      Parameter.of(
          "VXLANVNI", "vxlanVNI", integer(1, 16777215), 4096, "Network identifier of VXLAN.");
  public static final Parameter<Boolean> ALLOW_VXLAN_PACKETS_FROM_WORKLOADS =
      Parameter.of(
          "AllowVXLANPacketsFromWorkloads",
          "allowVXLANPacketsFromWorkloads",
          FLAG,
          false,
          "Whether workloads may send VXLAN packets.");
  public static final Parameter<Boolean> ALLOW_IPIP_PACKETS_FROM_WORKLOADS =
      Parameter.of(
          "AllowIPIPPacketsFromWorkloads",
          "allowIPIPPacketsFromWorkloads",
          FLAG,
          false,
          "Whether workloads may send IPIP packets.");
  public static final Parameter<List<Cidr>> EXTERNAL_NODES =
      Parameter.of(
          "ExternalNodesCIDRList",
          "externalNodesList",
          FieldTypes.CIDRS_V4,
          List.of(),
          "Addresses of nodes of other clusters that may send tunnelled packets.");

  // nftables and policy.
  public static final Parameter<Duration> NFTABLES_REFRESH_INTERVAL =
      seconds(
          "NftablesRefreshInterval",
          "nftablesRefreshInterval",
          Duration.ofMinutes(3),
          "How often the kernel's ruleset is compared again; 0 is never.");
  public static final Parameter<String> NFTABLES_FILTER_DENY_ACTION =
      Parameter.of(
              "NftablesFilterDenyAction",
              "nftablesFilterDenyAction",
              oneOf("Drop", "Reject"),
              "Drop",
              "What happens to packets that policy denies.")
          .asRequired();
  public static final Parameter<Long> NFTABLES_MARK_MASK =
      Parameter.of(
              "NftablesMarkMask",
              "nftablesMarkMask",
              MARK_MASK,
              0xffff0000L,
              "Bits of the packet mark that Felix may use.")
          .asRequired();
  public static final Parameter<String> DEFAULT_ENDPOINT_TO_HOST_ACTION =
      Parameter.of(
              "DefaultEndpointToHostAction",
              "defaultEndpointToHostAction",
              oneOf("Drop", "Return", "Accept"),
              "Drop",
              "What happens to packets from workloads to the host that egress policy allows.")
          .asRequired();
  public static final Parameter<String> SERVICE_LOOP_PREVENTION =
      Parameter.of(
          "ServiceLoopPrevention",
          "serviceLoopPrevention",
          oneOf("Drop", "Reject", "Disabled"),
          "Drop",
          "What happens to forwarded packets for unused service addresses.");
  public static final Parameter<Boolean> DISABLE_CONNTRACK_INVALID_CHECK =
      Parameter.of(
          "DisableConntrackInvalidCheck",
          "disableConntrackInvalidCheck",
          FLAG,
          false,
          "Whether packets in conntrack state invalid are not denied.");
  public static final Parameter<String> LOG_PREFIX =
      Parameter.of(
          "LogPrefix",
          "logPrefix",
          LOG_TEXT,
          "calico-packet",
          "Start of the kernel's lines for rules with action Log.");
  public static final Parameter<String> LOG_ACTION_RATE_LIMIT =
      Parameter.of(
          "LogActionRateLimit",
          "logActionRateLimit",
          FieldTypes.RATE,
          "",
          "How often a Log rule may log.");
  public static final Parameter<Integer> LOG_ACTION_RATE_LIMIT_BURST =
      Parameter.of(
          "LogActionRateLimitBurst",
          "logActionRateLimitBurst",
          integer(0, 9999),
          5,
          "How many packets may be logged at once.");
  public static final Parameter<List<HostPort>> FAILSAFE_INBOUND_HOST_PORTS =
      Parameter.of(
          "FailsafeInboundHostPorts",
          "failsafeInboundHostPorts",
          HOST_PORTS,
          HOST_PORTS.parse(
              "tcp:22,udp:68,tcp:179,tcp:2379,tcp:2380,tcp:5473,tcp:6443,tcp:6666,tcp:6667"),
          "Ports of the host that policy never closes.");
  public static final Parameter<List<HostPort>> FAILSAFE_OUTBOUND_HOST_PORTS =
      Parameter.of(
          "FailsafeOutboundHostPorts",
          "failsafeOutboundHostPorts",
          HOST_PORTS,
          HOST_PORTS.parse(
              "udp:53,udp:67,tcp:179,tcp:2379,tcp:2380,tcp:5473,tcp:6443,tcp:6666,tcp:6667"),
          "Ports elsewhere that policy never closes to the host.");
  public static final Parameter<String> POLICY_SYNC_PATH_PREFIX =
      Parameter.of(
          "PolicySyncPathPrefix",
          "policySyncPathPrefix",
          STRING,
          "",
          "Directory of the PolicySync sockets; empty is off.");

  // NAT.
  public static final Parameter<Optional<Ip>> NAT_OUTGOING_ADDRESS =
      Parameter.of(
          "NATOutgoingAddress",
          "natOutgoingAddress",
          address(Family.IPV4),
          Optional.empty(),
          "Source address of masqueraded packets; unset is the interface's.");
  public static final Parameter<Optional<NumberRange>> NAT_PORT_RANGE =
      Parameter.of(
          "NATPortRange",
          "natPortRange",
          PORT_RANGE,
          Optional.empty(),
          "Source ports of masqueraded packets; unset is the kernel's choice.");
  public static final Parameter<String> NAT_OUTGOING_EXCLUSIONS =
      Parameter.of(
          "NATOutgoingExclusions",
          "natOutgoingExclusions",
          enumeration("IPPoolsOnly", "IPPoolsAndHostIPs"),
          "IPPoolsOnly",
          "Destinations to which nothing is masqueraded.");
  public static final Parameter<String> IPTABLES_NAT_OUTGOING_INTERFACE_FILTER =
      Parameter.of(
          "IptablesNATOutgoingInterfaceFilter",
          "iptablesNATOutgoingInterfaceFilter",
          FieldTypes.INTERFACE_FILTER,
          "",
          "Outgoing interfaces on which masquerading is done; empty is all.");
  public static final Parameter<String> METADATA_ADDR =
      Parameter.of(
          "MetadataAddr",
          "metadataAddr",
          STRING,
          "127.0.0.1",
          "Host of the OpenStack metadata service; none is no such service.");
  public static final Parameter<Integer> METADATA_PORT =
      Parameter.of(
          "MetadataPort",
          "metadataPort",
          integer(0, 65535),
          8775,
          "Port of the OpenStack metadata service.");

  // Reports, logs.
  public static final Parameter<String> LOG_SEVERITY_SCREEN =
      Parameter.of(
          "LogSeverityScreen",
          "logSeverityScreen",
          oneOf("Info", "Trace", "Debug", "Warning", "Error", "Fatal"),
          "Info",
          "Least severe of the events that are logged; read from the environment only, when the process"
              + " starts.");
  public static final Parameter<Duration> REPORTING_INTERVAL =
      seconds(
          "ReportingIntervalSecs",
          "reportingInterval",
          Duration.ofSeconds(30),
          "How often Felix reports that it is alive; 0 is never.");
  public static final Parameter<Duration> REPORTING_TTL =
      seconds(
          "ReportingTTLSecs",
          "reportingTTL",
          Duration.ofSeconds(90),
          "How long such a report is valid.");
  public static final Parameter<Boolean> ENDPOINT_REPORTING_ENABLED =
      Parameter.of(
          "EndpointReportingEnabled",
          "endpointReportingEnabled",
          FLAG,
          false,
          "Whether the state of endpoints is written to the datastore.");
  public static final Parameter<Duration> ENDPOINT_REPORTING_DELAY =
      seconds(
          "EndpointReportingDelaySecs",
          "endpointReportingDelay",
          Duration.ofSeconds(1),
          "Least time between two such writes.");
  public static final Parameter<String> ENDPOINT_STATUS_PATH_PREFIX =
      Parameter.of(
          "EndpointStatusPathPrefix",
          "endpointStatusPathPrefix",
          STRING,
          "/var/run/calico",
          "Directory of the endpoint status files; none is off.");

  private static final List<Parameter<?>> ALL =
      Parameter.declaredIn(
          FelixParameters.class, WireguardParameters.class, MonitoringParameters.class);

  private FelixParameters() {}

  /** Every parameter, in order. */
  public static List<Parameter<?>> all() {
    return ALL;
  }

  private static Parameter<Integer> metric(String name, int normal, String doc) {
    return Parameter.of(name, "ip" + name.substring(2), integer(1, 2147483646), normal, doc);
  }

  private static Parameter<Duration> seconds(
      String name, String fieldName, Duration defaultValue, String doc) {
    return new Parameter<>(name, fieldName, DURATION, defaultValue, "seconds", doc, false, false);
  }
}
