/**
 * Renders the desired state as nftables objects: a pure function, one address family at a time.
 *
 * <p>Data flow: one state record (a policy, a profile, an endpoint, a pool, a set or a member of
 * one) goes in, a {@link calico.felix.rules.Rendering} comes out: the keyed objects that exist
 * because of that record, and the objects of others that it refers to. A change re-renders only the
 * record that changed; nothing here sees two records at once, and nothing outside knows how it
 * renders.
 *
 * <p>Reading order: {@link calico.felix.rules.NftKey} and {@link calico.felix.rules.NftObject}
 * (what exists in a table), {@link calico.felix.rules.RuleRenderer} (the function), {@link
 * calico.felix.rules.NftRenderer} (the one implementation), {@link calico.felix.rules.StaticChains}
 * (how a packet gets to its endpoint's chain), {@link calico.felix.rules.HostHooks} and {@link
 * calico.felix.rules.HostEndpointChains} (the same for host endpoints), {@link
 * calico.felix.rules.OpenStackRules}, {@link calico.felix.rules.EndpointChains} (tiers and
 * profiles), {@link calico.felix.rules.PolicyList} (what endpoints share of them), {@link
 * calico.felix.rules.PolicyChains} and {@link calico.felix.rules.RuleMatch} (a policy's rules that
 * are tried), {@link calico.felix.rules.DecisionTable} (many that are looked up), {@link
 * calico.felix.rules.LimitChains}, {@link calico.felix.rules.FloatingIpChains}, {@link
 * calico.felix.rules.DscpChains}, {@link calico.felix.rules.SpoofedSources}, {@link
 * calico.felix.rules.TunnelChains}, {@link calico.felix.rules.ObjectNames}, {@link
 * calico.felix.rules.DeniedPackets}.
 *
 * <p>How a packet is judged: policy and profile chains set a mark bit (accept or pass) and return,
 * or drop. They are shared by all endpoints, so they cannot know what comes next: after a
 * workload's egress chain that is the other workload's ingress chain, or the way to the host. What
 * should be there and is not, drops.
 *
 * <p>Facts: {@code linux/netfilter/nf_tables.h}; names of chains and sets are upstream's.
 */
@NullMarked
package calico.felix.rules;

import org.jspecify.annotations.NullMarked;
