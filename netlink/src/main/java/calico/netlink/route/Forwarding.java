package calico.netlink.route;

import java.net.InetAddress;

/**
 * An entry of a VXLAN device's forwarding database: frames to a MAC address go to another host.
 *
 * @param destination where the UDP packets go
 * @param state NUD_* bits, as of a {@link Neighbour}
 */
public record Forwarding(int interfaceIndex, Mac mac, InetAddress destination, int state) {

  /** An entry that stays until deleted. */
  public static Forwarding permanent(int interfaceIndex, Mac mac, InetAddress destination) {
    return new Forwarding(interfaceIndex, mac, destination, Neighbour.PERMANENT);
  }
}
