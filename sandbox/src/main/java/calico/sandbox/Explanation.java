package calico.sandbox;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.felix.calc.Flow;
import calico.felix.calc.Snapshot;
import calico.felix.calc.Trace;
import calico.model.key.Query;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Protocol;
import calico.model.resource.Resource;
import calico.model.resource.Severity;
import calico.model.resource.Validator;
import java.util.List;

/** Says why a connection is denied or allowed, from what is in the datastore. */
final class Explanation {
  private static final List<Kind<?>> KINDS =
      List.of(
          Kinds.NODE,
          Kinds.WORKLOAD_ENDPOINT,
          Kinds.TIER,
          Kinds.GLOBAL_NETWORK_POLICY,
          Kinds.NETWORK_POLICY,
          Kinds.PROFILE,
          Kinds.GLOBAL_NETWORK_SET,
          Kinds.NETWORK_SET);

  private final Snapshot snapshot =
      new Snapshot(
          r -> Validator.validate(r).stream().noneMatch(p -> p.severity() == Severity.ERROR));

  Explanation(Datastore datastore) {
    KINDS.forEach(kind -> load(datastore, kind));
  }

  private <S> void load(Datastore datastore, Kind<S> kind) {
    for (Entry<Resource<S>> entry : datastore.list(Query.all(kind)).entries()) {
      snapshot.put(entry.key(), entry.value());
    }
  }

  /** The whole decision path of a TCP connection. */
  String of(Topology.WorkloadSpec from, Topology.WorkloadSpec to, int port) {
    return Trace.explain(snapshot, Flow.of(peer(from), peer(to), Protocol.TCP.number(), port))
        .toString();
  }

  private static Flow.Peer peer(Topology.WorkloadSpec workload) {
    return new Flow.Peer.OfWorkload(workload.namespace() + "/" + workload.name());
  }
}
