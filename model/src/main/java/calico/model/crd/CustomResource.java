package calico.model.crd;

import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A kind that Kubernetes holds for Calico. Nodes, workload endpoints, profiles and live migrations
 * are not among them: there they follow from Kubernetes' own objects.
 *
 * @param shortNames that kubectl accepts, in {@link ApiGroup#V3}
 * @param hasStatus whether the status is a subresource
 * @param columns that kubectl prints, in {@link ApiGroup#V3}, by heading: fields of the spec, or
 *     paths into the object, which start with a dot
 */
public record CustomResource(
    Kind<?> kind, List<String> shortNames, boolean hasStatus, Map<String, String> columns) {

  private static final List<CustomResource> ALL =
      List.of(
          of(Kinds.BGP_CONFIGURATION, "bgpconfig bgpconfigs"),
          of(Kinds.BGP_FILTER, ""),
          of(
              Kinds.BGP_PEER,
              "",
              "Node Selector=nodeSelector",
              "Node=node",
              "Local ASN=localASNumber",
              "Peer Selector=peerSelector",
              "Peer IP=peerIP",
              "Peer ASN=asNumber"),
          of(Kinds.BLOCK_AFFINITY, "affinity affinities", "CIDR=cidr", "Node=node", "Type=type"),
          of(Kinds.CALICO_NODE_STATUS, "", "Node=node", "Classes=classes").withStatus(),
          of(
              Kinds.CLUSTER_INFORMATION,
              "clusterinfo clusterinfos",
              "Version=calicoVersion",
              "Ready=datastoreReady",
              "Types=clusterType"),
          of(Kinds.FELIX_CONFIGURATION, "felixconfig felixconfigs"),
          of(Kinds.GLOBAL_NETWORK_POLICY, "gnp cgnp", "Tier=tier", "Order=order"),
          of(Kinds.GLOBAL_NETWORK_SET, "gns"),
          of(Kinds.HOST_ENDPOINT, "hep heps", "Node=node", "Interface=interfaceName"),
          of(Kinds.IPAM_BLOCK, "", "CIDR=cidr", "Affinity=affinity", "ClaimTime=affinityClaimTime"),
          of(
              Kinds.IPAM_CONFIGURATION,
              "ipamconfig ipamconfigs",
              "StrictAffinity=strictAffinity",
              "MaxBlocksPerHost=maxBlocksPerHost",
              "AutoAllocateBlocks=autoAllocateBlocks"),
          of(Kinds.IPAM_HANDLE, "", "ID=handleID"),
          of(
                  Kinds.IP_POOL,
                  "ipp ipps pool pools",
                  "CIDR=cidr",
                  "VXLAN=vxlanMode",
                  "IPIP=ipipMode",
                  "NAT=natOutgoing",
                  "Allocatable=.status.conditions[?(@.type=='Allocatable')].status")
              .withStatus(),
          of(Kinds.IP_RESERVATION, ""),
          of(Kinds.KUBE_CONTROLLERS_CONFIGURATION, "kcc kccs").withStatus(),
          of(Kinds.NETWORK_POLICY, "cnp caliconetworkpolicy", "Tier=tier", "Order=order"),
          of(Kinds.NETWORK_SET, "netset netsets"),
          of(Kinds.STAGED_GLOBAL_NETWORK_POLICY, "sgnp", "Tier=tier", "Order=order"),
          of(Kinds.STAGED_KUBERNETES_NETWORK_POLICY, "sknp"),
          of(Kinds.STAGED_NETWORK_POLICY, "scnp snp", "Tier=tier", "Order=order"),
          of(
                  Kinds.TIER,
                  "",
                  "Order=order",
                  "DefaultAction=defaultAction",
                  "Status=.status.conditions[?(@.type=='Ready')].reason")
              .withStatus());

  /** Every such kind, by name. */
  public static List<CustomResource> all() {
    return ALL;
  }

  /** The kind's name in a group: one is called otherwise in the older. */
  String name(ApiGroup group) {
    return isOldConfig(group) ? "IPAMConfig" : kind.name();
  }

  String plural(ApiGroup group) {
    return isOldConfig(group) ? "ipamconfigs" : kind.plural();
  }

  private boolean isOldConfig(ApiGroup group) {
    return group == ApiGroup.V1 && kind.equals(Kinds.IPAM_CONFIGURATION);
  }

  private static CustomResource of(Kind<?> kind, String shortNames, String... columns) {
    Map<String, String> byHeading = new LinkedHashMap<>();
    for (String column : columns) {
      int equals = column.indexOf('=');
      byHeading.put(column.substring(0, equals), column.substring(equals + 1));
    }
    List<String> names = shortNames.isEmpty() ? List.of() : List.of(shortNames.split(" "));
    return new CustomResource(kind, names, false, byHeading);
  }

  private CustomResource withStatus() {
    return new CustomResource(kind, shortNames, true, columns);
  }
}
