package calico.sandbox;

import java.util.Locale;
import java.util.Map;

/** How packets get from one node's workloads to another's. */
public enum Backend {
  /** As they are; BIRD tells each node of the others' routes. */
  BIRD,
  /** In VXLAN, all of it by Felix: there is no BIRD. */
  VXLAN,
  /** As VXLAN, but as they are between nodes of one subnet. */
  CROSS_SUBNET,
  /** As they are; Felix programs the routes, without BIRD: nodes have to be in one subnet. */
  DIRECT;

  /**
   * By the name that it has on the command line.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  static Backend of(String name) {
    for (Backend backend : values()) {
      if (backend.toString().equals(name)) {
        return backend;
      }
    }
    throw new IllegalArgumentException(
        "--backend " + name + ": bird, vxlan, cross-subnet or direct");
  }

  /** As on the command line. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  boolean speaksBgp() {
    return this == BIRD;
  }

  /** What a node daemon is told of it. */
  Map<String, String> environment() {
    return switch (this) {
      case BIRD -> Map.of();
      case VXLAN -> vxlan("Always");
      case CROSS_SUBNET -> vxlan("CrossSubnet");
      case DIRECT ->
          Map.of("CALICO_NETWORKING_BACKEND", "vxlan", "FELIX_PROGRAMCLUSTERROUTES", "Enabled");
    };
  }

  private static Map<String, String> vxlan(String mode) {
    return Map.of(
        "CALICO_NETWORKING_BACKEND", "vxlan",
        "CALICO_IPV4POOL_VXLAN", mode,
        "CALICO_IPV6POOL_VXLAN", mode);
  }
}
