package calico.ipam;

import calico.model.Cidr;
import calico.model.key.IpamKey;
import org.jspecify.annotations.Nullable;

/**
 * Who can claim blocks: a host, or the load-balancer controller.
 *
 * @param type "host" or "virtual", as affinities spell it
 */
public record Owner(String type, String name) {

  static Owner of(String host, Use use) {
    return new Owner(use == Use.LOAD_BALANCER ? "virtual" : "host", host);
  }

  /** The owner that a block names, or null if it names none. */
  public static @Nullable Owner parse(@Nullable String affinity) {
    int colon = affinity == null ? -1 : affinity.indexOf(':');
    return affinity == null || colon < 0
        ? null
        : new Owner(affinity.substring(0, colon), affinity.substring(colon + 1));
  }

  boolean isHost() {
    return type.equals("host");
  }

  boolean owns(@Nullable String affinity) {
    return toString().equals(affinity);
  }

  IpamKey.Affinity key(Cidr block) {
    return new IpamKey.Affinity(type, name, block);
  }

  /** As a block's {@code affinity} spells it. */
  @Override
  public String toString() {
    return type + ":" + name;
  }
}
