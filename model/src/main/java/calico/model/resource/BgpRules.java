package calico.model.resource;

import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What holds between the fields of the kinds that configure BGP. */
final class BgpRules {
  private static final Pattern WITH_PORT =
      Pattern.compile("(?:\\[([0-9a-fA-F:.]+)\\]|([0-9.]+)):([0-9]{1,5})");
  private static final Pattern COMMUNITY = Pattern.compile("\\d+:\\d+(:\\d+)?");
  private static final long MAX_STANDARD = 0xffff;
  private static final long MAX_LARGE = 0xffffffffL;

  private BgpRules() {}

  static void check(NodeSpec node, Problems problems) {
    NodeSpec.Bgp bgp = node.bgp();
    if (bgp != null) {
      problems.require(
          !ResourceCodec.encodeRecord(bgp).isEmpty(),
          "bgp",
          "{}",
          "without fields it says nothing");
      Problems at = problems.at("bgp");
      family("ipv4Address", bgp.ipv4Address(), Family.IPV4, at);
      family("ipv6Address", bgp.ipv6Address(), Family.IPV6, at);
      family("ipv4IPIPTunnelAddr", bgp.ipv4IPIPTunnelAddr(), Family.IPV4, at);
      family("routeReflectorClusterID", bgp.routeReflectorClusterID(), Family.IPV4, at);
    }
    family("ipv4VXLANTunnelAddr", node.ipv4VXLANTunnelAddr(), Family.IPV4, problems);
    family("ipv6VXLANTunnelAddr", node.ipv6VXLANTunnelAddr(), Family.IPV6, problems);
    NodeSpec.Wireguard wireguard = node.wireguard();
    if (wireguard != null) {
      Problems at = problems.at("wireguard");
      family("interfaceIPv4Address", wireguard.interfaceIPv4Address(), Family.IPV4, at);
      family("interfaceIPv6Address", wireguard.interfaceIPv6Address(), Family.IPV6, at);
    }
  }

  static void check(BgpPeerSpec peer, Problems problems) {
    String ip = peer.peerIP();
    if (ip != null && !ip.isEmpty() && !isPeerAddress(ip)) {
      problems.error(
          "peerIP", ip, "expected an address, IPv4:port or [IPv6]:port, with a port from 1");
    }
    Ip gateway = peer.reachableBy() == null ? null : Ip.tryParse(peer.reachableBy());
    Ip address = ip == null ? null : peerAddress(ip);
    problems.require(
        gateway == null || address == null || gateway.family() == address.family(),
        "reachableBy",
        gateway,
        "is of another IP version than peerIP");
  }

  static void check(String name, BgpConfigurationSpec bgp, Problems problems) {
    if (!name.equals("default")) {
      onlyInDefault("nodeToNodeMeshEnabled", bgp.nodeToNodeMeshEnabled(), problems);
      onlyInDefault("asNumber", bgp.asNumber(), problems);
      onlyInDefault("serviceLoadBalancerIPs", bgp.serviceLoadBalancerIPs(), problems);
      onlyInDefault("serviceExternalIPs", bgp.serviceExternalIPs(), problems);
      onlyInDefault("serviceClusterIPs", bgp.serviceClusterIPs(), problems);
      onlyInDefault("nodeMeshPassword", bgp.nodeMeshPassword(), problems);
      onlyInDefault("nodeMeshMaxRestartTime", bgp.nodeMeshMaxRestartTime(), problems);
    }
    family("localWorkloadPeeringIPV4", bgp.localWorkloadPeeringIPV4(), Family.IPV4, problems);
    family("localWorkloadPeeringIPV6", bgp.localWorkloadPeeringIPV6(), Family.IPV6, problems);
    communities(bgp, problems);
  }

  private static void communities(BgpConfigurationSpec bgp, Problems problems) {
    List<BgpConfigurationSpec.Community> named =
        Objects.requireNonNullElse(bgp.communities(), List.of());
    List<BgpConfigurationSpec.PrefixAdvertisement> advertisements =
        Objects.requireNonNullElse(bgp.prefixAdvertisements(), List.of());
    Set<String> names = new HashSet<>();
    for (int i = 0; i < named.size(); i++) {
      names.add(named.get(i).name());
      String value = named.get(i).value();
      problems
          .at("communities", i)
          .require(isCommunity(value) || !isForm(value), "value", value, "a number is too large");
    }
    for (int i = 0; i < advertisements.size(); i++) {
      List<String> used = advertisements.get(i).communities();
      for (int j = 0; j < used.size(); j++) {
        problems
            .at("prefixAdvertisements", i)
            .require(
                names.contains(used.get(j)) || isCommunity(used.get(j)),
                "communities[" + j + "]",
                used.get(j),
                "expected the name of one of the communities above, aa:nn or aa:nn:mm");
      }
    }
  }

  static boolean isForm(String text) {
    return COMMUNITY.matcher(text).matches();
  }

  /** RFC 1997: two numbers of 16 bits; RFC 8092: three of 32. */
  static boolean isCommunity(String text) {
    if (!isForm(text)) {
      return false;
    }
    String[] parts = text.split(":");
    long most = parts.length == 2 ? MAX_STANDARD : MAX_LARGE;
    for (String part : parts) {
      if (part.length() > 10 || Long.parseLong(part) > most) {
        return false;
      }
    }
    return true;
  }

  private static boolean isPeerAddress(String text) {
    Matcher m = WITH_PORT.matcher(text);
    int port = m.matches() ? Integer.parseInt(m.group(3)) : 1;
    return peerAddress(text) != null && port >= 1 && port <= 65535;
  }

  private static @Nullable Ip peerAddress(String text) {
    Matcher m = WITH_PORT.matcher(text);
    return Ip.tryParse(!m.matches() ? text : m.group(1) != null ? m.group(1) : m.group(2));
  }

  private static void onlyInDefault(String field, @Nullable Object value, Problems problems) {
    problems.require(value == null, field, value, "can only be set in the one named default");
  }

  private static void family(
      String field, @Nullable String text, Family family, Problems problems) {
    InterfaceAddress address = text == null ? null : InterfaceAddress.tryParse(text);
    problems.require(
        address == null || address.ip().family() == family,
        field,
        text,
        "expected an IPv" + family.version() + " address");
  }
}
