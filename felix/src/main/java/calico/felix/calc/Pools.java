package calico.felix.calc;

import calico.felix.state.Pool;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey.PoolId;
import calico.model.Cidr;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * IP pools by prefix, the disabled ones too: their addresses may still be in use. Of several with
 * one prefix the first by name counts.
 */
final class Pools {
  private final Map<String, Cidr> cidrs = new HashMap<>();
  private final Map<Cidr, TreeMap<String, Pool>> byCidr = new HashMap<>();
  private final Emission<PoolId, Pool> emission = new Emission<>();

  /** The prefix of a pool; null if it is not for workloads or tunnels, or not a prefix. */
  static @Nullable Cidr cidr(Resource<IpPoolSpec> pool) {
    List<String> uses = pool.spec().allowedUses();
    boolean onlyServices = uses != null && uses.equals(List.of("LoadBalancer"));
    return onlyServices ? null : Cidr.tryParse(pool.spec().cidr());
  }

  static Pool pool(Resource<IpPoolSpec> pool) {
    return new Pool(Boolean.TRUE.equals(pool.spec().natOutgoing()));
  }

  /** All of a snapshot. */
  static Map<Cidr, Pool> all(Snapshot snapshot) {
    Map<Cidr, Pool> all = new LinkedHashMap<>();
    for (Resource<IpPoolSpec> resource : snapshot.all(Kinds.IP_POOL)) {
      Cidr cidr = cidr(resource);
      if (cidr != null) {
        all.putIfAbsent(cidr, pool(resource));
      }
    }
    return all;
  }

  void put(String name, @Nullable Resource<IpPoolSpec> pool) {
    Cidr cidr = pool == null ? null : cidr(pool);
    Cidr old = cidr == null ? cidrs.remove(name) : cidrs.put(name, cidr);
    if (old != null && !old.equals(cidr)) {
      TreeMap<String, Pool> others = byCidr.getOrDefault(old, new TreeMap<>());
      others.remove(name);
      if (others.isEmpty()) {
        byCidr.remove(old);
        emission.remove(new PoolId(old));
      } else {
        emission.put(new PoolId(old), others.firstEntry().getValue());
      }
    }
    if (pool != null && cidr != null) {
      TreeMap<String, Pool> all = byCidr.computeIfAbsent(cidr, _ -> new TreeMap<>());
      all.put(name, pool(pool));
      emission.put(new PoolId(cidr), all.firstEntry().getValue());
    }
  }

  void emitAgain() {
    emission.again();
  }

  void flushPuts(Consumer<StateChange> out) {
    emission.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    emission.flushRemovals(out);
  }
}
