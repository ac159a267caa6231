package calico.felix.calc;

import calico.felix.state.StateKey;

/** What policy can apply to. */
sealed interface Endpoint permits Workload, HostInterface {

  StateKey.EndpointKey<?> id();

  /** The node that it is on. */
  String node();

  /** How selectors see it. */
  Addressed addressed();
}
