package calico.felix.dataplane;

import calico.model.Cidr;

/**
 * How a workload's address is reached: on its interface, without a gateway.
 *
 * @param interfaceIndex output interface
 * @param protocol RTPROT_* number
 * @param direct whether there is no gateway and the scope is "link"; always so for ours
 */
record LocalRoute(int interfaceIndex, int protocol, boolean direct) {
  /** As upstream's, so that the route of an endpoint that is about to arrive can be preferred. */
  static final int METRIC = 1024;

  /** What tells routes of the main table apart. */
  record Key(Cidr destination, int metric) {}
}
