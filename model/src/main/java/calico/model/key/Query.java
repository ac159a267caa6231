package calico.model.key;

import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.ipam.IpamHandle;
import calico.model.resource.EndpointStatus;
import calico.model.resource.Kind;
import calico.model.resource.Resource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A set of keys of one type, to list or watch.
 *
 * @param <V> what is stored under each
 */
public sealed interface Query<V> {

  /** Resources of a kind: all, those in a namespace, or those in a namespace by name prefix. */
  record Resources<S>(Kind<S> kind, @Nullable String namespace, @Nullable String namePrefix)
      implements Query<Resource<S>> {}

  /** IPAM blocks: all, or those of a family. */
  record Blocks(@Nullable Family family) implements Query<AllocationBlock> {}

  /**
   * Affinities of one type of owner: all, those of one owner, or those of one in a family.
   *
   * @param affinityType "host" or "virtual"
   */
  record Affinities(String affinityType, @Nullable String owner, @Nullable Family family)
      implements Query<BlockAffinity> {
    public static Affinities ofHost(String host) {
      return new Affinities("host", host, null);
    }

    /** The queries that together name every owner's affinities. */
    public static List<Affinities> all(@Nullable Family family) {
      return List.of(new Affinities("host", null, family), new Affinities("virtual", null, family));
    }
  }

  record Handles() implements Query<IpamHandle> {}

  /** The global IPAM settings: one entry at most. */
  record Config() implements Query<IpamConfig> {}

  /** Statuses of workload endpoints on a host. */
  record WorkloadStatuses(String region, String host) implements Query<EndpointStatus> {}

  /** Statuses of host endpoints on a host. */
  record HostStatuses(String host) implements Query<EndpointStatus> {}

  static <S> Query<Resource<S>> all(Kind<S> kind) {
    return new Resources<>(kind, null, null);
  }

  static <S> Query<Resource<S>> in(Kind<S> kind, String namespace) {
    return new Resources<>(kind, namespace, null);
  }
}
