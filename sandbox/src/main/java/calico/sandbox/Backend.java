package calico.sandbox;

import java.util.Locale;
import java.util.Map;

/** How packets get from one node's workloads to another's. */
public enum Backend {
  /** As they are; BIRD tells each node of the others' routes. */
  BIRD,
  /** In VXLAN, all of it by Felix: there is no BIRD. */
  VXLAN;

  /**
   * By the name that it has on the command line.
   *
   * @throws IllegalArgumentException if there is none of that name
   */
  static Backend of(String name) {
    for (Backend backend : values()) {
      if (backend.name().toLowerCase(Locale.ROOT).equals(name)) {
        return backend;
      }
    }
    throw new IllegalArgumentException("--backend " + name + ": bird or vxlan");
  }

  /** What a node daemon is told of it. */
  Map<String, String> environment() {
    return switch (this) {
      case BIRD -> Map.of();
      case VXLAN ->
          Map.of(
              "CALICO_NETWORKING_BACKEND", "vxlan",
              "CALICO_IPV4POOL_VXLAN", "Always",
              "CALICO_IPV6POOL_VXLAN", "Always");
    };
  }
}
