package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import calico.model.resource.Tiered;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a resource must keep to because of what else is in the datastore. What can be judged from
 * the resource alone is the model's validation. Each method throws {@link CommandException}.
 */
final class KindRules {
  /** Every datastore has these tiers; without them policy would not mean what it says. */
  private static final Set<String> BUILT_IN_TIERS =
      Set.of("default", "kube-admin", "kube-baseline");

  private final Datastore datastore;

  /** Pools that the command is going to write, by name. */
  private final Map<String, Resource<IpPoolSpec>> plannedPools = new LinkedHashMap<>();

  /** Tiers that there are, or that the command is going to write. */
  private final Set<String> tiers = new HashSet<>();

  KindRules(Datastore datastore) {
    this.datastore = datastore;
  }

  /** See {@link ResourceCommands#plan}. */
  void plan(Resource<?> resource, boolean existing, boolean missing) {
    writable(ResourceKey.of(resource));
    if (resource.spec() instanceof Tiered policy) {
      tierExists(policy);
    } else if (resource.kind().equals(Kinds.TIER)) {
      tiers.add(resource.metadata().name());
    } else if (resource.spec() instanceof IpPoolSpec spec) {
      Resource<IpPoolSpec> pool = Resource.of(Kinds.IP_POOL, resource.metadata(), spec);
      Resource<IpPoolSpec> old = plannedPools.get(pool.metadata().name());
      if (old == null) {
        old = datastore.get(ResourceKey.of(pool)).map(Entry::value).orElse(null);
      }
      if (old == null && missing) {
        beforeCreate(pool);
      } else if (old != null && existing) {
        beforeUpdate(old, pool);
      } else {
        return;
      }
      plannedPools.put(pool.metadata().name(), pool);
    }
  }

  void beforeCreate(Resource<?> resource) {
    writable(ResourceKey.of(resource));
    if (resource.spec() instanceof IpPoolSpec pool) {
      noOverlap(resource, pool);
      sameBlockSize(pool);
    } else if (resource.spec() instanceof Tiered policy) {
      tierExists(policy);
    }
  }

  void beforeUpdate(Resource<?> old, Resource<?> resource) {
    writable(ResourceKey.of(resource));
    if (old.spec() instanceof IpPoolSpec before && resource.spec() instanceof IpPoolSpec after) {
      if (!Cidr.parse(before.cidr()).equals(Cidr.parse(after.cidr()))) {
        throw field(
            "spec.cidr",
            after.cidr(),
            "the CIDR of a pool cannot be changed from %s; create another pool"
                .formatted(before.cidr()));
      }
      if (Pools.blockSize(before) != Pools.blockSize(after)) {
        throw field(
            "spec.blockSize",
            Pools.blockSize(after),
            "the block size of a pool cannot be changed from %d; create another pool"
                .formatted(Pools.blockSize(before)));
      }
    } else if (resource.spec() instanceof Tiered policy) {
      tierExists(policy);
    }
  }

  void beforeDelete(ResourceKey<?> key) {
    writable(key);
    if (!key.kind().equals(Kinds.TIER)) {
      return;
    }
    if (BUILT_IN_TIERS.contains(key.name())) {
      throw new CommandException(
          "operation Delete is not supported on %s: it is a built-in tier".formatted(key));
    }
    for (Kind<PolicySpec> kind : List.of(Kinds.NETWORK_POLICY, Kinds.GLOBAL_NETWORK_POLICY)) {
      for (Entry<Resource<PolicySpec>> policy : datastore.list(Query.all(kind)).entries()) {
        if (key.name().equals(tier(policy.value().spec()))) {
          throw new CommandException(
              "operation Delete is not supported on %s: it has policies such as %s; delete them first"
                  .formatted(key, policy.key()));
        }
      }
    }
  }

  private static void writable(ResourceKey<?> key) {
    if (key.kind().equals(Kinds.CLUSTER_INFORMATION)) {
      throw new CommandException("%s is read-only: Calico's components maintain it".formatted(key));
    }
  }

  private void tierExists(Tiered policy) {
    String tier = tier(policy);
    if (tiers.contains(tier)) {
      return;
    }
    if (datastore.get(ResourceKey.of(Kinds.TIER, tier)).isEmpty()) {
      throw field("spec.tier", tier, "there is no such tier; create it first");
    }
    tiers.add(tier);
  }

  private static String tier(Tiered policy) {
    String tier = policy.tier();
    return tier == null || tier.isEmpty() ? "default" : tier;
  }

  private void noOverlap(Resource<?> resource, IpPoolSpec pool) {
    Cidr cidr = Cidr.parse(pool.cidr());
    Map<String, Resource<IpPoolSpec>> others = new LinkedHashMap<>(plannedPools);
    datastore
        .list(Query.all(Kinds.IP_POOL))
        .entries()
        .forEach(e -> others.putIfAbsent(e.value().metadata().name(), e.value()));
    others.remove(resource.metadata().name());
    for (Resource<IpPoolSpec> each : others.values()) {
      Cidr other = Cidr.tryParse(each.spec().cidr());
      if (other != null && other.overlaps(cidr)) {
        throw field(
            "spec.cidr",
            pool.cidr(),
            "overlaps with %s, %s".formatted(ResourceKey.of(each), other));
      }
    }
  }

  private void sameBlockSize(IpPoolSpec pool) {
    Cidr cidr = Cidr.parse(pool.cidr());
    for (Entry<AllocationBlock> e : datastore.list(new Query.Blocks(cidr.family())).entries()) {
      Cidr block = e.value().cidr();
      if (block.overlaps(cidr) && block.length() != Pools.blockSize(pool)) {
        throw field(
            "spec.blockSize",
            Pools.blockSize(pool),
            "addresses in %s are allocated already, with block size %d"
                .formatted(block, block.length()));
      }
    }
  }

  private static CommandException field(String path, Object value, String reason) {
    return new CommandException("error with field %s = '%s' (%s)".formatted(path, value, reason));
  }
}
