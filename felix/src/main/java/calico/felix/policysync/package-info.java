/**
 * The PolicySync API: tells each workload's own proxy the policy that applies to it, so that it can
 * enforce what the kernel cannot see (HTTP methods and paths, identities proved by certificates).
 *
 * <pre>
 *   creds/UID.json --WorkloadSockets--> mount/UID/socket --gRPC--> PolicySyncService --join, leave--+
 *                                                          ^                                       v
 *   calculation --StateChange, profiles--> PolicySync --> NodeState --> Subscription (one a client)
 *                                                          ^               |
 *                                                          +---messages----+ as the client takes them
 * </pre>
 *
 * <p>The driver that mounts a directory into a pod writes down whose it is ({@link
 * calico.felix.policysync.Credentials}); {@link calico.felix.policysync.WorkloadSockets} listens
 * there. Whoever can reach a socket is that workload: there is no other authentication, and nobody
 * learns of another workload's policy. The node's desired state is mirrored in {@link
 * calico.felix.policysync.NodeState}. A {@link calico.felix.policysync.Subscription} knows what its
 * client has and sends the difference; {@link calico.felix.policysync.Messages} and {@link
 * calico.felix.policysync.RuleMessages} put it in the protocol's words.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>One loop owns all state, and serves the calls. The calculation only puts batches into its
 *       queue and never waits.
 *   <li>What a client has been sent refers to nothing that it has not.
 *   <li>A client that does not read costs one set's messages, and beside that an entry for each
 *       thing that it has or is behind with: what changes twice is sent once.
 *   <li>A workload has one client; the latest to come takes over.
 *   <li>Without a directory of sockets nothing of this package is loaded.
 * </ul>
 *
 * <p>Reading order: {@link calico.felix.policysync.PolicySync}, NodeState, Subscription, {@link
 * calico.felix.policysync.Identities}, Messages, RuleMessages, WorkloadSockets, {@link
 * calico.felix.policysync.PolicySyncService}.
 */
@NullMarked
package calico.felix.policysync;

import org.jspecify.annotations.NullMarked;
