/**
 * The calculation graph: from the cluster's state to this node's desired state, incrementally.
 *
 * <p>Data flow: resources come into {@link calico.felix.calc.CalcGraph}, which keeps what it needs
 * of each; {@code flush} gives the changes of the desired state, as records of {@link
 * calico.felix.state}. Inside, two {@link calico.felix.calc.LabelIndex}es match selectors with
 * labels: policies with local endpoints ({@link calico.felix.calc.LocalEndpoints}), and the
 * selectors of active rules with everything that has addresses ({@link
 * calico.felix.calc.AddressSets}). {@link calico.felix.calc.ActiveRules} is between them: it knows
 * which policies and profiles some local endpoint needs, and which sets their rules need. Beside
 * these, {@link calico.felix.calc.ClusterRoutes} joins pools, blocks, nodes and endpoints to routes
 * and tunnels, and says which of them are encrypted with whom.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>What is emitted is closed: every policy, profile and set that is referenced has been put
 *       before, and is removed after.
 *   <li>Nothing is emitted before in-sync, and nothing when nothing changed.
 *   <li>After any sequence of updates the accumulated changes equal {@link
 *       calico.felix.calc.Resolver}'s answer, which is computed from scratch.
 *   <li>No thread, clock, I/O or randomness.
 *   <li>Cost follows the change: a label is never compared with selectors that cannot match it, nor
 *       a selector with endpoints that it cannot select.
 * </ul>
 *
 * <p>Reading order. The rules of the domain, as pure functions: {@link
 * calico.felix.calc.PolicySelectors}, {@link calico.felix.calc.PolicyScope}, {@link
 * calico.felix.calc.RuleResolution} with {@link calico.felix.calc.SetSource}, {@link
 * calico.felix.calc.Addressed}, {@link calico.felix.calc.Endpoint} ({@link
 * calico.felix.calc.Workload}, {@link calico.felix.calc.HostInterface}), {@link
 * calico.felix.calc.Tiers}. The oracle: {@link calico.felix.calc.Snapshot}, {@link
 * calico.felix.calc.Resolver}, and {@link calico.felix.calc.Trace}, which answers "why was this
 * denied". The graph: {@link calico.felix.calc.LabelIndex} with {@link
 * calico.felix.calc.Restriction}, {@link calico.felix.calc.AddressSets}, {@link
 * calico.felix.calc.ActiveRules}, {@link calico.felix.calc.LocalEndpoints}, {@link
 * calico.felix.calc.Pools}, {@link calico.felix.calc.CalcGraph}. Routes: {@link
 * calico.felix.calc.NodeAddresses}, {@link calico.felix.calc.RouteClaim} (which route follows from
 * what), {@link calico.felix.calc.RouteResolver} (the oracle), {@link calico.felix.calc.PoolModes},
 * {@link calico.felix.calc.Nodes}, {@link calico.felix.calc.ClusterRoutes}, {@link
 * calico.felix.calc.FloatingIps}. Besides: {@link calico.felix.calc.QosLimits}, {@link
 * calico.felix.calc.CodePoints}, {@link calico.felix.calc.ServiceRanges}, {@link
 * calico.felix.calc.Migrations}, {@link calico.felix.calc.WorkloadPeers}.
 */
@NullMarked
package calico.felix.calc;

import org.jspecify.annotations.NullMarked;
