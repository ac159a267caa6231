package calico.node;

import calico.model.Family;
import calico.model.GoDuration;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the environment says of a node, under upstream's names.
 *
 * @param ip "autodetect", "none", an address, a CIDR, or empty: keep the stored one, else detect
 * @param ip6 likewise; empty: keep the stored one, if any
 * @param asNumber empty to keep the stored one, if any
 * @param backend "bird", "vxlan" (no BIRD: Felix alone programs routes) or "none" (policy only)
 * @param kubernetesName what Kubernetes calls the node, empty without Kubernetes
 * @param checksConflicts whether no other node may have this one's addresses
 * @param addressInterval time between two looks at the host's addresses
 */
public record NodeSettings(
    String nodeName,
    String ip,
    String ip6,
    String ipMethod,
    String ip6Method,
    String asNumber,
    String backend,
    String clusterType,
    String kubernetesName,
    boolean checksConflicts,
    Duration addressInterval,
    boolean noDefaultPools,
    Map<String, String> environment) {
  private static final List<String> BACKENDS = List.of("bird", "vxlan", "none");

  /**
   * @param previousName content of the nodename file, or empty
   * @param hostName of the operating system
   * @throws IllegalArgumentException naming the variable that is wrong
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
        get(environment, "IP", ""),
        get(environment, "IP6", ""),
        get(environment, "IP_AUTODETECTION_METHOD", "first-found"),
        get(environment, "IP6_AUTODETECTION_METHOD", "first-found"),
        get(environment, "AS", ""),
        backend(get(environment, "CALICO_NETWORKING_BACKEND", "bird")),
        get(environment, "CLUSTER_TYPE", ""),
        get(environment, "CALICO_K8S_NODE_REF", ""),
        !isTrue(environment.get("DISABLE_NODE_IP_CHECK")),
        interval(get(environment, "AUTODETECT_POLL_INTERVAL", "60s")),
        isTrue(environment.get("NO_DEFAULT_POOLS")),
        environment);
  }

  private static String backend(String backend) {
    if (!BACKENDS.contains(backend)) {
      throw new IllegalArgumentException(
          "CALICO_NETWORKING_BACKEND=" + backend + " is not one of " + String.join(", ", BACKENDS));
    }
    return backend;
  }

  private static Duration interval(String text) {
    Duration interval;
    try {
      interval = GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("AUTODETECT_POLL_INTERVAL: " + e.getMessage(), e);
    }
    if (!interval.isPositive()) {
      throw new IllegalArgumentException("AUTODETECT_POLL_INTERVAL=" + text + " must be above 0");
    }
    return interval;
  }

  /** How the address of a family is detected. */
  String method(Family family) {
    return family == Family.IPV4 ? ipMethod : ip6Method;
  }

  /** A setting of the default pools, e.g. CALICO_IPV4POOL_CIDR. */
  String get(String name, String otherwise) {
    return get(environment, name, otherwise);
  }

  private static String get(Map<String, String> environment, String name, String otherwise) {
    String value = environment.getOrDefault(name, "").strip();
    return value.isEmpty() ? otherwise : value;
  }

  /** A setting that is on or off; upstream takes every word but those for "off" as "on". */
  boolean flag(String name, boolean otherwise) {
    String value = get(name, "");
    return value.isEmpty() ? otherwise : !value.toLowerCase(Locale.ROOT).matches("false|0|no|n|f");
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
