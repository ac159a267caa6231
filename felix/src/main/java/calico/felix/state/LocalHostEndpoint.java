package calico.felix.state;

import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.model.Ip;
import java.util.List;

/**
 * What applies to an interface of this host, or to all. Which interfaces those are depends on what
 * is there: the dataplane decides.
 *
 * @param interfaceName {@link #ANY_INTERFACE} for all that no other host endpoint is for; empty if
 *     only the addresses tell
 * @param expectedIps an interface with one of them is meant, if there is no name
 * @param normal to and from processes of the host, with the profiles after them
 * @param forward to what passes through the interface and the host
 * @param untracked before connection tracking; always pass by default, as do those of preDnat
 * @param preDnat to all that comes in, before its destination is translated; ingress only
 */
public record LocalHostEndpoint(
    String interfaceName,
    List<Ip> expectedIps,
    List<TierPolicies> normal,
    List<TierPolicies> forward,
    List<TierPolicies> untracked,
    List<TierPolicies> preDnat,
    List<StateKey.ProfileId> profiles) {

  /** HostEndpoint's interfaceName for all interfaces. */
  public static final String ANY_INTERFACE = "*";

  public boolean forAnyInterface() {
    return interfaceName.equals(ANY_INTERFACE);
  }
}
