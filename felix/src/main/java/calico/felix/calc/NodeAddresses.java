package calico.felix.calc;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.resource.NodeSpec;
import calico.model.resource.NodeStatus;
import calico.model.resource.Resource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What routing reads from a Node.
 *
 * @param all its addresses, by whomever they are known
 * @param ipipTunnelIp address of its IPIP device
 * @param wireguardIps addresses of its WireGuard devices
 * @param publicKeys of its WireGuard devices
 */
record NodeAddresses(
    Map<Family, OfFamily> byFamily,
    Set<Ip> all,
    @Nullable Ip ipipTunnelIp,
    Map<Family, Ip> wireguardIps,
    Map<Family, String> publicKeys) {
  static final NodeAddresses NONE = new NodeAddresses(Map.of(), Set.of(), null, Map.of(), Map.of());

  /** Who knows an address, in falling precedence. */
  private static final List<String> TYPES = List.of("CalicoNodeIP", "InternalIP", "ExternalIP");

  /**
   * One family's addresses.
   *
   * @param ip by which other nodes reach it
   * @param subnet in which it reaches others without a router; the address alone if not known
   * @param tunnelIp address of its VXLAN device
   * @param mac of its VXLAN device
   */
  record OfFamily(Ip ip, Cidr subnet, @Nullable Ip tunnelIp, String mac) {}

  static NodeAddresses of(Resource<NodeSpec> resource) {
    String node = resource.metadata().name();
    NodeSpec spec = resource.spec();
    NodeSpec.Bgp bgp = spec.bgp();
    Map<Family, OfFamily> byFamily = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      boolean v4 = family == Family.IPV4;
      String first = bgp == null ? null : v4 ? bgp.ipv4Address() : bgp.ipv6Address();
      InterfaceAddress address = address(spec, family, first);
      if (address != null) {
        byFamily.put(
            family,
            new OfFamily(
                address.ip(),
                address.network(),
                ip(v4 ? spec.ipv4VXLANTunnelAddr() : spec.ipv6VXLANTunnelAddr(), family),
                mac(node, v4 ? spec.vxlanTunnelMACAddr() : spec.vxlanTunnelMACAddrV6(), family)));
      }
    }
    Set<Ip> all = new HashSet<>();
    byFamily.values().forEach(a -> all.add(a.ip()));
    for (NodeSpec.Address a : addresses(spec)) {
      InterfaceAddress parsed = InterfaceAddress.tryParse(a.address());
      if (parsed != null) {
        all.add(parsed.ip());
      }
    }
    return new NodeAddresses(
        Map.copyOf(byFamily),
        Set.copyOf(all),
        bgp == null ? null : ip(bgp.ipv4IPIPTunnelAddr(), Family.IPV4),
        wireguardIps(spec.wireguard()),
        publicKeys(NodeStatus.of(resource)));
  }

  private static Map<Family, Ip> wireguardIps(NodeSpec.@Nullable Wireguard devices) {
    Map<Family, Ip> ips = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      Ip ip =
          devices == null
              ? null
              : ip(
                  family == Family.IPV4
                      ? devices.interfaceIPv4Address()
                      : devices.interfaceIPv6Address(),
                  family);
      if (ip != null) {
        ips.put(family, ip);
      }
    }
    return Map.copyOf(ips);
  }

  private static Map<Family, String> publicKeys(NodeStatus status) {
    Map<Family, String> keys = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      String key = status.publicKey(family);
      if (key != null) {
        keys.put(family, key);
      }
    }
    return Map.copyOf(keys);
  }

  /** The addresses of all its tunnels' devices. */
  Set<Ip> tunnelIps() {
    Set<Ip> ips = new HashSet<>(wireguardIps.values());
    if (ipipTunnelIp != null) {
      ips.add(ipipTunnelIp);
    }
    for (OfFamily addresses : byFamily.values()) {
      if (addresses.tunnelIp() != null) {
        ips.add(addresses.tunnelIp());
      }
    }
    return ips;
  }

  private static List<NodeSpec.Address> addresses(NodeSpec spec) {
    List<NodeSpec.Address> addresses = spec.addresses();
    return addresses == null ? List.of() : addresses;
  }

  private static @Nullable InterfaceAddress address(
      NodeSpec spec, Family family, @Nullable String first) {
    InterfaceAddress parsed = first == null ? null : InterfaceAddress.tryParse(first);
    if (parsed != null && parsed.ip().family() == family) {
      return parsed;
    }
    for (String type : TYPES) {
      for (NodeSpec.Address a : addresses(spec)) {
        InterfaceAddress other = InterfaceAddress.tryParse(a.address());
        if (type.equals(a.type()) && other != null && other.ip().family() == family) {
          return other;
        }
      }
    }
    return null;
  }

  private static @Nullable Ip ip(@Nullable String text, Family family) {
    Ip ip = text == null ? null : Ip.tryParse(text);
    return ip != null && ip.family() == family ? ip : null;
  }

  /** All nodes derive an unset one alike: 66, then five bytes of a hash of the node's name. */
  private static String mac(String node, @Nullable String set, Family family) {
    if (set != null && !set.isEmpty()) {
      return set.toLowerCase(Locale.ROOT).replace('-', ':');
    }
    String hashed = family == Family.IPV4 ? node : node + "-v6";
    try {
      byte[] sha =
          MessageDigest.getInstance("SHA-1").digest(hashed.getBytes(StandardCharsets.UTF_8));
      return "66:" + HexFormat.ofDelimiter(":").formatHex(sha, 0, 5);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-1", e);
    }
  }
}
