package calico.ctl;

import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.util.Map;

/**
 * In which order kinds are written: what is referred to comes before what refers to it, and policy
 * before the endpoints that it protects. Kinds of one stage do not refer to each other. Resources
 * are deleted in the reverse order.
 */
final class Stages {
  private static final int MIDDLE = 1;

  private static final Map<Kind<?>, Integer> OF =
      Map.ofEntries(
          Map.entry(Kinds.TIER, 0),
          Map.entry(Kinds.IP_POOL, 0),
          Map.entry(Kinds.BGP_FILTER, 0),
          Map.entry(Kinds.PROFILE, 0),
          Map.entry(Kinds.NETWORK_SET, 0),
          Map.entry(Kinds.GLOBAL_NETWORK_SET, 0),
          Map.entry(Kinds.IPAM_CONFIGURATION, 0),
          Map.entry(Kinds.KUBE_CONTROLLERS_CONFIGURATION, 0),
          // The middle: nodes, reservations in pools, policies.
          Map.entry(Kinds.BGP_CONFIGURATION, 2),
          Map.entry(Kinds.FELIX_CONFIGURATION, 2),
          Map.entry(Kinds.BGP_PEER, 2),
          Map.entry(Kinds.CALICO_NODE_STATUS, 2),
          Map.entry(Kinds.HOST_ENDPOINT, 2),
          Map.entry(Kinds.WORKLOAD_ENDPOINT, 2));

  private Stages() {}

  /** The stage in which resources of a kind are written; 0 is the first. */
  static int of(Kind<?> kind) {
    return OF.getOrDefault(kind, MIDDLE);
  }

  /** Whether one resource of a kind must be written before the next: they limit each other. */
  static boolean oneByOne(Kind<?> kind) {
    return kind.equals(Kinds.IP_POOL);
  }
}
