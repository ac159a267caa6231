package calico.felix.dataplane;

import calico.felix.monitor.ObjectProblems.Subject;
import calico.felix.state.StateKey;

/** Which object of the datastore something of the desired state comes from. */
final class Subjects {
  private Subjects() {}

  static Subject of(StateKey<?> record) {
    return switch (record) {
      case StateKey.PolicyId id -> new Subject(id.kind(), id.namespace(), id.name());
      case StateKey.ProfileId id -> new Subject("Profile", "", id.name());
      case StateKey.HostEndpoint id -> new Subject("HostEndpoint", "", id.name());
      case StateKey.Endpoint id -> {
        int slash = id.workload().indexOf('/');
        String namespace = id.workload().substring(0, Math.max(slash, 0));
        yield new Subject("WorkloadEndpoint", namespace, id.workload().substring(slash + 1));
      }
      case StateKey.SetId _,
          StateKey.PoolId _,
          StateKey.NodeIp _,
          StateKey.FloatingIpId _,
          StateKey.CodePointId _,
          StateKey.ServiceRangeId _,
          StateKey.Routing<?> _ ->
          new Subject(record.getClass().getSimpleName(), "", record.toString());
    };
  }
}
