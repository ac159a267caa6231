package calico.ipam;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Asks for addresses, whichever are free.
 *
 * @param host on which they will be used
 * @param handleId under which they can be found and released, or null
 * @param attributes stored with the allocation: pod, namespace, node, timestamp, type ...
 * @param counts how many of each family
 * @param pools CIDRs of the pools to use, bypassing their selectors; empty for the usual choice
 * @param namespaceLabels of the workload, for pools with a namespaceSelector
 * @param nodeLabels of the host, or null to read its Node
 * @param maxBlocks limit on the host's blocks per family, 0 for none but the global one
 */
public record AssignRequest(
    String host,
    @Nullable String handleId,
    Map<String, String> attributes,
    Map<Family, Integer> counts,
    List<Cidr> pools,
    Map<String, String> namespaceLabels,
    @Nullable Map<String, String> nodeLabels,
    Use use,
    int maxBlocks) {

  /** One workload's addresses from the usual pools. */
  public static AssignRequest workload(
      String host, String handleId, Map<String, String> attributes, Map<Family, Integer> counts) {
    return new AssignRequest(
        host, handleId, attributes, counts, List.of(), Map.of(), null, Use.WORKLOAD, 0);
  }

  public AssignRequest withPools(List<Cidr> newPools) {
    return new AssignRequest(
        host, handleId, attributes, counts, newPools, namespaceLabels, nodeLabels, use, maxBlocks);
  }

  /** What is still asked for when these have been assigned. */
  AssignRequest without(List<InterfaceAddress> assigned) {
    Map<Family, Integer> missing = new EnumMap<>(Family.class);
    counts.forEach(missing::put);
    assigned.forEach(a -> missing.merge(a.ip().family(), -1, Integer::sum));
    missing.values().removeIf(count -> count <= 0);
    return new AssignRequest(
        host, handleId, attributes, missing, pools, namespaceLabels, nodeLabels, use, maxBlocks);
  }

  /** The labels of the host, by which pools are chosen; null if there is no such node. */
  @Nullable Map<String, String> labels(Terms terms) {
    Map<String, String> given = nodeLabels;
    return given != null ? given : use == Use.LOAD_BALANCER ? Map.of() : terms.labels(host);
  }

  /** Requested pools of a family. */
  List<Cidr> pools(Family family) {
    return pools.stream().filter(p -> p.family() == family).toList();
  }
}
