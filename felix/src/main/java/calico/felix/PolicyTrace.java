package calico.felix;

import calico.datastore.Datastore;
import calico.felix.calc.Decision;
import calico.felix.calc.Flow;
import calico.felix.calc.PolicySelection;
import calico.felix.calc.Snapshot;
import calico.felix.calc.Trace;
import calico.model.key.Query;
import calico.model.resource.FelixConfigurationSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.Validator;
import java.util.ArrayList;
import java.util.List;

/** Says what policy does with a connection and why, from what is in the datastore. */
public final class PolicyTrace {
  private static final List<Kind<?>> POLICY =
      List.of(Kinds.TIER, Kinds.GLOBAL_NETWORK_POLICY, Kinds.NETWORK_POLICY, Kinds.PROFILE);

  private static final List<Kind<?>> ADDRESSED =
      List.of(
          Kinds.NODE,
          Kinds.HOST_ENDPOINT,
          Kinds.GLOBAL_NETWORK_SET,
          Kinds.NETWORK_SET,
          Kinds.IP_POOL,
          Kinds.CLUSTER_INFORMATION);

  private PolicyTrace() {}

  /**
   * The whole decision path.
   *
   * @throws IllegalArgumentException if an end of the flow cannot be found
   * @throws calico.datastore.DatastoreException if the datastore cannot be read
   */
  public static Decision of(Datastore datastore, Flow flow) {
    Snapshot snapshot = policy(datastore);
    ADDRESSED.forEach(kind -> load(datastore, kind, snapshot));
    new EndpointSearch(datastore, snapshot).find(flow);
    List<Resource<FelixConfigurationSpec>> configurations = new ArrayList<>();
    datastore.scan(
        Query.all(Kinds.FELIX_CONFIGURATION),
        page -> {
          page.entries().forEach(entry -> configurations.add(entry.value()));
          return true;
        });
    return Trace.explain(
        snapshot,
        flow,
        node -> FelixSettings.ofNode(configurations, node, snapshot.nodeLabels(node)));
  }

  /**
   * Which policies apply to what.
   *
   * @throws calico.datastore.DatastoreException if they cannot be read
   */
  public static PolicySelection selection(Datastore datastore) {
    return new PolicySelection(policy(datastore));
  }

  /** As Felix does: what is not valid counts as absent. */
  private static Snapshot policy(Datastore datastore) {
    Snapshot snapshot = new Snapshot(r -> Validator.errors(r).isEmpty());
    POLICY.forEach(kind -> load(datastore, kind, snapshot));
    return snapshot;
  }

  private static <S> void load(Datastore datastore, Kind<S> kind, Snapshot snapshot) {
    datastore.scan(
        Query.all(kind),
        page -> {
          page.entries().forEach(entry -> snapshot.put(entry.key(), entry.value()));
          return true;
        });
  }
}
