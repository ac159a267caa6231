package calico.felix.dataplane;

import calico.model.Cidr;
import calico.model.Family;
import calico.netlink.route.Link;
import calico.netlink.route.Mac;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A device whose packets go to other nodes inside of packets between nodes.
 *
 * @param vxlan null for IPIP
 * @param mac null for IPIP
 * @param mtu in bytes
 * @param addresses of the device, each alone in its subnet
 */
record TunnelDevice(
    Link.@Nullable Vxlan vxlan, @Nullable Mac mac, int mtu, Set<Cidr> addresses, boolean up) {
  /** The kernel's own device for IPIP, which is there in every namespace once it knows IPIP. */
  static final String IPIP = "tunl0";

  /** Upstream's names. */
  static final List<String> NAMES = List.of(vxlan(Family.IPV4), vxlan(Family.IPV6), IPIP);

  static String vxlan(Family family) {
    return family == Family.IPV4 ? "vxlan.calico" : "vxlan-v6.calico";
  }

  static boolean isVxlan(String name) {
    return name.equals(vxlan(Family.IPV4)) || name.equals(vxlan(Family.IPV6));
  }

  /** Bytes that VXLAN adds to a packet: Ethernet, VXLAN, UDP and IP headers. */
  static int vxlanOverhead(Family family) {
    return family == Family.IPV4 ? 50 : 70;
  }

  /** An IP header. */
  static final int IPIP_OVERHEAD = 20;
}
