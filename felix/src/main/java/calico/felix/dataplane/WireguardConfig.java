package calico.felix.dataplane;

import calico.model.Family;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What of Felix's configuration the encryption of packets to other nodes depends on.
 *
 * @param families whose packets are encrypted (WireguardEnabled, WireguardEnabledV6)
 * @param devices of each family, for what an earlier configuration has made is removed
 * @param mark one bit, on encrypted packets, so that they are not encrypted again
 * @param rulePriority of the rule that asks our routing tables (WireguardRoutingRulePriority)
 * @param keepAlive how often an idle peer hears something, 0 for never
 *     (WireguardPersistentKeepAlive)
 * @param hosts whether the nodes' own packets are encrypted (WireguardHostEncryptionEnabled)
 * @param threaded whether a device has a kernel thread of its own (WireguardThreadingEnabled)
 */
public record WireguardConfig(
    Set<Family> families,
    Map<Family, Device> devices,
    int mark,
    int rulePriority,
    Duration keepAlive,
    boolean hosts,
    boolean threaded) {

  /**
   * A family's device.
   *
   * @param name of the interface (WireguardInterfaceName, WireguardInterfaceNameV6)
   * @param port UDP port (WireguardListeningPort, WireguardListeningPortV6)
   * @param mtu 0: from the host's (WireguardMTU, WireguardMTUV6)
   * @param table the number of our routing table (RouteTableRanges)
   */
  public record Device(String name, int port, int mtu, int table) {
    int mtu(Family family, int hostMtu) {
      return mtu != 0 ? mtu : hostMtu - TunnelDevice.wireguardOverhead(family);
    }
  }

  /** Upstream's defaults. */
  public static WireguardConfig defaults() {
    return new WireguardConfig(
        Set.of(),
        Map.of(
            Family.IPV4,
            new Device("wireguard.cali", 51820, 0, 1),
            Family.IPV6,
            new Device("wg-v6.cali", 51821, 0, 2)),
        0x200000,
        99,
        Duration.ZERO,
        false,
        false);
  }

  /** The same for other families. */
  public WireguardConfig withFamilies(Set<Family> enabled) {
    return new WireguardConfig(enabled, devices, mark, rulePriority, keepAlive, hosts, threaded);
  }

  Device device(Family family) {
    Device device = devices.get(family);
    if (device == null) {
      throw new IllegalArgumentException("no WireGuard device is configured for " + family);
    }
    return device;
  }

  /** By family what is known by the device's name; what is of other devices is left out. */
  <V> Map<Family, V> byFamily(Map<String, V> byDevice) {
    Map<Family, V> out = new EnumMap<>(Family.class);
    byDevice.forEach(
        (name, value) -> {
          Family family = familyOf(name);
          if (family != null) {
            out.put(family, value);
          }
        });
    return Map.copyOf(out);
  }

  /** The family whose device has the name; null if none has. */
  @Nullable Family familyOf(String interfaceName) {
    for (Map.Entry<Family, Device> e : devices.entrySet()) {
      if (e.getValue().name().equals(interfaceName)) {
        return e.getKey();
      }
    }
    return null;
  }

  /** The field of a FelixConfiguration that turns a family on. */
  static String field(Family family) {
    return family == Family.IPV4 ? "wireguardEnabled" : "wireguardEnabledV6";
  }
}
