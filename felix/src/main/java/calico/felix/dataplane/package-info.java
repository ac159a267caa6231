/**
 * Brings a node's desired state into the kernel and keeps it there: nftables, routes, neighbours,
 * interface settings.
 *
 * <p>Data flow: {@link calico.felix.dataplane.Dataplane} takes batches of changes. Policies,
 * profiles, sets and pools go to a {@link calico.felix.dataplane.PolicyTable} per family, which
 * renders the record that changed and, through the {@link calico.felix.dataplane.ObjectLedger},
 * desires the objects of its table. What lists of policies consist of is planned by {@link
 * calico.felix.dataplane.PolicyLists}; {@link calico.felix.dataplane.KeptTables} keeps those that
 * are looked up, and {@link calico.felix.dataplane.MemberSets} the sets that are. {@link
 * calico.felix.dataplane.Endpoints} joins endpoints with {@link calico.felix.dataplane.Interfaces}
 * and desires their chains, settings, routes and neighbours; {@link
 * calico.felix.dataplane.HostEndpoints} does so for those of the host's own interfaces. Each of
 * these is a {@link calico.reconcile.Reconciler} over a target: {@link
 * calico.felix.dataplane.NftablesTarget}, {@link calico.felix.dataplane.RouteTarget}, {@link
 * calico.felix.dataplane.NeighbourTarget}, {@link calico.felix.dataplane.ShaperTarget}, {@link
 * calico.felix.dataplane.SysctlTarget}; and {@link calico.felix.dataplane.IptablesTarget}, of which
 * nothing is desired. {@link calico.felix.dataplane.ArpReplies} is a small table of its own, {@link
 * calico.felix.dataplane.PeeringAddresses} are those at which workloads speak BGP with the node.
 * {@link calico.felix.dataplane.RemoteRoutes} does the same for what is on other nodes, with the
 * targets {@link calico.felix.dataplane.TunnelTarget}, {@link
 * calico.felix.dataplane.ForwardingTarget} and {@link calico.felix.dataplane.RemoteRouteTarget}; of
 * that {@link calico.felix.dataplane.WireguardRoutes} does what is encrypted, with {@link
 * calico.felix.dataplane.PeerTarget} and {@link calico.felix.dataplane.RuleTarget} besides. {@link
 * calico.felix.dataplane.LiveMigrations} says of workloads that come from other nodes whether they
 * are here, and {@link calico.felix.dataplane.AddressRoutes} which route follows from that. {@link
 * calico.felix.dataplane.Flows} has the connections of an address forgotten before the address is
 * somebody else's. After each flush a {@link calico.felix.dataplane.StatusListener} is told how
 * endpoints are. All that comes from outside, and time, comes through an {@link
 * calico.felix.dataplane.Environment}. What is done is counted in {@link
 * calico.felix.monitor.DataplaneMetrics}, tables by {@link calico.felix.dataplane.CountedTable}.
 *
 * <p>Invariants: one loop owns all state; nothing is let through before the desired state is
 * complete; a packet is never let through because something could not be programmed; an endpoint is
 * up only when all that it needs is in the kernel; a change costs what it changes.
 *
 * <p>Reading order: Dataplane, Environment, {@link calico.felix.dataplane.Kernel} (the wiring),
 * PolicyTable, ObjectLedger, PolicyLists, KeptTables, {@link calico.felix.dataplane.KeptTable},
 * MemberSets, NftablesTarget, {@link calico.felix.dataplane.NftTransaction}, Endpoints, {@link
 * calico.felix.dataplane.InterfaceWatch}, RemoteRoutes, WireguardRoutes, {@link
 * calico.felix.dataplane.HostMtu}, the other targets, {@link calico.felix.dataplane.Cleanup}.
 */
@NullMarked
package calico.felix.dataplane;

import org.jspecify.annotations.NullMarked;
