package calico.datastore.etcd;

import calico.datastore.QueryFilter;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.Kind;
import org.jspecify.annotations.Nullable;

/**
 * Keys to etcd paths and back, exactly as upstream's (libcalico-go/lib/backend/model):
 *
 * <pre>
 * /calico/resources/v3/projectcalico.org/PLURAL/[NAMESPACE/]NAME
 * /calico/ipam/v2/assignment/ipv4/block/10.0.0.0-26
 * /calico/ipam/v2/host/HOST/ipv4/block/10.0.0.0-26         (or virtual/NAME/...)
 * /calico/ipam/v2/handle/ID
 * /calico/ipam/v2/config
 * /calico/felix/v2/REGION/host/HOST/status                 (or last_reported_status)
 * /calico/felix/v2/REGION/host/HOST/workload/ORCH/NS%2fWORKLOAD/endpoint/ENDPOINT
 * /calico/felix/v1/host/HOST/endpoint/ENDPOINT
 * </pre>
 */
public final class EtcdKeys {
  private static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
  private static final String IPAM = "/calico/ipam/v2/";
  private static final String FELIX = "/calico/felix/v2/";
  private static final String HOST_STATUS = "/calico/felix/v1/host/";

  private EtcdKeys() {}

  /** Where the key's value is. */
  public static String path(Key<?> key) {
    return switch (key) {
      case ResourceKey<?> k ->
          RESOURCES
              + k.kind().plural()
              + "/"
              + (k.namespace() == null ? "" : k.namespace() + "/")
              + k.name();
      case IpamKey.Block(Cidr cidr) -> IPAM + "assignment/" + block(cidr);
      case IpamKey.Affinity k -> IPAM + k.affinityType() + "/" + k.host() + "/" + block(k.cidr());
      case IpamKey.Handle(String id) -> IPAM + "handle/" + id;
      case IpamKey.Config() -> IPAM + "config";
      case StatusKey.Felix k -> host(k.region(), k.host()) + "status";
      case StatusKey.LastReported k -> host(k.region(), k.host()) + "last_reported_status";
      case StatusKey.Workload k ->
          host(k.region(), k.host())
              + "workload/"
              + escape(k.orchestrator())
              + "/"
              + escape(k.workload())
              + "/endpoint/"
              + escape(k.endpoint());
      case StatusKey.Host k -> HOST_STATUS + k.host() + "/endpoint/" + escape(k.endpoint());
    };
  }

  /** What the paths of all the query's keys start with, and few others. */
  public static String prefix(Query<?> query) {
    return switch (query) {
      case Query.Resources<?> q -> {
        String prefix = RESOURCES + q.kind().plural() + "/";
        if (q.kind().namespaced()) {
          if (q.namespace() == null) {
            yield prefix;
          }
          prefix += q.namespace() + "/";
        }
        yield prefix + (q.namePrefix() == null ? "" : q.namePrefix());
      }
      case Query.Blocks q -> IPAM + "assignment/" + family(q.family());
      case Query.Affinities q ->
          IPAM
              + q.affinityType()
              + "/"
              + (q.owner() == null ? "" : q.owner() + "/" + family(q.family()));
      case Query.Handles() -> IPAM + "handle/";
      case Query.Config() -> IPAM + "config";
      case Query.WorkloadStatuses q -> host(q.region(), q.host()) + "workload/";
      case Query.HostStatuses q -> HOST_STATUS + q.host() + "/endpoint/";
    };
  }

  /** The key at a path, or null if the query does not name it. */
  public static <V> @Nullable Key<V> key(Query<V> query, String path) {
    Key<?> key =
        switch (query) {
          case Query.Resources<?> q -> resource(q.kind(), path);
          case Query.Blocks _ -> block(path);
          case Query.Affinities q -> affinity(q.affinityType(), path);
          case Query.Handles() -> handle(path);
          case Query.Config() -> path.equals(IPAM + "config") ? new IpamKey.Config() : null;
          case Query.WorkloadStatuses q -> workload(q, path);
          case Query.HostStatuses q -> hostEndpoint(q, path);
        };
    if (key == null || !QueryFilter.matches(query, key)) {
      return null;
    }
    @SuppressWarnings("unchecked") // it matches a Query<V>
    Key<V> typed = (Key<V>) key;
    return typed;
  }

  private static @Nullable Key<?> resource(Kind<?> kind, String path) {
    String[] p = parts(RESOURCES + kind.plural() + "/", path, kind.namespaced() ? 2 : 1);
    if (p == null) {
      return null;
    }
    // Every object of a namespace names it, and who follows a cluster keeps the keys of all.
    return kind.namespaced()
        ? ResourceKey.of(kind, p[0].intern(), p[1])
        : ResourceKey.of(kind, p[0]);
  }

  private static @Nullable Key<?> block(String path) {
    String[] p = parts(IPAM + "assignment/", path, 3);
    Cidr cidr = p == null ? null : cidr(p[0], p[1], p[2]);
    return cidr == null ? null : new IpamKey.Block(cidr);
  }

  private static @Nullable Key<?> affinity(String type, String path) {
    String[] p = parts(IPAM + type + "/", path, 4);
    Cidr cidr = p == null ? null : cidr(p[1], p[2], p[3]);
    return p == null || cidr == null ? null : new IpamKey.Affinity(type, p[0], cidr);
  }

  private static @Nullable Key<?> handle(String path) {
    String[] p = parts(IPAM + "handle/", path, 1);
    return p == null ? null : new IpamKey.Handle(p[0]);
  }

  private static @Nullable Key<?> workload(Query.WorkloadStatuses q, String path) {
    String[] p = parts(host(q.region(), q.host()) + "workload/", path, 4);
    return p == null || !p[2].equals("endpoint")
        ? null
        : new StatusKey.Workload(
            q.region(), q.host(), unescape(p[0]), unescape(p[1]), unescape(p[3]));
  }

  private static @Nullable Key<?> hostEndpoint(Query.HostStatuses q, String path) {
    String[] p = parts(HOST_STATUS + q.host() + "/endpoint/", path, 1);
    return p == null ? null : new StatusKey.Host(q.host(), unescape(p[0]));
  }

  /** What follows the prefix, if it is {@code count} parts none of which is empty. */
  private static String @Nullable [] parts(String prefix, String path, int count) {
    if (!path.startsWith(prefix)) {
      return null;
    }
    String[] parts = path.substring(prefix.length()).split("/", -1);
    for (String part : parts) {
      if (part.isEmpty()) {
        return null;
      }
    }
    return parts.length == count ? parts : null;
  }

  private static String block(Cidr cidr) {
    return cidr.family().keyName() + "/block/" + cidr.toString().replace('/', '-');
  }

  private static @Nullable Cidr cidr(String family, String block, String text) {
    Cidr cidr = text.contains("-") ? Cidr.tryParse(text.replace('-', '/')) : null;
    return cidr != null && block.equals("block") && family.equals(cidr.family().keyName())
        ? cidr
        : null;
  }

  private static String family(@Nullable Family family) {
    return family == null ? "" : family.keyName() + "/block/";
  }

  private static String host(String region, String host) {
    return FELIX + region + "/host/" + host + "/";
  }

  private static String escape(String name) {
    return name.replace("%", "%25").replace("/", "%2f");
  }

  private static String unescape(String name) {
    return name.replace("%2f", "/").replace("%25", "%");
  }
}
