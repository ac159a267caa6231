package calico.felix.state;

import calico.model.Cidr;
import calico.model.Ip;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * A workload's endpoint on this node and what applies to it.
 *
 * @param networks host routes of its addresses, both families
 * @param mac null if not known
 * @param tiers in the order in which they are tried; only tiers with a policy for this endpoint
 * @param profiles in order; one that does not exist denies everything
 * @param ingress what it may be sent
 * @param egress what it may send
 * @param spoofed prefixes of foreign addresses that it may send from
 * @param migration whether it is on its way
 * @param translated from further addresses to those of its own that they are translated to
 * @param bgpPeer by which this node has a BGP session with it, or {@link BgpPeer#NONE}
 */
public record LocalEndpoint(
    String interfaceName,
    @Nullable String mac,
    List<Cidr> networks,
    List<TierPolicies> tiers,
    List<StateKey.ProfileId> profiles,
    TrafficLimits ingress,
    TrafficLimits egress,
    List<Cidr> spoofed,
    Migration migration,
    SortedMap<Ip, Ip> translated,
    BgpPeer bgpPeer) {

  /**
   * A BGPPeer.
   *
   * @param name empty for none
   * @param hostAddresses this node's on the workload's interface
   */
  public record BgpPeer(String name, List<Ip> hostAddresses) {
    public static final BgpPeer NONE = new BgpPeer("", List.of());
  }

  /** What a LiveMigration says of a workload. */
  public enum Migration {
    NONE,
    /** It moves to another node. */
    SOURCE,
    /** It moves here, and is not here before it says so itself. */
    TARGET
  }

  /** Nobody's BGP peer, and with no addresses that are translated. */
  public LocalEndpoint(
      String interfaceName,
      @Nullable String mac,
      List<Cidr> networks,
      List<TierPolicies> tiers,
      List<StateKey.ProfileId> profiles,
      TrafficLimits ingress,
      TrafficLimits egress,
      List<Cidr> spoofed,
      Migration migration) {
    this(
        interfaceName,
        mac,
        networks,
        tiers,
        profiles,
        ingress,
        egress,
        spoofed,
        migration,
        Collections.emptySortedMap(),
        BgpPeer.NONE);
  }

  /** Without limits, with no addresses but its own, and not on its way. */
  public LocalEndpoint(
      String interfaceName,
      @Nullable String mac,
      List<Cidr> networks,
      List<TierPolicies> tiers,
      List<StateKey.ProfileId> profiles) {
    this(
        interfaceName,
        mac,
        networks,
        tiers,
        profiles,
        TrafficLimits.NONE,
        TrafficLimits.NONE,
        List.of(),
        Migration.NONE);
  }

  /**
   * A tier's policies for one endpoint, in order, per direction. An empty list means that the tier
   * does not concern that direction.
   *
   * @param passByDefault whether traffic that no policy decides goes to the next tier rather than
   *     being denied
   */
  public record TierPolicies(
      String tier,
      boolean passByDefault,
      List<StateKey.PolicyId> ingress,
      List<StateKey.PolicyId> egress) {}
}
