package calico.netlink.route;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the ARP or neighbour discovery table.
 *
 * @param mac null while it is not known, and for a proxy entry
 * @param state NUD_* bits
 * @param flags NTF_* bits; {@link #PROXY}: answer for this address on the interface
 */
public record Neighbour(
    int interfaceIndex, InetAddress address, @Nullable Mac mac, int state, int flags) {
  public static final int FAILED = 0x20;
  public static final int PERMANENT = 0x80;
  public static final int PROXY = 0x08;

  /** An entry that stays until deleted. */
  public static Neighbour permanent(int interfaceIndex, InetAddress address, Mac mac) {
    return new Neighbour(interfaceIndex, address, mac, PERMANENT, 0);
  }

  /** Answers ARP or neighbour solicitations for {@code address} on the interface. */
  public static Neighbour proxy(int interfaceIndex, InetAddress address) {
    return new Neighbour(interfaceIndex, address, null, PERMANENT, PROXY);
  }
}
