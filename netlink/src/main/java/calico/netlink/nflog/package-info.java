/**
 * NFLOG: copies of packets that rules with a {@code log group} expression send to a reader.
 *
 * <p>{@link NflogMonitor} binds a group and hands over each {@link LoggedPacket}. Without a reader
 * the kernel drops the copies, which costs next to nothing. A group has one reader at a time.
 *
 * <p>Source: {@code linux/netfilter/nfnetlink_log.h}.
 */
@NullMarked
package calico.netlink.nflog;

import org.jspecify.annotations.NullMarked;
