/**
 * WireGuard devices: their settings and peers. The devices themselves are made and removed as any
 * link, by {@link calico.netlink.route.Rtnetlink}.
 *
 * <p>Data flow: {@link Wireguard} turns records into requests and dumps into records. A kernel
 * without WireGuard does not know its generic netlink family, and says ENOENT.
 *
 * <p>Reading order: {@link Key}, {@link Peer}, {@link Device}, {@link Wireguard}; {@link
 * WireguardRequest} for the wire; {@link WireguardReader}.
 *
 * <p>Invariants: a private key goes into the kernel and never comes out.
 *
 * <p>Source: {@code linux/wireguard.h}.
 */
@NullMarked
package calico.netlink.wireguard;

import org.jspecify.annotations.NullMarked;
