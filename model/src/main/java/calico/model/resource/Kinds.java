package calico.model.resource;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Every kind of resource, declared once. */
public final class Kinds {
  public static final Kind<NodeSpec> NODE =
      new Kind<>("Node", "nodes", List.of("no"), false, NodeSpec.class);
  public static final Kind<IpPoolSpec> IP_POOL =
      new Kind<>("IPPool", "ippools", List.of("ipp", "pool"), false, IpPoolSpec.class);
  public static final Kind<IpReservationSpec> IP_RESERVATION =
      new Kind<>(
          "IPReservation",
          "ipreservations",
          List.of("reservation"),
          false,
          IpReservationSpec.class);
  public static final Kind<BgpConfigurationSpec> BGP_CONFIGURATION =
      new Kind<>(
          "BGPConfiguration",
          "bgpconfigurations",
          List.of("bgpconfig"),
          false,
          BgpConfigurationSpec.class);
  public static final Kind<BgpPeerSpec> BGP_PEER =
      new Kind<>("BGPPeer", "bgppeers", List.of("bgpp"), false, BgpPeerSpec.class);
  public static final Kind<TierSpec> TIER =
      new Kind<>("Tier", "tiers", List.of(), false, TierSpec.class);
  public static final Kind<PolicySpec> GLOBAL_NETWORK_POLICY =
      new Kind<>(
          "GlobalNetworkPolicy", "globalnetworkpolicies", List.of("gnp"), false, PolicySpec.class);
  public static final Kind<PolicySpec> NETWORK_POLICY =
      new Kind<>(
          "NetworkPolicy", "networkpolicies", List.of("np", "policy"), true, PolicySpec.class);
  public static final Kind<ProfileSpec> PROFILE =
      new Kind<>("Profile", "profiles", List.of("pro"), false, ProfileSpec.class);
  public static final Kind<NetworkSetSpec> GLOBAL_NETWORK_SET =
      new Kind<>(
          "GlobalNetworkSet",
          "globalnetworksets",
          List.of("gnetsets"),
          false,
          NetworkSetSpec.class);
  public static final Kind<NetworkSetSpec> NETWORK_SET =
      new Kind<>("NetworkSet", "networksets", List.of("netsets"), true, NetworkSetSpec.class);
  public static final Kind<HostEndpointSpec> HOST_ENDPOINT =
      new Kind<>("HostEndpoint", "hostendpoints", List.of("hep"), false, HostEndpointSpec.class);
  public static final Kind<WorkloadEndpointSpec> WORKLOAD_ENDPOINT =
      new Kind<>(
          "WorkloadEndpoint",
          "workloadendpoints",
          List.of("wep"),
          true,
          WorkloadEndpointSpec.class);
  public static final Kind<FelixConfigurationSpec> FELIX_CONFIGURATION =
      new Kind<>(
          "FelixConfiguration",
          "felixconfigurations",
          List.of("felixconfig"),
          false,
          FelixConfigurationSpec.class);
  public static final Kind<ClusterInformationSpec> CLUSTER_INFORMATION =
      new Kind<>(
          "ClusterInformation",
          "clusterinformations",
          List.of("clusterinfo"),
          false,
          ClusterInformationSpec.class);

  private static final List<Kind<?>> ALL =
      List.of(
          NODE,
          IP_POOL,
          IP_RESERVATION,
          BGP_CONFIGURATION,
          BGP_PEER,
          TIER,
          GLOBAL_NETWORK_POLICY,
          NETWORK_POLICY,
          PROFILE,
          GLOBAL_NETWORK_SET,
          NETWORK_SET,
          HOST_ENDPOINT,
          WORKLOAD_ENDPOINT,
          FELIX_CONFIGURATION,
          CLUSTER_INFORMATION);

  private Kinds() {}

  public static List<Kind<?>> all() {
    return ALL;
  }

  /**
   * The kind of a name as users write it: singular, plural or short, in any case.
   *
   * @return null if there is none
   */
  public static @Nullable Kind<?> find(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    for (Kind<?> kind : ALL) {
      if (kind.name().toLowerCase(Locale.ROOT).equals(wanted)
          || kind.plural().equals(wanted)
          || kind.shortNames().contains(wanted)) {
        return kind;
      }
    }
    return null;
  }
}
