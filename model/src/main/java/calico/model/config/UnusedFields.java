package calico.model.config;

import java.util.List;
import java.util.Set;

/**
 * Fields of a FelixConfiguration that upstream knows and this Felix has no use for: they are kept,
 * and have no effect.
 */
public final class UnusedFields {
  private static final Set<String> NAMES =
      Set.of(
          """
          awsSrcDstCheck bpfAttachType bpfCTLBLogFilter bpfConnectTimeLoadBalancing
          bpfConnectTimeLoadBalancingEnabled bpfConntrackLogLevel bpfConntrackMode
          bpfConntrackTimeouts bpfDSROptoutCIDRs bpfDataIfacePattern bpfDisableGROForIfaces
          bpfDisableUnprivileged bpfEnabled bpfEnforceRPF bpfExcludeCIDRsFromNAT
          bpfExportBufferSizeMB bpfExtToServiceConnmark bpfExternalServiceMode
          bpfForceTrackPacketsFromIfaces bpfHostConntrackBypass bpfHostNetworkedNATWithoutCTLB
          bpfIPFragTimeout bpfIPFragmentReassemblyEnabled bpfJITHardening bpfKubeProxyHealthzPort
          bpfKubeProxyIptablesCleanupEnabled bpfKubeProxyMinSyncPeriod bpfL3IfacePattern
          bpfLogFilters bpfLogLevel bpfMaglevMaxEndpointsPerService bpfMaglevMaxServices
          bpfMapSizeConntrack bpfMapSizeConntrackCleanupQueue bpfMapSizeConntrackScaling
          bpfMapSizeIPSets bpfMapSizeIfState bpfMapSizeNATAffinity bpfMapSizeNATBackend
          bpfMapSizeNATFrontend bpfMapSizePerCpuConntrack bpfMapSizeRoute bpfOverlayHostSourceIP
          bpfPSNATPorts bpfPolicyDebugEnabled bpfProfiling bpfRedirectToPeer cgroupV2Path
          chainInsertMode dataplaneDriver dataplaneWatchdogTimeout debugDisableLogDropping
          debugHost debugMemoryProfilePath debugPort debugSimulateCalcGraphHangAfter
          debugSimulateDataplaneApplyDelay debugSimulateDataplaneHangAfter externalNodesList
          featureDetectOverride featureGates flowLogsCollectorDebugTrace flowLogsFlushInterval
          flowLogsGoldmaneServer flowLogsLocalReporter flowLogsPolicyEvaluationMode
          genericXDPEnabled goGCThreshold goMaxProcs goMemoryLimitMB healthTimeoutOverrides
          ipsetsRefreshInterval iptablesBackend iptablesFilterAllowAction iptablesFilterDenyAction
          iptablesLockProbeInterval iptablesMangleAllowAction iptablesMarkMask
          iptablesPostWriteCheckInterval iptablesRefreshInterval istioAmbientMode istioDSCPMark
          kubeNodePortRanges liveMigrationRouteConvergenceTime localSubnetL2Reachability
          localSubnetL2ReachabilityRefreshInterval logActionRateLimit logActionRateLimitBurst
          logDebugFilenameRegex logFilePath logSeverityFile logSeveritySys maxIpsetSize
          netlinkTimeout nftablesFlowTableDataIfacePattern nodeSelector prometheusGoMetricsEnabled
          prometheusMetricsCAFile prometheusMetricsCertFile prometheusMetricsClientAuth
          prometheusMetricsKeyFile prometheusProcessMetricsEnabled
          prometheusWireGuardMetricsEnabled requireMTUFile routeTableRange
          sidecarAccelerationEnabled usageReportingEnabled usageReportingInitialDelay
          usageReportingInterval useInternalDataplaneDriver windowsManageFirewallRules
          wireguardEnabled wireguardEnabledV6 wireguardHostEncryptionEnabled
          wireguardInterfaceName wireguardInterfaceNameV6 wireguardKeepAlive
          wireguardListeningPort wireguardListeningPortV6 wireguardMTU wireguardMTUV6
          wireguardRoutingRulePriority wireguardThreadingEnabled xdpEnabled xdpRefreshInterval
          """
              .strip()
              .split("\\s+"));

  private UnusedFields() {}

  /** All of them, sorted. */
  public static List<String> all() {
    return NAMES.stream().sorted().toList();
  }

  public static boolean contains(String fieldName) {
    return NAMES.contains(fieldName);
  }
}
