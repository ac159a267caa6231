package calico.netlink.tc;

import org.jspecify.annotations.Nullable;

/**
 * A queueing discipline of an interface.
 *
 * @param handle its number: 16 bits of major, which tells it apart on its interface, and 16 of
 *     minor, which are 0
 * @param parent {@link #ROOT}, {@link #INGRESS}, or the class of another one that it is in
 * @param kind "tbf", "ingress", "noqueue", ...
 * @param bucket its settings, if it is a token bucket
 */
public record Qdisc(
    int interfaceIndex, int handle, int parent, String kind, @Nullable TokenBucket bucket) {
  /** TC_H_ROOT: for all that leaves by the interface. */
  public static final int ROOT = 0xffff_ffff;

  /** TC_H_INGRESS: for all that comes in by it. */
  public static final int INGRESS = 0xffff_fff1;

  /** The handle that every discipline for what comes in has, ffff:0. */
  public static final int INGRESS_HANDLE = 0xffff_0000;

  /** A handle from its major number. */
  public static int handle(int major) {
    return major << 16;
  }
}
