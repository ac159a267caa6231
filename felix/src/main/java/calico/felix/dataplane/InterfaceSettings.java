package calico.felix.dataplane;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The kernel settings that a workload's interface and its host need. */
final class InterfaceSettings {
  private static final Path NET = Path.of("/proc/sys/net");

  private InterfaceSettings() {}

  /** For the host. */
  static Map<Path, String> host(DataplaneConfig config) {
    Map<Path, String> settings = new LinkedHashMap<>();
    if (!config.interfaces().forwarding()) {
      return settings;
    }
    settings.put(NET.resolve("ipv4/ip_forward"), "1");
    if (config.ipv6Enabled()) {
      settings.put(NET.resolve("ipv6/conf/all/forwarding"), "1");
    }
    return settings;
  }

  /**
   * For a host whose own packets are encrypted: an encrypted packet's source is looked for where
   * the mark says that such packets come from.
   */
  static Map<Path, String> markedSources() {
    return Map.of(NET.resolve("ipv4/conf/all/src_valid_mark"), "1");
  }

  /** Whether a device has a kernel thread of its own; is there once it has a peer. */
  static Path threaded(String interfaceName) {
    return Path.of("/sys/class/net", interfaceName, "threaded");
  }

  /**
   * For a workload's interface: the host answers for the workload's gateway, at once, whatever
   * address that has.
   *
   * @param sourceCheck how the kernel checks sources, or null if it does not know how
   */
  static Map<Path, String> workload(
      String interfaceName, boolean ipv6, @Nullable String sourceCheck) {
    Map<Path, String> settings = new LinkedHashMap<>();
    Path ipv4Conf = NET.resolve("ipv4/conf").resolve(interfaceName);
    settings.put(ipv4Conf.resolve("route_localnet"), "1");
    settings.put(NET.resolve("ipv4/neigh").resolve(interfaceName).resolve("proxy_delay"), "0");
    settings.put(ipv4Conf.resolve("proxy_arp"), "1");
    settings.put(ipv4Conf.resolve("forwarding"), "1");
    if (sourceCheck != null) {
      settings.put(ipv4Conf.resolve("rp_filter"), sourceCheck);
    }
    if (ipv6) {
      Path ipv6Conf = NET.resolve("ipv6/conf").resolve(interfaceName);
      settings.put(ipv6Conf.resolve("accept_ra"), "0");
      settings.put(ipv6Conf.resolve("proxy_ndp"), "1");
      settings.put(ipv6Conf.resolve("forwarding"), "1");
    }
    return settings;
  }

  /** How the kernel checks the sources of what comes from a new interface; null if it cannot. */
  static @Nullable String sourceCheck() {
    try {
      return Files.readString(NET.resolve("ipv4/conf/default/rp_filter")).strip();
    } catch (IOException _) {
      return null; // the kernel was built without it
    }
  }
}
