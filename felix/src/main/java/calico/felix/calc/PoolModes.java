package calico.felix.calc;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Resource;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How packets to the addresses of each pool come to other nodes. Of several pools with one prefix
 * the first by name counts, as in {@link Pools}.
 */
final class PoolModes {
  private final Map<String, Cidr> cidrs = new HashMap<>();
  private final Map<Cidr, TreeMap<String, PoolMode>> byCidr = new HashMap<>();
  private final int[] countByLength = new int[129];

  /**
   * A pool's way to carry packets.
   *
   * @param crossSubnet whether nodes of one subnet do without the tunnel
   */
  record PoolMode(Carrier carrier, boolean crossSubnet) {
    static PoolMode of(IpPoolSpec spec) {
      boolean vxlan = isOn(spec.vxlanMode());
      boolean ipip = !vxlan && isOn(spec.ipipMode());
      String mode = vxlan ? spec.vxlanMode() : spec.ipipMode();
      return new PoolMode(
          vxlan ? Carrier.VXLAN : ipip ? Carrier.IPIP : Carrier.NETWORK,
          "CrossSubnet".equals(mode));
    }

    private static boolean isOn(@Nullable String mode) {
      return mode != null && !mode.isEmpty() && !mode.equals("Never");
    }
  }

  /** What carries packets between nodes. */
  enum Carrier {
    VXLAN,
    IPIP,
    /** The network itself, which has to know the way. */
    NETWORK
  }

  /** Tells which prefixes may have another mode now. */
  void put(String name, @Nullable Resource<IpPoolSpec> pool, Consumer<Cidr> changed) {
    Cidr cidr = pool == null ? null : Pools.cidr(pool);
    Cidr old = cidr == null ? cidrs.remove(name) : cidrs.put(name, cidr);
    if (old != null && !old.equals(cidr)) {
      edit(old, changed, modes -> modes.remove(name));
    }
    if (pool != null && cidr != null) {
      edit(cidr, changed, modes -> modes.put(name, PoolMode.of(pool.spec())));
    }
  }

  private void edit(Cidr cidr, Consumer<Cidr> changed, Consumer<Map<String, PoolMode>> edit) {
    TreeMap<String, PoolMode> modes = byCidr.computeIfAbsent(cidr, _ -> new TreeMap<>());
    PoolMode before = modes.isEmpty() ? null : modes.firstEntry().getValue();
    edit.accept(modes);
    PoolMode after = modes.isEmpty() ? null : modes.firstEntry().getValue();
    if (after == null) {
      byCidr.remove(cidr);
    }
    if (before == null && after != null) {
      countByLength[cidr.length()]++;
    } else if (before != null && after == null) {
      countByLength[cidr.length()]--;
    }
    if (before == null || !before.equals(after)) {
      changed.accept(cidr);
    }
  }

  /** The mode of the narrowest pool that contains a prefix. */
  @Nullable PoolMode of(Cidr prefix) {
    for (int length = prefix.length(); length >= 0; length--) {
      if (countByLength[length] > 0) {
        TreeMap<String, PoolMode> modes = byCidr.get(new Cidr(prefix.address(), length));
        if (modes != null) {
          return modes.firstEntry().getValue();
        }
      }
    }
    return null;
  }

  /** Whether some pool of the family uses the carrier. */
  boolean use(Family family, Carrier carrier) {
    return byCidr.entrySet().stream()
        .anyMatch(
            e ->
                e.getKey().family() == family
                    && e.getValue().firstEntry().getValue().carrier() == carrier);
  }
}
