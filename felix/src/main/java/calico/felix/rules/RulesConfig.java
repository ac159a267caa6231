package calico.felix.rules;

import calico.model.config.FelixParameters;
import calico.model.config.HostPort;
import java.util.List;

/**
 * What of Felix's configuration the rules depend on.
 *
 * @param interfacePrefixes an interface whose name begins so is a workload's (InterfacePrefix)
 * @param endpointToHost what happens to a workload's traffic to its host that its egress policy
 *     allows (DefaultEndpointToHostAction)
 * @param denyAction how traffic is denied (NftablesFilterDenyAction)
 * @param dropInvalid whether packets that conntrack finds invalid are denied
 *     (DisableConntrackInvalidCheck)
 * @param vxlanPort UDP port to which workloads may not send, or 0 (AllowVXLANPacketsFromWorkloads,
 *     VXLANPort)
 * @param dropIpip whether workloads may not send IP in IP (AllowIPIPPacketsFromWorkloads)
 * @param logPrefix of a Log rule's lines; %k %n %p become kind, name, namespace/name (LogPrefix)
 * @param failsafes what host endpoints' policy never closes
 * @param acceptMark one bit, set by a policy that allows
 * @param passMark one bit, set by a policy that passes to the next tier
 * @param doneMark one bit, set on a packet on which host endpoints' policy has nothing more to say
 */
public record RulesConfig(
    List<String> interfacePrefixes,
    EndpointToHost endpointToHost,
    DenyAction denyAction,
    boolean dropInvalid,
    int vxlanPort,
    boolean dropIpip,
    String logPrefix,
    Failsafes failsafes,
    int acceptMark,
    int passMark,
    int doneMark) {

  /** DefaultEndpointToHostAction. */
  public enum EndpointToHost {
    DROP,
    /** Other rules of the host decide. */
    RETURN,
    ACCEPT
  }

  /** NftablesFilterDenyAction. */
  public enum DenyAction {
    DROP,
    /** Answers the sender with ICMP port unreachable. */
    REJECT
  }

  /**
   * Ports that stay open.
   *
   * @param inbound of the host (FailsafeInboundHostPorts)
   * @param outbound of others, for the host (FailsafeOutboundHostPorts)
   */
  public record Failsafes(List<HostPort> inbound, List<HostPort> outbound) {}

  /** Upstream's defaults. */
  public static RulesConfig defaults() {
    return new RulesConfig(
        List.of("cali"),
        EndpointToHost.DROP,
        DenyAction.DROP,
        true,
        4789,
        true,
        "calico-packet",
        new Failsafes(
            FelixParameters.FAILSAFE_INBOUND_HOST_PORTS.defaultValue(),
            FelixParameters.FAILSAFE_OUTBOUND_HOST_PORTS.defaultValue()),
        0x10000,
        0x20000,
        0x80000);
  }

  public RulesConfig withEndpointToHost(EndpointToHost action) {
    return new RulesConfig(
        interfacePrefixes,
        action,
        denyAction,
        dropInvalid,
        vxlanPort,
        dropIpip,
        logPrefix,
        failsafes,
        acceptMark,
        passMark,
        doneMark);
  }

  public RulesConfig withDenyAction(DenyAction action) {
    return new RulesConfig(
        interfacePrefixes,
        endpointToHost,
        action,
        dropInvalid,
        vxlanPort,
        dropIpip,
        logPrefix,
        failsafes,
        acceptMark,
        passMark,
        doneMark);
  }

  public RulesConfig withFailsafes(Failsafes ports) {
    return new RulesConfig(
        interfacePrefixes,
        endpointToHost,
        denyAction,
        dropInvalid,
        vxlanPort,
        dropIpip,
        logPrefix,
        ports,
        acceptMark,
        passMark,
        doneMark);
  }
}
