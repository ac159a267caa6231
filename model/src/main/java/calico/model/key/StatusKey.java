package calico.model.key;

import calico.model.resource.EndpointStatus;
import calico.model.resource.FelixStatus;

/** Names of what Felix reports. Upstream keeps these in etcd only. */
public sealed interface StatusKey<V> extends Key<V> {
  /** Region of clusters that do not use OpenStack regions, as keys spell it. */
  String NO_REGION = "no-region";

  /** Felix is alive: written with a lease. */
  record Felix(String region, String host) implements StatusKey<FelixStatus> {}

  /** The last report of a Felix, kept after it has gone. */
  record LastReported(String region, String host) implements StatusKey<FelixStatus> {}

  /**
   * Whether a workload's endpoint is programmed.
   *
   * @param workload {@code namespace/workload}, unescaped
   */
  record Workload(String region, String host, String orchestrator, String workload, String endpoint)
      implements StatusKey<EndpointStatus> {}

  /** Whether a host endpoint is programmed. */
  record Host(String host, String endpoint) implements StatusKey<EndpointStatus> {}
}
