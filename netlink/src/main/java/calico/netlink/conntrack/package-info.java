/**
 * The kernel's table of connections: finds and forgets flows.
 *
 * <p>Reading order: {@link Conntrack}, {@link FlowRequest} for the wire.
 *
 * <p>Source: {@code linux/netfilter/nfnetlink_conntrack.h}.
 */
@NullMarked
package calico.netlink.conntrack;

import org.jspecify.annotations.NullMarked;
