package calico.felix;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.felix.calc.Decision;
import calico.felix.calc.Flow;
import calico.felix.calc.Snapshot;
import calico.felix.calc.Trace;
import calico.model.key.Query;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.Severity;
import calico.model.resource.Validator;
import java.util.List;

/** Says what policy does with a connection and why, from what is in the datastore. */
public final class PolicyTrace {
  private static final List<Kind<?>> KINDS =
      List.of(
          Kinds.NODE,
          Kinds.WORKLOAD_ENDPOINT,
          Kinds.HOST_ENDPOINT,
          Kinds.TIER,
          Kinds.GLOBAL_NETWORK_POLICY,
          Kinds.NETWORK_POLICY,
          Kinds.PROFILE,
          Kinds.GLOBAL_NETWORK_SET,
          Kinds.NETWORK_SET);

  /** As Felix does: what is not valid counts as absent. */
  private final Snapshot snapshot =
      new Snapshot(
          r -> Validator.validate(r).stream().noneMatch(p -> p.severity() == Severity.ERROR));

  /**
   * Reads all that a decision can depend on.
   *
   * @throws calico.datastore.DatastoreException if it cannot be read
   */
  public PolicyTrace(Datastore datastore) {
    KINDS.forEach(kind -> load(datastore, kind));
  }

  private <S> void load(Datastore datastore, Kind<S> kind) {
    for (Entry<Resource<S>> entry : datastore.list(Query.all(kind)).entries()) {
      snapshot.put(entry.key(), entry.value());
    }
  }

  /**
   * The whole decision path.
   *
   * @throws IllegalArgumentException if an end of the flow cannot be found
   */
  public Decision of(Flow flow) {
    return Trace.explain(snapshot, flow);
  }
}
