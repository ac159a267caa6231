/**
 * The agent on each node: turns the cluster's state into this node's routes and rules.
 *
 * <pre>
 *   datastore --Syncer--> inbox --calc loop--> CalcGraph --StateChange--> dataplane loop --netlink--> kernel
 *   Announcements ------>(coalesces)                 |    (one batch at a time)      |
 *                                                    +----> PolicySync --gRPC--> proxies in workloads
 *                                                                                    |
 *   datastore <--StatusReporter---------------------- EndpointStatuses <-------------+
 *   files     <--StatusFiles--------------------------------+
 * </pre>
 *
 * <p>Reading order: {@link calico.felix.Felix} (the wiring), {@link calico.felix.FelixSettings}
 * (where its configuration comes from), {@link calico.felix.Announcements} (what is known before
 * the datastore has it), {@link calico.felix.EndpointStatuses}, {@link calico.felix.StatusReporter}
 * with {@link calico.felix.PublicKeyTarget} and {@link calico.felix.StatusFiles} (what it tells
 * others); then {@code state}, {@code calc}, {@code rules}, {@code dataplane}, {@code policysync},
 * and {@code monitor}, to which the others tell what they do. Aside from the agent, {@link
 * calico.felix.PolicyTrace} answers what policy does with a connection, from the datastore alone.
 *
 * <p>Invariants: only {@link calico.felix.Felix} sees both the calculation and those who use its
 * answer; a change of the configuration replaces the dataplane in the running process unless it is
 * of what is read at the start; Felixes never talk to each other; ending one leaves the kernel as
 * it is, the next one takes over.
 */
@NullMarked
package calico.felix;

import org.jspecify.annotations.NullMarked;
