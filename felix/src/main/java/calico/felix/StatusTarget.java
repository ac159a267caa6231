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

/** The statuses of this node's workload endpoints in the datastore. */
final class StatusTarget implements Target<StateKey.Endpoint, EndpointStatus> {
  private final Datastore datastore;
  private final String region;
  private final String host;

  StatusTarget(Datastore datastore, String region, String host) {
    this.datastore = datastore;
    this.region = region;
    this.host = host;
  }

  @Override
  public Map<StateKey.Endpoint, EndpointStatus> list() {
    Map<StateKey.Endpoint, EndpointStatus> found = new HashMap<>();
    for (Entry<EndpointStatus> entry :
        datastore.list(new Query.WorkloadStatuses(region, host)).entries()) {
      if (entry.key() instanceof StatusKey.Workload key) {
        found.put(
            new StateKey.Endpoint(key.orchestrator(), key.workload(), key.endpoint()),
            entry.value());
      }
    }
    return found;
  }

  @Override
  public Map<StateKey.Endpoint, Exception> apply(
      Map<StateKey.Endpoint, EndpointStatus> updates, Set<StateKey.Endpoint> deletions) {
    Map<StateKey.Endpoint, Exception> failed = new HashMap<>();
    updates.forEach(
        (endpoint, status) ->
            attempt(endpoint, failed, () -> datastore.put(key(endpoint), status, null)));
    deletions.forEach(endpoint -> attempt(endpoint, failed, () -> delete(endpoint)));
    return failed;
  }

  private void delete(StateKey.Endpoint endpoint) {
    try {
      datastore.delete(key(endpoint), null);
    } catch (DatastoreException.DoesNotExist _) {
      // absent is what was wanted
    }
  }

  private static void attempt(
      StateKey.Endpoint endpoint, Map<StateKey.Endpoint, Exception> failed, Runnable write) {
    try {
      write.run();
    } catch (DatastoreException e) {
      failed.put(endpoint, e);
    }
  }

  private StatusKey.Workload key(StateKey.Endpoint endpoint) {
    return new StatusKey.Workload(
        region, host, endpoint.orchestrator(), endpoint.workload(), endpoint.endpoint());
  }
}
