package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Ip;
import org.jspecify.annotations.Nullable;

/**
 * How a workload's address is reached: on its interface, without a gateway.
 *
 * @param interfaceIndex output interface
 * @param protocol RTPROT_* number
 * @param direct whether there is no gateway and the scope is "link"; always so for ours
 * @param source from which the host itself sends; null for the kernel's choice
 */
record LocalRoute(int interfaceIndex, int protocol, boolean direct, @Nullable Ip source) {

  /** What tells routes of the main table apart. */
  record Key(Cidr destination, int metric) {}
}
