package calico.datastore;

import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;

/** Which keys a query names; the same in every backend. */
public final class QueryFilter {
  private QueryFilter() {}

  public static boolean matches(Query<?> query, Key<?> key) {
    return switch (query) {
      case Query.Resources<?> q ->
          key instanceof ResourceKey<?> k
              && k.kind().equals(q.kind())
              && (q.namespace() == null || q.namespace().equals(k.namespace()))
              && (q.namePrefix() == null || k.name().startsWith(q.namePrefix()));
      case Query.Blocks q ->
          key instanceof IpamKey.Block k && (q.family() == null || q.family() == k.cidr().family());
      case Query.Affinities q ->
          key instanceof IpamKey.Affinity k
              && k.affinityType().equals(q.affinityType())
              && (q.owner() == null || q.owner().equals(k.host()))
              && (q.family() == null || q.family() == k.cidr().family());
      case Query.Handles() -> key instanceof IpamKey.Handle;
      case Query.Config() -> key instanceof IpamKey.Config;
      case Query.WorkloadStatuses q ->
          key instanceof StatusKey.Workload k
              && q.region().equals(k.region())
              && q.host().equals(k.host());
      case Query.HostStatuses q -> key instanceof StatusKey.Host k && q.host().equals(k.host());
    };
  }
}
