/**
 * BGP configuration from the datastore to a running BIRD 2, one daemon for both address families.
 *
 * <p>Data flow: {@link calico.confd.Confd} subscribes to nodes, pools, BGP peers, BGP
 * configurations and this node's block affinities; on its loop they gather in a {@link
 * calico.confd.BgpState}; {@link calico.confd.BirdConfig} renders that to the text of one
 * configuration file, using {@link calico.confd.BgpSettings} (what applies to this node), {@link
 * calico.confd.Peerings} (its BGP sessions) and {@link calico.confd.RouteFilters} (what is
 * advertised and what reaches the kernel); {@link calico.confd.ConfigFile} has the text checked by
 * BIRD and puts it in place; {@link calico.confd.BirdControl} makes the daemon load it. {@link
 * calico.confd.Bird} keeps that daemon running.
 *
 * <p>Invariants: the text is a pure function of the state, and is only applied when the state is in
 * sync with the datastore; the file in place is always one that BIRD has accepted; an unchanged
 * text causes no reload; BIRD outlives this process, and its routes outlive BIRD.
 *
 * <p>Facts: RFC 4271 (BGP-4), RFC 4456 (route reflection), RFC 4724 (graceful restart), RFC 5082
 * (GTSM), and the BIRD 2.0 user's guide for the configuration language and the control protocol.
 */
@NullMarked
package calico.confd;

import org.jspecify.annotations.NullMarked;
