package calico.netlink.route;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * An entry of the ARP or neighbour discovery table.
 *
 * @param mac null while it is not known
 * @param state NUD_* bits
 */
public record Neighbour(int interfaceIndex, InetAddress address, @Nullable Mac mac, int state) {
  public static final int FAILED = 0x20;
  public static final int PERMANENT = 0x80;

  /** An entry that stays until deleted. */
  public static Neighbour permanent(int interfaceIndex, InetAddress address, Mac mac) {
    return new Neighbour(interfaceIndex, address, mac, PERMANENT);
  }
}
