package calico.node;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says of a node, under upstream's names.
 *
 * @param ip "autodetect", "none", an address, a CIDR, or empty: keep the stored one, else detect
 * @param ip6 likewise; empty means none
 * @param backend "bird", "vxlan" (no BIRD: Felix alone programs routes) or "none" (policy only)
 */
public record NodeSettings(
    String nodeName,
    String ip,
    String ip6,
    String ipMethod,
    String ip6Method,
    @Nullable String asNumber,
    String backend,
    String clusterType,
    boolean noDefaultPools,
    Map<String, String> environment) {

  /**
   * @param previousName content of the nodename file, or empty
   * @param hostName of the operating system
   */
  public static NodeSettings from(
      Map<String, String> environment, String previousName, String hostName) {
    String name =
        firstOf(
            environment.get("NODENAME"),
            previousName,
            environment.getOrDefault("HOSTNAME", "").toLowerCase(Locale.ROOT),
            hostName.toLowerCase(Locale.ROOT));
    return new NodeSettings(
        name.strip(),
        environment.getOrDefault("IP", ""),
        environment.getOrDefault("IP6", ""),
        environment.getOrDefault("IP_AUTODETECTION_METHOD", "first-found"),
        environment.getOrDefault("IP6_AUTODETECTION_METHOD", "first-found"),
        environment.get("AS"),
        environment.getOrDefault("CALICO_NETWORKING_BACKEND", "bird"),
        environment.getOrDefault("CLUSTER_TYPE", ""),
        isTrue(environment.get("NO_DEFAULT_POOLS")),
        environment);
  }

  /** A setting of the default pools, e.g. CALICO_IPV4POOL_CIDR. */
  public String get(String name, String otherwise) {
    String value = environment.get(name);
    return value == null || value.isBlank() ? otherwise : value;
  }

  /** Whether Felix is told here to encrypt the hosts' own packets. */
  boolean encryptsHosts() {
    return environment.entrySet().stream()
        .anyMatch(
            e ->
                e.getKey().equalsIgnoreCase("FELIX_WireguardHostEncryptionEnabled")
                    && isTrue(e.getValue()));
  }

  static boolean isTrue(@Nullable String value) {
    return value != null && value.toLowerCase(Locale.ROOT).matches("true|1|yes|y|t");
  }

  private static String firstOf(@Nullable String... candidates) {
    for (String c : candidates) {
      if (c != null && !c.isBlank()) {
        return c;
      }
    }
    throw new IllegalArgumentException("the node has no name: set NODENAME");
  }
}
