package calico.felix.calc;

import calico.model.Family;
import calico.model.resource.Resource;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What the calculation depends on besides the datastore.
 *
 * @param nodeName whose desired state is calculated
 * @param valid whether a resource may be used; others count as absent
 */
public record CalcConfig(String nodeName, Predicate<Resource<?>> valid, Routing routing) {

  public CalcConfig(String nodeName, Predicate<Resource<?>> valid) {
    this(nodeName, valid, Routing.DEFAULT);
  }

  /**
   * @param vxlan whether the IPv4 VXLAN device exists (VXLANEnabled)
   * @param ipip whether the IPIP device exists (IpInIpEnabled)
   * @param programsIpip whether routes to IPIP pools are ours rather than BIRD's
   *     (ProgramClusterRoutes)
   * @param programsDirect the same of pools without a tunnel
   * @param source how it is known on which node an address is (RouteSource)
   * @param floatingIps whether ipNATs of others than OpenStack's workloads count (FloatingIPs)
   * @param wireguard what is encrypted
   */
  public record Routing(
      Switch vxlan,
      Switch ipip,
      boolean programsIpip,
      boolean programsDirect,
      Source source,
      boolean floatingIps,
      Encryption wireguard) {
    /** Upstream's defaults. */
    public static final Routing DEFAULT =
        new Routing(Switch.BY_POOLS, Switch.BY_POOLS, true, false, Source.IPAM, false);

    /** Without encryption. */
    public Routing(
        Switch vxlan,
        Switch ipip,
        boolean programsIpip,
        boolean programsDirect,
        Source source,
        boolean floatingIps) {
      this(vxlan, ipip, programsIpip, programsDirect, source, floatingIps, Encryption.NONE);
    }

    /** Whether the ipNATs of a workload count. */
    boolean floats(Workload workload) {
      return floatingIps || isOpenStack(workload);
    }

    static boolean isOpenStack(Workload workload) {
      return workload.id().orchestrator().equals("openstack");
    }

    /** VXLANEnabled is of IPv4. */
    Switch vxlan(Family family) {
      return family == Family.IPV4 ? vxlan : Switch.BY_POOLS;
    }
  }

  /**
   * Which packets between nodes are encrypted.
   *
   * @param families those of workloads and tunnels, of these families (WireguardEnabled,
   *     WireguardEnabledV6)
   * @param hosts those of the nodes themselves, too (WireguardHostEncryptionEnabled)
   */
  public record Encryption(Set<Family> families, boolean hosts) {
    public static final Encryption NONE = new Encryption(Set.of(), false);
  }

  /** Whether a tunnel device is wanted. */
  public enum Switch {
    ON,
    OFF,
    /** If a pool uses it. */
    BY_POOLS;

    boolean isOn(boolean poolUsesIt) {
      return this == ON || (this == BY_POOLS && poolUsesIt);
    }
  }

  /** Where it is known from on which node an address is. */
  public enum Source {
    /** Blocks and what they say of addresses that other nodes have borrowed. */
    IPAM,
    /** Workloads' endpoints, one route for each address. */
    WORKLOADS
  }
}
