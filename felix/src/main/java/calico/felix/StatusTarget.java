package calico.felix;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.felix.state.StateKey;
import calico.model.key.Query;
import calico.model.key.StatusKey;
import calico.model.resource.EndpointStatus;
import calico.reconcile.Target;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The statuses of this node's endpoints in the datastore. */
final class StatusTarget implements Target<StateKey.EndpointKey<?>, EndpointStatus> {
  private final Datastore datastore;
  private final String region;
  private final String host;

  StatusTarget(Datastore datastore, String region, String host) {
    this.datastore = datastore;
    this.region = region;
    this.host = host;
  }

  @Override
  public Map<StateKey.EndpointKey<?>, EndpointStatus> list() {
    Map<StateKey.EndpointKey<?>, EndpointStatus> found = new HashMap<>();
    for (Entry<EndpointStatus> entry :
        datastore.list(new Query.WorkloadStatuses(region, host)).entries()) {
      if (entry.key() instanceof StatusKey.Workload key) {
        found.put(
            new StateKey.Endpoint(key.orchestrator(), key.workload(), key.endpoint()),
            entry.value());
      }
    }
    for (Entry<EndpointStatus> entry : datastore.list(new Query.HostStatuses(host)).entries()) {
      if (entry.key() instanceof StatusKey.Host key) {
        found.put(new StateKey.HostEndpoint(key.endpoint()), entry.value());
      }
    }
    return found;
  }

  @Override
  public Map<StateKey.EndpointKey<?>, Exception> apply(
      Map<StateKey.EndpointKey<?>, EndpointStatus> updates,
      Set<StateKey.EndpointKey<?>> deletions) {
    Map<StateKey.EndpointKey<?>, Exception> failed = new HashMap<>();
    updates.forEach(
        (endpoint, status) ->
            attempt(endpoint, failed, () -> datastore.put(key(endpoint), status, null)));
    deletions.forEach(endpoint -> attempt(endpoint, failed, () -> delete(endpoint)));
    return failed;
  }

  private void delete(StateKey.EndpointKey<?> endpoint) {
    try {
      datastore.delete(key(endpoint), null);
    } catch (DatastoreException.DoesNotExist _) {
      // absent is what was wanted
    }
  }

  private static void attempt(
      StateKey.EndpointKey<?> endpoint,
      Map<StateKey.EndpointKey<?>, Exception> failed,
      Runnable write) {
    try {
      write.run();
    } catch (DatastoreException e) {
      failed.put(endpoint, e);
    }
  }

  private StatusKey<EndpointStatus> key(StateKey.EndpointKey<?> endpoint) {
    return switch (endpoint) {
      case StateKey.Endpoint id ->
          new StatusKey.Workload(region, host, id.orchestrator(), id.workload(), id.endpoint());
      case StateKey.HostEndpoint id -> new StatusKey.Host(host, id.name());
    };
  }
}
