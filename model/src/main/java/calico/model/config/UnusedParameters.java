package calico.model.config;

import static calico.model.config.ParameterTypes.DURATION;
import static calico.model.config.ParameterTypes.FLAG;
import static calico.model.config.ParameterTypes.MARK_MASK;
import static calico.model.config.ParameterTypes.PATTERN;
import static calico.model.config.ParameterTypes.PORT_RANGE;
import static calico.model.config.ParameterTypes.STRING;
import static calico.model.config.ParameterTypes.enumeration;
import static calico.model.config.ParameterTypes.integer;
import static calico.model.config.ParameterTypes.oneOf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of upstream's Felix that this one has no use for, such as those of its other
 * dataplanes. They are checked, documented and kept, and have no effect. A row of the table has the
 * field of a FelixConfiguration, the name, the type, the default and the meaning.
 */
public final class UnusedParameters {
  private static final String TABLE =
      """
      awsSrcDstCheck | AWSSrcDstCheck | enum DoNothing,Enable,Disable | DoNothing | What is done about the source check of cloud instances.
      bpfAttachType | BPFAttachType | enum TC,TCX,Netkit | Netkit | How BPF programs are attached.
      bpfCTLBLogFilter | BPFCTLBLogFilter | string | | Whether connect-time load balancing logs.
      bpfConnectTimeLoadBalancing | BPFConnectTimeLoadBalancing | enum TCP,Enabled,Disabled | TCP | Which connections are balanced when they are made.
      bpfConnectTimeLoadBalancingEnabled | BPFConnectTimeLoadBalancingEnabled | flag | | Older form of bpfConnectTimeLoadBalancing.
      bpfConntrackLogLevel | BPFConntrackLogLevel | enum Off,Debug | Off | What the tracking of connections logs.
      bpfConntrackMode | BPFConntrackCleanupMode | enum Auto,Userspace,BPFProgram | Auto | What removes connections that have ended.
      bpfConntrackTimeouts | BPFConntrackTimeouts | timeouts | | When idle connections are forgotten, by their state.
      bpfDSROptoutCIDRs | BPFDSROptoutCIDRs | cidrs | | Clients that get no direct server return.
      bpfDataIfacePattern | BPFDataIfacePattern | pattern | ^((en\\|wl\\|ww\\|sl\\|ib)[Popsx].*\\|(eth\\|wlan\\|wwan\\|bond).*) | Host interfaces that get BPF programs.
      bpfDisableGROForIfaces | BPFDisableGROForIfaces | pattern | | Interfaces on which receive offload is turned off.
      bpfDisableUnprivileged | BPFDisableUnprivileged | flag | true | Whether only root may load BPF programs.
      bpfEnabled | BPFEnabled | flag | false | Whether the eBPF dataplane is used.
      bpfEnforceRPF | BPFEnforceRPF | oneof Disabled,Strict,Loose | Loose | How strictly the reverse path is checked.
      bpfExcludeCIDRsFromNAT | BPFExcludeCIDRsFromNAT | cidrs | | Service addresses that are not translated.
      bpfExportBufferSizeMB | BPFExportBufferSizeMB | int | 1 | Size of the buffer for events.
      bpfExtToServiceConnmark | BPFExtToServiceConnmark | mark32 | 0 | Mark on connections from outside to services.
      bpfExternalServiceMode | BPFExternalServiceMode | oneof Tunnel,DSR | Tunnel | How replies to outside clients of services travel.
      bpfForceTrackPacketsFromIfaces | BPFForceTrackPacketsFromIfaces | interfaces | docker+ | Interfaces whose packets the kernel tracks too.
      bpfHostConntrackBypass | BPFHostConntrackBypass | flag | false | Whether the kernel's tracking is bypassed.
      bpfHostNetworkedNATWithoutCTLB | BPFHostNetworkedNATWithoutCTLB | enum Enabled,Disabled | Enabled | Whether the host reaches services without connect-time balancing.
      bpfIPFragTimeout | BPFIPFragTimeout | duration | 0s | How long a fragment waits for the others.
      bpfIPFragmentReassemblyEnabled | BPFIPFragmentReassemblyEnabled | flag | true | Whether fragments are put together for policy.
      bpfJITHardening | BPFJITHardening | enum Auto,Strict | Auto | Whether hardening of compiled BPF code is kept.
      bpfKubeProxyHealthzPort | BPFKubeProxyHealthzPort | int | 10256 | Port of the service proxy's health endpoint.
      bpfKubeProxyIptablesCleanupEnabled | BPFKubeProxyIptablesCleanupEnabled | flag | true | Whether rules that another service proxy left are removed.
      bpfKubeProxyMinSyncPeriod | BPFKubeProxyMinSyncPeriod | duration | 1s | Least time between two updates of services.
      bpfL3IfacePattern | BPFL3IfacePattern | pattern | | Host interfaces without link layer that get BPF programs.
      bpfLogFilters | BPFLogFilters | texts | | Packet filters, by interface, for what is logged.
      bpfLogLevel | BPFLogLevel | oneof Off,Info,Debug | Off | What BPF programs log.
      bpfMaglevMaxEndpointsPerService | BPFMaglevMaxEndpointsPerService | int 1,3000 | 100 | Most backends of a service with consistent hashing.
      bpfMaglevMaxServices | BPFMaglevMaxServices | int 1,3000 | 100 | Most services with consistent hashing.
      bpfMapSizeConntrack | BPFMapSizeConntrack | int | 512000 | Most connections.
      bpfMapSizeConntrackCleanupQueue | BPFMapSizeConntrackCleanupQueue | int 1,2147483647 | 100000 | Most connections that wait to be removed.
      bpfMapSizeConntrackScaling | BPFMapSizeConntrackScaling | oneof Disabled,DoubleIfFull | DoubleIfFull | What happens when there are more connections.
      bpfMapSizeIPSets | BPFMapSizeIPSets | int | 1048576 | Most members of address sets.
      bpfMapSizeIfState | BPFMapSizeIfState | int | 1000 | Most interfaces.
      bpfMapSizeNATAffinity | BPFMapSizeNATAffinity | int | 65536 | Most clients that stay with a backend.
      bpfMapSizeNATBackend | BPFMapSizeNATBackend | int | 262144 | Most backends of services.
      bpfMapSizeNATFrontend | BPFMapSizeNATFrontend | int | 65536 | Most ports of services.
      bpfMapSizePerCpuConntrack | BPFMapSizePerCPUConntrack | int | 0 | Most connections for each processor.
      bpfMapSizeRoute | BPFMapSizeRoute | int | 262144 | Most routes.
      bpfOverlayHostSourceIP | BPFOverlayHostSourceIP | enum TunnelAddress,HostAddress | TunnelAddress | Source address of the host's packets into a tunnel.
      bpfPSNATPorts | BPFPSNATPorts | ports | 20000:29999 | Source ports for colliding connections.
      bpfPolicyDebugEnabled | BPFPolicyDebugEnabled | flag | true | Whether policy programs can be listed with their rules.
      bpfProfiling | BPFProfiling | enum Enabled,Disabled | Disabled | Whether BPF programs are profiled.
      bpfRedirectToPeer | BPFRedirectToPeer | enum Enabled,Disabled | Enabled | Whether packets skip the host's side of a workload's interface.
      cgroupV2Path | CgroupV2Path | string | | Where the control group file system is.
      chainInsertMode | ChainInsertMode | oneof Insert,Append | Insert | Where jumps stand in the iptables chains of the kernel.
      dataplaneDriver | DataplaneDriver | string | calico-iptables-plugin | Program that is the dataplane.
      dataplaneWatchdogTimeout | DataplaneWatchdogTimeout | duration | 90s | When a silent dataplane is ill.
      debugDisableLogDropping | DebugDisableLogDropping | flag | false | Whether a slow log delays the process.
      debugHost | DebugHost | string | localhost | Address of the profiling endpoint.
      debugMemoryProfilePath | DebugMemoryProfilePath | string | | File for profiles of the memory.
      debugPort | DebugPort | int 0,65535 | 0 | Port of the profiling endpoint; 0 is off.
      debugSimulateCalcGraphHangAfter | DebugSimulateCalcGraphHangAfter | duration | 0s | When the calculation stops, to try the watchdog.
      debugSimulateDataplaneApplyDelay | DebugSimulateDataplaneApplyDelay | duration | 0s | Delay of each change, to try slow machines.
      debugSimulateDataplaneHangAfter | DebugSimulateDataplaneHangAfter | duration | 0s | When the dataplane stops, to try the watchdog.
      featureDetectOverride | FeatureDetectOverride | featureflags | | Kernel features, NAME=true or false, that are not probed for.
      featureGates | FeatureGates | features | | Experimental features, NAME=VALUE.
      flowLogsCollectorDebugTrace | FlowLogsCollectorDebugTrace | flag | false | Whether the collector of flows logs everything.
      flowLogsFlushInterval | FlowLogsFlushInterval | duration | 5m0s | How often flows are reported.
      flowLogsGoldmaneServer | FlowLogsGoldmaneServer | string | | Server to which flows are reported.
      flowLogsLocalReporter | FlowLogsLocalReporter | enum Disabled,Enabled | Disabled | Whether flows can be read from a local socket.
      flowLogsPolicyEvaluationMode | FlowLogsPolicyEvaluationMode | enum None,Continuous | Continuous | Whether open flows follow changes of policy.
      genericXDPEnabled | GenericXDPEnabled | flag | false | Whether XDP is used where the driver has none.
      goGCThreshold | GoGCThreshold | int -1,2147483647 | 40 | Growth of the heap, in percent, before it is collected.
      goMaxProcs | GoMaxProcs | int -1,2147483647 | -1 | Most processors that are used.
      goMemoryLimitMB | GoMemoryLimitMB | int -1,2147483647 | -1 | Soft limit of the memory.
      ipsetsRefreshInterval | IpsetsRefreshInterval | duration | 1m30s | How often the kernel's address sets are compared again.
      iptablesBackend | IptablesBackend | oneof Legacy,NFT,Auto | Auto | Which iptables is used.
      iptablesFilterAllowAction | IptablesFilterAllowAction | oneof Accept,Return | Accept | See nftablesFilterAllowAction.
      iptablesFilterDenyAction | IptablesFilterDenyAction | oneof Drop,Reject | Drop | See nftablesFilterDenyAction.
      iptablesLockProbeInterval | IptablesLockProbeIntervalMillis | duration | 50ms | How often a lock that others hold is tried.
      iptablesMangleAllowAction | IptablesMangleAllowAction | oneof Accept,Return | Accept | See nftablesMangleAllowAction.
      iptablesMarkMask | IptablesMarkMask | mask | 0xffff0000 | See nftablesMarkMask.
      iptablesPostWriteCheckInterval | IptablesPostWriteCheckIntervalSecs | duration | 5s | When the rules are compared after a change.
      iptablesRefreshInterval | IptablesRefreshInterval | duration | 3m0s | See nftablesRefreshInterval.
      istioAmbientMode | IstioAmbientMode | enum Enabled,Disabled | Disabled | Whether the dataplane works with a service mesh without sidecars.
      istioDSCPMark | IstioDSCPMark | dscp | 23 | Code point by which the mesh's packets are known.
      kubeNodePortRanges | KubeNodePortRanges | portlist | 30000:32767 | Node ports of services.
      localSubnetL2Reachability | LocalSubnetL2Reachability | enum Disabled,PodsAndLoadBalancers | Disabled | Whether the host answers for workloads in its own subnet.
      localSubnetL2ReachabilityRefreshInterval | LocalSubnetL2ReachabilityRefreshInterval | duration | 2m0s | How often it announces them again.
      logDebugFilenameRegex | LogDebugFilenameRegex | pattern | | Source files whose debug events are logged.
      logFilePath | LogFilePath | string | /var/log/calico/felix.log | The log file.
      logSeverityFile | LogSeverityFile | oneof Trace,Debug,Info,Warning,Error,Fatal | Info | Least severe of the events in the log file.
      logSeveritySys | LogSeveritySys | oneof Trace,Debug,Info,Warning,Error,Fatal | Info | Least severe of the events in the system's log.
      maxIpsetSize | MaxIpsetSize | int | 1048576 | Most members of an address set.
      netlinkTimeout | NetlinkTimeoutSecs | duration | 10s | How long the kernel may take for an answer.
      nftablesFilterAllowAction | NftablesFilterAllowAction | oneof Accept,Return | Accept | What happens to packets that policy allows: with nftables others' tables decide after ours in either case.
      nftablesFlowTableDataIfacePattern | NFTablesFlowTableDataIfacePattern | pattern | | Host interfaces that the fast path includes.
      nftablesFlowTableOffload | NFTablesFlowTableOffload | enum Disabled,All | Disabled | Whether established flows take the kernel's fast path.
      nftablesMangleAllowAction | NftablesMangleAllowAction | oneof Accept,Return | Accept | What happens to packets that pre-DNAT policy allows: see nftablesFilterAllowAction.
      nftablesMode | NFTablesMode | enum Auto,Enabled,Disabled | Auto | Whether nftables is used: here it always is.
      requireMTUFile | RequireMTUFile | flag | false | Whether start-up waits for the MTU file.
      sidecarAccelerationEnabled | SidecarAccelerationEnabled | flag | false | Whether sockets of a sidecar are joined in the kernel.
      usageReportingEnabled | UsageReportingEnabled | flag | true | Whether upstream's project is told of the installation.
      usageReportingInitialDelay | UsageReportingInitialDelaySecs | duration | 5m0s | When it is told first.
      usageReportingInterval | UsageReportingIntervalSecs | duration | 24h0m0s | How often it is told.
      useInternalDataplaneDriver | UseInternalDataplaneDriver | flag | true | Whether the dataplane is in the process.
      windowsManageFirewallRules | WindowsManageFirewallRules | enum Enabled,Disabled | Disabled | Whether the firewall of Windows is set up.
      xdpEnabled | XDPEnabled | flag | true | Whether untracked policy is enforced in the driver.
      xdpRefreshInterval | XDPRefreshInterval | duration | 1m30s | How often XDP programs are compared again.
      """;

  private static final Map<String, ParameterType<?>> TYPES =
      Map.ofEntries(
          Map.entry("flag", FLAG),
          Map.entry("string", STRING),
          Map.entry("pattern", PATTERN),
          Map.entry("duration", DURATION),
          Map.entry("mask", MARK_MASK),
          Map.entry("ports", PORT_RANGE),
          Map.entry("portlist", FieldTypes.NODE_PORTS),
          Map.entry("timeouts", FieldTypes.TIMEOUTS),
          Map.entry("cidrs", FieldTypes.CIDRS),
          Map.entry("interfaces", FieldTypes.INTERFACES),
          Map.entry("texts", FieldTypes.TEXT_BY_INTERFACE),
          Map.entry("mark32", FieldTypes.MARK),
          Map.entry("features", FieldTypes.FEATURES),
          Map.entry("featureflags", FieldTypes.FEATURE_FLAGS),
          Map.entry("dscp", FieldTypes.DSCP));

  private static final List<Parameter<?>> ALL = read();

  private static final Map<String, Parameter<?>> BY_FIELD =
      ALL.stream().collect(Collectors.toMap(Parameter::fieldName, Function.identity()));

  private UnusedParameters() {}

  /** All of them, by field name. */
  public static List<Parameter<?>> all() {
    return ALL;
  }

  /** The parameter of a field of a FelixConfiguration, or null if it is none of these. */
  public static @Nullable Parameter<?> ofField(String fieldName) {
    return BY_FIELD.get(fieldName);
  }

  private static List<Parameter<?>> read() {
    List<Parameter<?>> out = new ArrayList<>();
    for (String line : TABLE.lines().toList()) {
      String[] cells = line.split("(?<!\\\\)\\|", -1);
      ParameterType<?> type = type(cells[2].strip());
      out.add(parameter(cells[0].strip(), cells[1].strip(), type, cells[3], cells[4].strip()));
    }
    return List.copyOf(out);
  }

  private static <T> Parameter<T> parameter(
      String field, String name, ParameterType<T> type, String given, String doc) {
    String text = given.strip().replace("\\|", "|");
    T defaultValue = text.isEmpty() ? type.none() : type.parse(text);
    String unit =
        !type.equals(DURATION) ? "" : name.endsWith("Millis") ? "milliseconds" : "seconds";
    return new Parameter<>(name, field, type, defaultValue, unit, doc, false, false);
  }

  private static ParameterType<?> type(String text) {
    String[] words = text.split(" ");
    String[] arguments = words.length == 1 ? new String[0] : words[1].split(",");
    return switch (words[0]) {
      case "enum" -> enumeration(arguments);
      case "oneof" -> oneOf(arguments);
      case "int" ->
          arguments.length == 0
              ? integer(Integer.MIN_VALUE, Integer.MAX_VALUE)
              : integer(Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]));
      default -> {
        ParameterType<?> type = TYPES.get(words[0]);
        if (type == null) {
          throw new IllegalArgumentException("no type " + text);
        }
        yield type;
      }
    };
  }
}
