package calico.felix.rules;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.config.FelixParameters;
import calico.model.config.HostPort;
import calico.model.config.NumberRange;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

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
 * @param logPrefix of a Log rule's lines; %t %k %n %p become tier, kind, name, namespace/name
 *     (LogPrefix)
 * @param sourceNat how workloads' traffic to outside of all pools is translated
 * @param openStack what virtual machines need of their host; null if this is not OpenStack
 * @param failsafes what host endpoints' policy never closes
 * @param acceptMark one bit, set by a policy that allows
 * @param passMark one bit, set by a policy that passes to the next tier
 * @param doneMark one bit, set on a packet on which host endpoints' policy has nothing more to say
 * @param floatingIps whether there are floating addresses (FloatingIPs)
 * @param masqueradeToNodes whether traffic from pools to nodes is masqueraded, too
 *     (NATOutgoingExclusions)
 * @param serviceLoops how packets to services that are not there are denied; null: they are not
 *     (ServiceLoopPrevention)
 * @param sourceSpoofing whether workloads may be allowed to send from foreign addresses
 *     (WorkloadSourceSpoofing)
 * @param logLimit of a Log rule's lines; null: all are logged
 * @param tunnels whose packets between nodes are let through
 * @param tables when policies are looked up, and how
 */
public record RulesConfig(
    List<String> interfacePrefixes,
    EndpointToHost endpointToHost,
    DenyAction denyAction,
    boolean dropInvalid,
    int vxlanPort,
    boolean dropIpip,
    String logPrefix,
    SourceNat sourceNat,
    @Nullable OpenStack openStack,
    Failsafes failsafes,
    int acceptMark,
    int passMark,
    int doneMark,
    boolean floatingIps,
    boolean masqueradeToNodes,
    @Nullable DenyAction serviceLoops,
    boolean sourceSpoofing,
    @Nullable LogLimit logLimit,
    Tunnels tunnels,
    Tables tables) {

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

  /**
   * NAT of what leaves the pools.
   *
   * @param address to which sources are translated; null for the interface's (NATOutgoingAddress)
   * @param ports for TCP and UDP; null for the kernel's choice (NATPortRange)
   * @param interfaceFilter only by this interface; a name that ends in + is a beginning; empty for
   *     all (IptablesNATOutgoingInterfaceFilter)
   */
  public record SourceNat(
      @Nullable Ip address, @Nullable NumberRange ports, String interfaceFilter) {
    public static final SourceNat MASQUERADE = new SourceNat(null, null, "");
  }

  /**
   * Where the metadata service is (MetadataAddr, MetadataPort).
   *
   * @param metadataAddress IPv4; null if there is none
   */
  public record OpenStack(@Nullable Ip metadataAddress, int metadataPort) {}

  /**
   * LogActionRateLimit, LogActionRateLimitBurst.
   *
   * @param rate lines per so many seconds
   * @param burst lines that may come at once; 0 is the kernel's 5
   */
  public record LogLimit(int rate, int unitSeconds, int burst) {}

  /**
   * Policies that are looked up in tables.
   *
   * @param from how many rules they have together
   * @param maxServices so many are told apart by number, each a row of each outcome; tables of more
   *     have rows of protocols and ports, which cost half a microsecond more
   */
  public record Tables(int from, int maxServices) {
    /** Fewer rules are tried about as fast as looked up. */
    public static final Tables USUAL = new Tables(16, 64);

    /** Rules are tried one after the other. */
    public static final Tables NONE = new Tables(Integer.MAX_VALUE, 0);
  }

  /**
   * How nodes carry packets for each other.
   *
   * @param vxlanPort UDP port (VXLANPort)
   * @param externalNodes others that may send what is carried (ExternalNodesCIDRList)
   * @param wireguard null if nothing is encrypted
   */
  public record Tunnels(int vxlanPort, List<Cidr> externalNodes, @Nullable Wireguard wireguard) {}

  /**
   * @param interfaces names of the devices, of both families
   * @param ports UDP ports, of the families that are encrypted
   * @param mark of packets that are not to be encrypted
   * @param hosts whether the host's own packets are encrypted
   */
  public record Wireguard(
      Map<Family, String> interfaces, Map<Family, Integer> ports, int mark, boolean hosts) {}

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
        SourceNat.MASQUERADE,
        null,
        new Failsafes(
            FelixParameters.FAILSAFE_INBOUND_HOST_PORTS.defaultValue(),
            FelixParameters.FAILSAFE_OUTBOUND_HOST_PORTS.defaultValue()),
        0x10000,
        0x20000,
        0x80000,
        false,
        true,
        DenyAction.DROP,
        false,
        null,
        new Tunnels(4789, List.of(), null),
        Tables.USUAL);
  }

  public RulesConfig withTables(Tables tables) {
    return with(draft -> draft.tables = tables);
  }

  public RulesConfig withInterfacePrefixes(List<String> prefixes) {
    return with(draft -> draft.interfacePrefixes = prefixes);
  }

  public RulesConfig withEndpointToHost(EndpointToHost action) {
    return with(draft -> draft.endpointToHost = action);
  }

  public RulesConfig withDenyAction(DenyAction action) {
    return with(draft -> draft.denyAction = action);
  }

  public RulesConfig withFailsafes(Failsafes ports) {
    return with(draft -> draft.failsafes = ports);
  }

  public RulesConfig withOpenStack(OpenStack machines) {
    return with(draft -> draft.openStack = machines);
  }

  public RulesConfig withSourceNat(SourceNat nat) {
    return with(draft -> draft.sourceNat = nat);
  }

  public RulesConfig withFloatingIps(boolean floating) {
    return with(draft -> draft.floatingIps = floating);
  }

  public RulesConfig withMasqueradeToNodes(boolean masquerade) {
    return with(draft -> draft.masqueradeToNodes = masquerade);
  }

  public RulesConfig withServiceLoops(@Nullable DenyAction action) {
    return with(draft -> draft.serviceLoops = action);
  }

  public RulesConfig withSourceSpoofing(boolean spoofing) {
    return with(draft -> draft.sourceSpoofing = spoofing);
  }

  public RulesConfig withLogLimit(LogLimit limit) {
    return with(draft -> draft.logLimit = limit);
  }

  public RulesConfig withTunnels(Tunnels carriers) {
    return with(draft -> draft.tunnels = carriers);
  }

  private RulesConfig with(Consumer<Draft> change) {
    Draft draft = new Draft();
    change.accept(draft);
    return draft.config();
  }

  /** A copy in which something is changed. */
  private final class Draft {
    private List<String> interfacePrefixes = RulesConfig.this.interfacePrefixes;
    private EndpointToHost endpointToHost = RulesConfig.this.endpointToHost;
    private DenyAction denyAction = RulesConfig.this.denyAction;
    private SourceNat sourceNat = RulesConfig.this.sourceNat;
    private @Nullable OpenStack openStack = RulesConfig.this.openStack;
    private Failsafes failsafes = RulesConfig.this.failsafes;
    private boolean floatingIps = RulesConfig.this.floatingIps;
    private boolean masqueradeToNodes = RulesConfig.this.masqueradeToNodes;
    private @Nullable DenyAction serviceLoops = RulesConfig.this.serviceLoops;
    private boolean sourceSpoofing = RulesConfig.this.sourceSpoofing;
    private @Nullable LogLimit logLimit = RulesConfig.this.logLimit;
    private Tunnels tunnels = RulesConfig.this.tunnels;
    private Tables tables = RulesConfig.this.tables;

    RulesConfig config() {
      return new RulesConfig(
          interfacePrefixes,
          endpointToHost,
          denyAction,
          dropInvalid,
          vxlanPort,
          dropIpip,
          logPrefix,
          sourceNat,
          openStack,
          failsafes,
          acceptMark,
          passMark,
          doneMark,
          floatingIps,
          masqueradeToNodes,
          serviceLoops,
          sourceSpoofing,
          logLimit,
          tunnels,
          tables);
    }
  }
}
