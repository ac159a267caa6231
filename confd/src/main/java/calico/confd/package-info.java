/**
 * BGP configuration from the datastore to a running BGP daemon: BIRD 2, one process for both
 * address families, or FRR.
 *
 * <p>Data flow: {@link calico.confd.Confd} subscribes to nodes, pools, BGP peers and filters, BGP
 * configurations and this node's block affinities; on its loop they gather in a {@link
 * calico.confd.BgpState}, with the passwords of sessions from {@link calico.confd.Secrets} and the
 * workloads that are peers from {@link calico.confd.WorkloadPeerFiles}. What they ask of this node
 * is a {@link calico.confd.NodeBgp}, in no daemon's language: with {@link calico.confd.BgpSettings}
 * (what applies to the node), the sessions of {@link calico.confd.Peerings} (each a {@link
 * calico.confd.Peer}), {@link calico.confd.PeerFilter}s and {@link calico.confd.ServiceRoutes}.
 *
 * <p>A {@link calico.confd.BgpDaemon} says that in its language. BIRD: {@link
 * calico.confd.BirdConfig}, with {@link calico.confd.BirdSessions}, {@link
 * calico.confd.BirdPeerFilters} and {@link calico.confd.BirdRouteFilters} (what is advertised and
 * what reaches the kernel). FRR: {@link calico.confd.FrrConfig}, with {@link
 * calico.confd.FrrSessions}, {@link calico.confd.FrrPeerFilters}, {@link
 * calico.confd.FrrRouteFilters}, whose lists and route-maps are {@link calico.confd.FrrPolicies}.
 * {@link calico.confd.ConfigFile} has the text checked by the daemon and puts it in place; {@link
 * calico.confd.BirdControl} makes BIRD load it, {@link calico.confd.Vtysh} gives FRR the {@link
 * calico.confd.FrrDifference}. A {@link calico.confd.Supervisor} keeps each process running, and a
 * {@code Successor} has one daemon take the place of the other.
 *
 * <p>What is wrong with a resource is a {@link calico.confd.Fault}: the resource is left out, a
 * filter rejects, and all others have effect. Most are found by the rules of the model; {@link
 * calico.confd.Refusals} finds those that only the daemon knows about.
 *
 * <p>Invariants: the text is a pure function of the state, and is only applied when the state is in
 * sync with the datastore; the file in place is always one that the daemon has accepted; an
 * unchanged text causes no reload; the daemon outlives this process, and its routes outlive its
 * death.
 *
 * <p>Facts: RFC 4271 (BGP-4), RFC 4456 (route reflection), RFC 4724 (graceful restart), RFC 5082
 * (GTSM), RFC 1997 and RFC 8092 (communities), RFC 2385 (TCP MD5), the BIRD 2.0 user's guide for
 * its configuration language and control protocol, and the FRR 8.4 user's guide.
 */
@NullMarked
package calico.confd;

import org.jspecify.annotations.NullMarked;
