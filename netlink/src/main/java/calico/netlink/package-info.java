/**
 * All native code of the system: sockets, messages and attributes of the kernel's netlink, and
 * network namespaces, through {@code java.lang.foreign}.
 *
 * <p>Data flow: a {@link Request} writes itself with a {@link MessageWriter}; {@link NetlinkSocket}
 * sends it through a {@link Transport} and hands {@link Message}s, read with an {@link
 * AttributeReader}, to whoever decodes them; a refusal becomes a {@link NetlinkException}. {@link
 * Monitor} reads multicast groups; {@link AnnouncementMonitor} is the one that reads packets. The
 * packages {@code route}, {@code tc}, {@code nftables}, {@code nflog}, {@code conntrack} and {@code
 * wireguard} speak a family each.
 *
 * <p>Reading order: {@link MessageWriter} (the wire format), {@link AttributeReader}, {@link
 * Request}, {@link NetlinkSocket}, {@link KernelTransport}, {@link GenericFamily}, {@link Monitor}
 * with {@link Poller}, {@link Netns}, {@link Libc}.
 *
 * <p>Invariants: no class here starts a process; a socket is used by one thread at a time; bytes
 * from the kernel never cause another exception than {@link MalformedMessageException}.
 *
 * <p>Source: RFC 3549, {@code linux/netlink.h}.
 */
@NullMarked
package calico.netlink;

import org.jspecify.annotations.NullMarked;
