/**
 * Traffic control over rtnetlink: token buckets that hold packets to a rate, and redirection of
 * what comes in to another interface.
 *
 * <p>A queueing discipline holds back only what leaves by its interface. What comes in is therefore
 * sent through a device of kind "ifb", which gives it back to where it was, and held back there.
 *
 * <p>Reading order: {@link TokenBucket}, {@link Qdisc}, {@link TrafficControl}; {@link TcRequest}
 * and {@link TcReader} for the wire.
 *
 * <p>Source: {@code linux/rtnetlink.h}, {@code linux/pkt_sched.h}, {@code linux/pkt_cls.h}, {@code
 * linux/tc_act/tc_mirred.h}.
 */
@NullMarked
package calico.netlink.tc;

import org.jspecify.annotations.NullMarked;
