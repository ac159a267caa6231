package calico.cni;

import calico.model.key.ResourceKey;
import calico.model.resource.WorkloadEndpointSpec;
import java.time.Duration;

/** Tells when the node's dataplane serves an endpoint: its policy and its routes are in place. */
public interface EndpointReadiness {

  /** What waiting brought. */
  enum Result {
    READY,
    TIMED_OUT
  }

  /**
   * Waits until an endpoint that has just been written is served.
   *
   * @param timeout after which to give up; the endpoint may still come
   * @throws InterruptedException if the node daemon stops
   */
  Result await(ResourceKey<WorkloadEndpointSpec> endpoint, Duration timeout)
      throws InterruptedException;
}
