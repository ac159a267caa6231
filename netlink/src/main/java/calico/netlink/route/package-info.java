/**
 * rtnetlink: links, addresses, routes, routing rules, neighbours and forwarding entries, read,
 * changed and watched.
 *
 * <p>Data flow: {@link Rtnetlink} turns records into requests and dumps into records; {@link
 * RouteMonitor} turns multicast messages into {@link NetworkEvent}s of the same records.
 *
 * <p>Reading order: {@link Link}, {@link Address}, {@link Route}, {@link RoutingRule}, {@link
 * Neighbour}, {@link Forwarding}; {@link Rtnetlink}; {@link RouteChange}, {@link LinkRequest} for
 * the wire; {@link RtReader}.
 *
 * <p>Source: {@code linux/rtnetlink.h}, {@code linux/if_link.h}, {@code linux/if_addr.h}, {@code
 * linux/neighbour.h}.
 */
@NullMarked
package calico.netlink.route;

import org.jspecify.annotations.NullMarked;
