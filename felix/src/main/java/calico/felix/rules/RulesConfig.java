package calico.felix.rules;

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
 * @param acceptMark one bit, set by a policy that allows
 * @param passMark one bit, set by a policy that passes to the next tier
 * @param floatingIps whether there are floating addresses (FloatingIPs)
 * @param masqueradeToNodes whether traffic from pools to nodes is masqueraded, too
 *     (NATOutgoingExclusions)
 */
public record RulesConfig(
    List<String> interfacePrefixes,
    EndpointToHost endpointToHost,
    DenyAction denyAction,
    boolean dropInvalid,
    int vxlanPort,
    boolean dropIpip,
    String logPrefix,
    int acceptMark,
    int passMark,
    boolean floatingIps,
    boolean masqueradeToNodes) {

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
        0x10000,
        0x20000,
        false,
        true);
  }

  /** The same with other settings of translation. */
  public RulesConfig withNat(boolean floating, boolean toNodes) {
    return new RulesConfig(
        interfacePrefixes,
        endpointToHost,
        denyAction,
        dropInvalid,
        vxlanPort,
        dropIpip,
        logPrefix,
        acceptMark,
        passMark,
        floating,
        toNodes);
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
        acceptMark,
        passMark,
        floatingIps,
        masqueradeToNodes);
  }
}
