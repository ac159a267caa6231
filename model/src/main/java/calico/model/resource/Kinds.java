package calico.model.resource;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Every kind of resource, declared once. */
public final class Kinds {
  public static final Kind<NodeSpec> NODE =
      global("Node", "nodes", NodeSpec.class, "A machine of the cluster.", "no");
  public static final Kind<IpPoolSpec> IP_POOL =
      global(
          "IPPool",
          "ippools",
          IpPoolSpec.class,
          "Addresses from which workloads and tunnels get theirs.",
          "ipp",
          "pool");
  public static final Kind<IpReservationSpec> IP_RESERVATION =
      global(
          "IPReservation",
          "ipreservations",
          IpReservationSpec.class,
          "Addresses that are assigned only to those who ask for them by number.",
          "reservation");
  public static final Kind<BgpConfigurationSpec> BGP_CONFIGURATION =
      global(
          "BGPConfiguration",
          "bgpconfigurations",
          BgpConfigurationSpec.class,
          "BGP settings of the cluster (default) or of a node (node.NAME).",
          "bgpconfig");
  public static final Kind<BgpFilterSpec> BGP_FILTER =
      global(
          "BGPFilter",
          "bgpfilters",
          BgpFilterSpec.class,
          "Filters for the routes of BGP peers that name it; the first rule that matches decides.",
          "bgpf");
  public static final Kind<BgpPeerSpec> BGP_PEER =
      global("BGPPeer", "bgppeers", BgpPeerSpec.class, "A BGP session of some nodes.", "bgpp");
  public static final Kind<CalicoNodeStatusSpec> CALICO_NODE_STATUS =
      global(
          "CalicoNodeStatus",
          "caliconodestatuses",
          CalicoNodeStatusSpec.class,
          "A request for reports on a node's BGP sessions and routes, and the last report.",
          "nodestatus");
  public static final Kind<TierSpec> TIER =
      global("Tier", "tiers", TierSpec.class, "A tier of policies.");
  public static final Kind<PolicySpec> GLOBAL_NETWORK_POLICY =
      global(
          "GlobalNetworkPolicy",
          "globalnetworkpolicies",
          PolicySpec.class,
          "A network policy for workloads of all namespaces and for hosts.",
          "gnp");
  public static final Kind<PolicySpec> NETWORK_POLICY =
      namespaced(
          "NetworkPolicy",
          "networkpolicies",
          PolicySpec.class,
          "A network policy for the workloads of its namespace.",
          "np",
          "policy");
  public static final Kind<StagedPolicySpec> STAGED_GLOBAL_NETWORK_POLICY =
      global(
          "StagedGlobalNetworkPolicy",
          "stagedglobalnetworkpolicies",
          StagedPolicySpec.class,
          "A GlobalNetworkPolicy that is not enforced: it shows what it would do.",
          "sgnp");
  public static final Kind<StagedPolicySpec> STAGED_NETWORK_POLICY =
      namespaced(
          "StagedNetworkPolicy",
          "stagednetworkpolicies",
          StagedPolicySpec.class,
          "A NetworkPolicy that is not enforced: it shows what it would do.",
          "snp");
  public static final Kind<StagedKubernetesPolicySpec> STAGED_KUBERNETES_NETWORK_POLICY =
      namespaced(
          "StagedKubernetesNetworkPolicy",
          "stagedkubernetesnetworkpolicies",
          StagedKubernetesPolicySpec.class,
          "A NetworkPolicy of Kubernetes that is not enforced: it shows what it would do.",
          "sknp");
  public static final Kind<ProfileSpec> PROFILE =
      global(
          "Profile",
          "profiles",
          ProfileSpec.class,
          "Rules and labels that endpoints inherit.",
          "pro");
  public static final Kind<NetworkSetSpec> GLOBAL_NETWORK_SET =
      global(
          "GlobalNetworkSet",
          "globalnetworksets",
          NetworkSetSpec.class,
          "Addresses and prefixes that selectors can match by the set's labels.",
          "gnetsets");
  public static final Kind<NetworkSetSpec> NETWORK_SET =
      namespaced(
          "NetworkSet",
          "networksets",
          NetworkSetSpec.class,
          "Addresses and prefixes that selectors of its namespace can match by the set's labels.",
          "netsets");
  public static final Kind<HostEndpointSpec> HOST_ENDPOINT =
      global(
          "HostEndpoint",
          "hostendpoints",
          HostEndpointSpec.class,
          "One or all interfaces of a node, for policy on its own traffic.",
          "hep");
  public static final Kind<WorkloadEndpointSpec> WORKLOAD_ENDPOINT =
      namespaced(
          "WorkloadEndpoint",
          "workloadendpoints",
          WorkloadEndpointSpec.class,
          "One interface of a workload.",
          "wep");
  public static final Kind<FelixConfigurationSpec> FELIX_CONFIGURATION =
      global(
          "FelixConfiguration",
          "felixconfigurations",
          FelixConfigurationSpec.class,
          "Felix settings of the cluster (default), of a node (node.NAME) or of nodes by selector.",
          "felixconfig");
  public static final Kind<KubeControllersConfigurationSpec> KUBE_CONTROLLERS_CONFIGURATION =
      global(
          "KubeControllersConfiguration",
          "kubecontrollersconfigurations",
          KubeControllersConfigurationSpec.class,
          "Settings of the controllers that run beside Kubernetes; one object, default.",
          "kubecontrollersconfig");
  public static final Kind<IpamConfigurationSpec> IPAM_CONFIGURATION =
      global(
          "IPAMConfiguration",
          "ipamconfigurations",
          IpamConfigurationSpec.class,
          "How addresses are assigned; one object, default. With etcd nobody reads it, as upstream:"
              + " calicoctl ipam configure sets what counts.",
          "ipamconfig");
  public static final Kind<ClusterInformationSpec> CLUSTER_INFORMATION =
      global(
          "ClusterInformation",
          "clusterinformations",
          ClusterInformationSpec.class,
          "Facts of the whole cluster; one object, default.",
          "clusterinfo");

  // What only components write.
  public static final Kind<BlockAffinitySpec> BLOCK_AFFINITY =
      global(
          "BlockAffinity",
          "blockaffinities",
          BlockAffinitySpec.class,
          "The claim of a host on a block of addresses.");
  public static final Kind<IpamBlockSpec> IPAM_BLOCK =
      global(
          "IPAMBlock", "ipamblocks", IpamBlockSpec.class, "A block of addresses and who has each.");
  public static final Kind<IpamHandleSpec> IPAM_HANDLE =
      global("IPAMHandle", "ipamhandles", IpamHandleSpec.class, "The addresses of one owner.");
  public static final Kind<LiveMigrationSpec> LIVE_MIGRATION =
      namespaced(
          "LiveMigration",
          "livemigrations",
          LiveMigrationSpec.class,
          "A virtual machine that moves to another node; named after the endpoint it moves to.");

  private static final List<Kind<?>> ALL =
      List.of(
          NODE,
          IP_POOL,
          IP_RESERVATION,
          BGP_CONFIGURATION,
          BGP_FILTER,
          BGP_PEER,
          CALICO_NODE_STATUS,
          TIER,
          GLOBAL_NETWORK_POLICY,
          NETWORK_POLICY,
          STAGED_GLOBAL_NETWORK_POLICY,
          STAGED_NETWORK_POLICY,
          STAGED_KUBERNETES_NETWORK_POLICY,
          PROFILE,
          GLOBAL_NETWORK_SET,
          NETWORK_SET,
          HOST_ENDPOINT,
          WORKLOAD_ENDPOINT,
          FELIX_CONFIGURATION,
          KUBE_CONTROLLERS_CONFIGURATION,
          IPAM_CONFIGURATION,
          CLUSTER_INFORMATION);

  private static final List<Kind<?>> INTERNAL =
      List.of(BLOCK_AFFINITY, IPAM_BLOCK, IPAM_HANDLE, LIVE_MIGRATION);

  private Kinds() {}

  /** The kinds that users write. */
  public static List<Kind<?>> all() {
    return ALL;
  }

  /** The kinds in which components keep their own data: {@link #find} does not find them. */
  public static List<Kind<?>> internal() {
    return INTERNAL;
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

  private static <S> Kind<S> global(
      String name, String plural, Class<S> specType, String doc, String... shortNames) {
    return new Kind<>(name, plural, List.of(shortNames), false, specType, doc);
  }

  private static <S> Kind<S> namespaced(
      String name, String plural, Class<S> specType, String doc, String... shortNames) {
    return new Kind<>(name, plural, List.of(shortNames), true, specType, doc);
  }
}
