/**
 * What passes from the calculation graph to the dataplane and to PolicySync: this node's desired
 * state, as immutable records, and the changes to it.
 *
 * <p>Reading order: {@link calico.felix.state.StateKey} (what can be desired), the values ({@link
 * calico.felix.state.LocalEndpoint} with {@link calico.felix.state.TrafficLimits}, {@link
 * calico.felix.state.LocalHostEndpoint}, {@link calico.felix.state.Policy}, {@link
 * calico.felix.state.ProfileRules}, {@link calico.felix.state.AddressSet}, {@link
 * calico.felix.state.ClusterRoute}, {@link calico.felix.state.Vtep}, {@link
 * calico.felix.state.WireguardPeer}), {@link calico.felix.state.StateChange} (one change), {@link
 * calico.felix.state.DesiredState} (all of it at once, for the oracle and tests).
 *
 * <p>Neither side sees the other: {@code calc} writes these, {@code rules}, {@code dataplane} and
 * {@code policysync} read them.
 */
@NullMarked
package calico.felix.state;

import org.jspecify.annotations.NullMarked;
