package calico.cni;

import calico.model.key.ResourceKey;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import java.time.Duration;

/**
 * Has the node's dataplane serve an endpoint and tells when it does: its policy and its routes are
 * in place.
 */
public interface EndpointReadiness {

  /** What waiting brought. */
  enum Result {
    READY,
    TIMED_OUT
  }

  /**
   * An endpoint is about to be written to the datastore: the dataplane may begin. Who is not told
   * learns it from the datastore.
   */
  default void announce(
      ResourceKey<WorkloadEndpointSpec> key, Resource<WorkloadEndpointSpec> endpoint) {}

  /** What was announced was not written. */
  default void withdraw(ResourceKey<WorkloadEndpointSpec> key) {}

  /**
   * Waits until an endpoint that has just been written is served, with the addresses that it was
   * announced with.
   *
   * @param timeout after which to give up; the endpoint may still come
   * @throws InterruptedException if the node daemon stops
   */
  Result await(ResourceKey<WorkloadEndpointSpec> endpoint, Duration timeout)
      throws InterruptedException;
}
