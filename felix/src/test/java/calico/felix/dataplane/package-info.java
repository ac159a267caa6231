/**
 * Tests of the dataplane: the pure parts with fakes; the rest on the real kernel, in network
 * namespaces of their own.
 *
 * <p>What can go wrong between the two is tried in a {@link calico.felix.dataplane.Simulation}: a
 * whole dataplane in {@link calico.felix.dataplane.VirtualTime}, over a {@link
 * calico.felix.dataplane.FakeKernel} behind netlink's sockets, on a {@link
 * calico.felix.dataplane.SimulatedHost} where others have a hand, too; {@link
 * calico.felix.dataplane.SimulatedPolicy} looks at each moment.
 */
@NullMarked
package calico.felix.dataplane;

import org.jspecify.annotations.NullMarked;
