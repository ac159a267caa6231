package calico.netlink.route;

import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/**
 * A network interface.
 *
 * @param kind "veth", "bridge", "dummy", ...; empty for hardware and loopback
 * @param flags IFF_* bits
 * @param mac null when it has no Ethernet address
 * @param master index of the bridge or VRF it is in, or 0
 * @param peer index of the other end of a veth, or of the device below; 0: none
 * @param peerNetnsId which namespace {@code peer} is in, as numbered in this one; -1: this one
 * @param alias free text, may be empty
 * @param vxlan how it tunnels, if it is of that kind
 */
public record Link(
    int index,
    String name,
    String kind,
    int flags,
    int mtu,
    @Nullable Mac mac,
    int master,
    int peer,
    int peerNetnsId,
    String alias,
    @Nullable Vxlan vxlan) {
  public static final int UP = 0x1;
  public static final int LOOPBACK = 0x8;
  public static final int RUNNING = 0x40;

  /** Administratively up. */
  public boolean up() {
    return (flags & UP) != 0;
  }

  /** Up and able to carry packets. */
  public boolean running() {
    return (flags & RUNNING) != 0;
  }

  /**
   * A VXLAN device's settings, which it keeps as long as it lives.
   *
   * @param vni network identifier, 24 bits
   * @param parent index of the device below, or 0
   * @param local source of the UDP packets, or null for the kernel's choice
   * @param learning whether it learns from packets where MAC addresses are
   */
  public record Vxlan(
      int vni, int parent, @Nullable InetAddress local, int port, boolean learning) {}
}
