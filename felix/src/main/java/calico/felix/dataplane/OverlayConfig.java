package calico.felix.dataplane;

import calico.model.Family;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What of Felix's configuration the routes to other nodes depend on.
 *
 * @param vxlanVni network identifier (VXLANVNI)
 * @param vxlanPort UDP port (VXLANPort)
 * @param vxlanMtu of the IPv4 device, 0: from the host's (VXLANMTU)
 * @param vxlanMtuV6 of the IPv6 device, 0: from the host's (VXLANMTUV6)
 * @param ipipMtu 0: from the host's (IpInIpMtu)
 * @param programsIpip whether routes on the IPIP device are ours, also those that BIRD has left
 *     (ProgramClusterRoutes)
 * @param mtuInterfaces the host's interfaces whose smallest MTU is the host's (MTUIfacePattern)
 * @param mtuFile where the MTU for new workloads is written; null for nowhere
 * @param wireguard what their encryption depends on
 */
public record OverlayConfig(
    int vxlanVni,
    int vxlanPort,
    int vxlanMtu,
    int vxlanMtuV6,
    int ipipMtu,
    boolean programsIpip,
    Pattern mtuInterfaces,
    @Nullable Path mtuFile,
    WireguardConfig wireguard) {

  /** Upstream's defaults. */
  public static OverlayConfig defaults() {
    return new OverlayConfig(
        4096,
        4789,
        0,
        0,
        0,
        true,
        Pattern.compile("^((en|wl|ww|sl|ib)[Pcopsvx].*|(eth|wlan|wwan).*)"),
        null,
        WireguardConfig.defaults());
  }

  /** The same with another file for the workloads' MTU. */
  public OverlayConfig withMtuFile(Path file) {
    return new OverlayConfig(
        vxlanVni,
        vxlanPort,
        vxlanMtu,
        vxlanMtuV6,
        ipipMtu,
        programsIpip,
        mtuInterfaces,
        file,
        wireguard);
  }

  /** The same with another encryption. */
  public OverlayConfig withWireguard(WireguardConfig other) {
    return new OverlayConfig(
        vxlanVni,
        vxlanPort,
        vxlanMtu,
        vxlanMtuV6,
        ipipMtu,
        programsIpip,
        mtuInterfaces,
        mtuFile,
        other);
  }

  /** Names of the devices that a tunnel can have. */
  List<String> tunnels() {
    List<String> names = new ArrayList<>(TunnelDevice.VXLAN);
    names.add(TunnelDevice.IPIP);
    wireguard.devices().values().forEach(device -> names.add(device.name()));
    return names;
  }

  boolean isTunnel(String interfaceName) {
    return TunnelDevice.isVxlan(interfaceName)
        || interfaceName.equals(TunnelDevice.IPIP)
        || wireguard.familyOf(interfaceName) != null;
  }

  int vxlanMtu(Family family, int hostMtu) {
    int set = family == Family.IPV4 ? vxlanMtu : vxlanMtuV6;
    return set != 0 ? set : hostMtu - TunnelDevice.vxlanOverhead(family);
  }

  int ipipMtu(int hostMtu) {
    return ipipMtu != 0 ? ipipMtu : hostMtu - TunnelDevice.IPIP_OVERHEAD;
  }

  /** RTPROT_* of routes that are not on one of our devices: ours, unless one was chosen. */
  int routeProtocol(int deviceRouteProtocol) {
    return deviceRouteProtocol == DeviceRoutes.PROTOCOL_BOOT
        ? RemoteRoute.PROTOCOL
        : deviceRouteProtocol;
  }
}
