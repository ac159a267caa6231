package calico.felix.calc;

import calico.felix.state.StateKey.PolicyId;
import calico.model.resource.HostEndpointSpec;
import calico.model.resource.Kinds;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which policies apply to which endpoints, by what the nodes go by. */
public final class PolicySelection {
  private final Resolver resolver;

  /**
   * A policy that applies to an endpoint.
   *
   * @param order infinite if the policy has none
   */
  public record Applying(PolicyId policy, String tier, double order) {}

  /**
   * Looks at a cluster's tiers, policies and profiles; its endpoints are not needed.
   *
   * @param snapshot not to be changed any more
   */
  public PolicySelection(Snapshot snapshot) {
    this.resolver = new Resolver(snapshot);
  }

  /** What applies to a WorkloadEndpoint or HostEndpoint, in the order in which it is asked. */
  public List<Applying> of(Resource<?> endpoint) {
    Endpoint e = endpoint(endpoint);
    return e == null
        ? List.of()
        : resolver.selecting(e).stream()
            .map(scope -> new Applying(scope.id(), scope.tier(), scope.order()))
            .toList();
  }

  /** Whether a policy applies to a WorkloadEndpoint or HostEndpoint. */
  public boolean applies(Resource<PolicySpec> policy, Resource<?> endpoint) {
    PolicyScope scope = PolicyScope.of(policy);
    Endpoint e = endpoint(endpoint);
    return scope != null && e != null && resolver.applies(scope, e);
  }

  /** Null for what cannot be an endpoint. */
  private static @Nullable Endpoint endpoint(Resource<?> resource) {
    return switch (resource.spec()) {
      case WorkloadEndpointSpec spec ->
          Workload.of(Resource.of(Kinds.WORKLOAD_ENDPOINT, resource.metadata(), spec));
      case HostEndpointSpec spec ->
          HostInterface.of(Resource.of(Kinds.HOST_ENDPOINT, resource.metadata(), spec));
      case null, default -> null;
    };
  }
}
