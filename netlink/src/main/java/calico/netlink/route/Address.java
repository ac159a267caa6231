package calico.netlink.route;

import java.net.InetAddress;

/**
 * An address of an interface.
 *
 * @param scope see {@link Scope}
 * @param flags IFA_F_* bits; the kernel adds {@link #PERMANENT}, and {@link #TENTATIVE} while it
 *     looks for duplicates
 */
public record Address(
    int interfaceIndex, InetAddress address, int prefixLength, int scope, int flags) {
  /** No duplicate address detection: usable at once. */
  public static final int NO_DAD = 0x2;

  public static final int TENTATIVE = 0x40;
  public static final int PERMANENT = 0x80;

  /** A usual address; without duplicate detection when it is IPv6. */
  public static Address of(int interfaceIndex, InetAddress address, int prefixLength) {
    int flags = address.getAddress().length == 16 ? NO_DAD : 0;
    return new Address(interfaceIndex, address, prefixLength, Scope.UNIVERSE, flags);
  }
}
