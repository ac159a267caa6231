package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.Entry;
import calico.model.Cidr;
import calico.model.ipam.AllocationBlock;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.Tiered;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What a resource must keep to because of what else is in the datastore. What can be judged from
 * the resource alone is the model's validation. Each method throws {@link CommandException}.
 */
final class KindRules {
  /** Every datastore has these tiers; without them policy would not mean what it says. */
  private static final Set<String> BUILT_IN_TIERS =
      Set.of("default", "kube-admin", "kube-baseline");

  private static final List<Kind<?>> IN_TIERS =
      List.of(
          Kinds.NETWORK_POLICY,
          Kinds.GLOBAL_NETWORK_POLICY,
          Kinds.STAGED_NETWORK_POLICY,
          Kinds.STAGED_GLOBAL_NETWORK_POLICY);

  private static final Set<Kind<?>> CONCERNED =
      Stream.concat(
              IN_TIERS.stream(),
              Stream.of(
                  Kinds.CLUSTER_INFORMATION,
                  Kinds.TIER,
                  Kinds.IP_POOL,
                  Kinds.BGP_FILTER,
                  Kinds.BGP_PEER))
          .collect(Collectors.toUnmodifiableSet());

  private final Datastore datastore;

  /** Tiers that have been seen. */
  private final Set<String> tiers = ConcurrentHashMap.newKeySet();

  KindRules(Datastore datastore) {
    this.datastore = datastore;
  }

  /** Whether a resource of this kind can be refused because of others, or others because of it. */
  static boolean concern(Kind<?> kind) {
    return CONCERNED.contains(kind);
  }

  void beforeCreate(Resource<?> resource) {
    requireWritable(ResourceKey.of(resource));
    if (resource.spec() instanceof IpPoolSpec pool) {
      noOverlap(resource, pool);
      sameBlockSize(pool);
    } else if (resource.spec() instanceof Tiered policy) {
      tierExists(tier(policy));
    } else if (resource.spec() instanceof BgpPeerSpec peer) {
      filtersExist(peer);
    }
  }

  void beforeUpdate(Resource<?> old, Resource<?> resource) {
    requireWritable(ResourceKey.of(resource));
    if (old.spec() instanceof IpPoolSpec before && resource.spec() instanceof IpPoolSpec after) {
      poolUpdate(before, after);
    } else if (old.spec() instanceof Tiered before && resource.spec() instanceof Tiered after) {
      if (!tier(before).equals(tier(after))) {
        tierExists(tier(after));
      }
    } else if (resource.spec() instanceof BgpPeerSpec peer) {
      filtersExist(peer);
    }
  }

  private static void poolUpdate(IpPoolSpec before, IpPoolSpec after) {
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
    List<String> uses = after.allowedUses();
    if (isForLoadBalancers(before) && uses != null && !isForLoadBalancers(after)) {
      throw field(
          "spec.allowedUses", uses, "a pool for load balancers stays one; create another pool");
    }
  }

  private static boolean isForLoadBalancers(IpPoolSpec pool) {
    List<String> uses = pool.allowedUses();
    return uses != null && uses.contains("LoadBalancer");
  }

  void beforeDelete(ResourceKey<?> key) {
    requireWritable(key);
    if (!key.kind().equals(Kinds.TIER)) {
      return;
    }
    if (BUILT_IN_TIERS.contains(key.name())) {
      throw new CommandException(
          "operation Delete is not supported on %s: it is a built-in tier".formatted(key));
    }
    IN_TIERS.forEach(kind -> noneInTier(kind, key));
  }

  private <S> void noneInTier(Kind<S> kind, ResourceKey<?> tier) {
    for (Entry<Resource<S>> policy : datastore.list(Query.all(kind)).entries()) {
      if (policy.value().spec() instanceof Tiered spec && tier(spec).equals(tier.name())) {
        throw new CommandException(
            "operation Delete is not supported on %s: it has policies such as %s; delete them first"
                .formatted(tier, policy.key()));
      }
    }
  }

  static void requireWritable(ResourceKey<?> key) {
    if (key.kind().equals(Kinds.CLUSTER_INFORMATION)) {
      throw new CommandException("%s is read-only: Calico's components maintain it".formatted(key));
    }
  }

  private void tierExists(String tier) {
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

  private void filtersExist(BgpPeerSpec peer) {
    List<String> filters = peer.filters();
    for (String filter : filters == null ? List.<String>of() : filters) {
      if (datastore.get(ResourceKey.of(Kinds.BGP_FILTER, filter)).isEmpty()) {
        throw field("spec.filters", filter, "there is no such BGPFilter; create it first");
      }
    }
  }

  private void noOverlap(Resource<?> resource, IpPoolSpec pool) {
    Cidr cidr = Cidr.parse(pool.cidr());
    for (Entry<Resource<IpPoolSpec>> each : datastore.list(Query.all(Kinds.IP_POOL)).entries()) {
      Cidr other = Cidr.tryParse(each.value().spec().cidr());
      boolean itself = each.value().metadata().name().equals(resource.metadata().name());
      if (!itself && other != null && other.overlaps(cidr)) {
        throw field("spec.cidr", pool.cidr(), "overlaps with %s, %s".formatted(each.key(), other));
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
