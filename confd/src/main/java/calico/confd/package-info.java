/**
 * BGP configuration from the datastore to a running BIRD 2, one daemon for both address families.
 *
 * <p>Data flow: {@link calico.confd.Confd} subscribes to nodes, pools, BGP peers and filters, BGP
 * configurations and this node's block affinities; on its loop they gather in a {@link
 * calico.confd.BgpState}, with the passwords of sessions from {@link calico.confd.Secrets}; {@link
 * calico.confd.BirdConfig} renders that to the text of one configuration file, using {@link
 * calico.confd.BgpSettings} (what applies to this node), {@link calico.confd.Peerings} (its BGP
 * sessions; each a {@link calico.confd.Peer}), {@link calico.confd.BirdSessions} (their text),
 * {@link calico.confd.BirdPeerFilters} (the BGPFilters that they name) and {@link
 * calico.confd.BirdRouteFilters} (what is advertised and what reaches the kernel, with {@link
 * calico.confd.ServiceRoutes}); {@link calico.confd.ConfigFile} has the text checked by BIRD and
 * puts it in place; {@link calico.confd.BirdControl} makes the daemon load it. {@link
 * calico.confd.Bird} keeps that daemon running.
 *
 * <p>What is wrong with a resource is a {@link calico.confd.Fault}: the resource is left out, a
 * filter rejects, and all others have effect. Most are found by the rules of the model; {@link
 * calico.confd.Refusals} finds those that only BIRD knows about.
 *
 * <p>Invariants: the text is a pure function of the state, and is only applied when the state is in
 * sync with the datastore; the file in place is always one that BIRD has accepted; an unchanged
 * text causes no reload; BIRD outlives this process, and its routes outlive BIRD.
 *
 * <p>Facts: RFC 4271 (BGP-4), RFC 4456 (route reflection), RFC 4724 (graceful restart), RFC 5082
 * (GTSM), RFC 1997 and RFC 8092 (communities), RFC 2385 (TCP MD5), and the BIRD 2.0 user's guide
 * for the configuration language and the control protocol.
 */
@NullMarked
package calico.confd;

import org.jspecify.annotations.NullMarked;
