package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Family;
import calico.netlink.route.Link;
import calico.netlink.route.Mac;
import calico.netlink.wireguard.Device;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A device whose packets go to other nodes inside of packets between nodes.
 *
 * @param kind as the kernel calls it
 * @param vxlan null for other kinds
 * @param wireguard null for other kinds, and as long as it has no private key
 * @param mac null for kinds without
 * @param mtu in bytes
 * @param addresses of the device, each alone in its subnet
 */
record TunnelDevice(
    String kind,
    Link.@Nullable Vxlan vxlan,
    Device.@Nullable Settings wireguard,
    @Nullable Mac mac,
    int mtu,
    Set<Cidr> addresses,
    boolean up) {
  static final String KIND_VXLAN = "vxlan";
  static final String KIND_IPIP = "ipip";
  static final String KIND_WIREGUARD = "wireguard";

  /** The kernel's own device for IPIP, which is there in every namespace once it knows IPIP. */
  static final String IPIP = "tunl0";

  /** Upstream's names. */
  static final List<String> VXLAN = List.of(vxlan(Family.IPV4), vxlan(Family.IPV6));

  static TunnelDevice ofVxlan(Link.Vxlan settings, Mac mac, int mtu, Cidr address) {
    return new TunnelDevice(KIND_VXLAN, settings, null, mac, mtu, Set.of(address), true);
  }

  static TunnelDevice ofIpip(int mtu, Cidr address) {
    return new TunnelDevice(KIND_IPIP, null, null, null, mtu, Set.of(address), true);
  }

  static TunnelDevice ofWireguard(Device.Settings settings, int mtu, Set<Cidr> addresses) {
    return new TunnelDevice(KIND_WIREGUARD, null, settings, null, mtu, addresses, true);
  }

  static String vxlan(Family family) {
    return family == Family.IPV4 ? "vxlan.calico" : "vxlan-v6.calico";
  }

  static boolean isVxlan(String name) {
    return VXLAN.contains(name);
  }

  /** Bytes that VXLAN adds to a packet: Ethernet, VXLAN, UDP and IP headers. */
  static int vxlanOverhead(Family family) {
    return family == Family.IPV4 ? 50 : 70;
  }

  /** An IP header. */
  static final int IPIP_OVERHEAD = 20;

  /** Bytes that WireGuard adds to a packet: its header and tag, UDP and IP headers. */
  static int wireguardOverhead(Family family) {
    return family == Family.IPV4 ? 60 : 80;
  }
}
