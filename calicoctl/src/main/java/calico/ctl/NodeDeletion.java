package calico.ctl;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.ipam.Ipam;
import calico.ipam.ReleaseRequest;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.HostEndpointSpec;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.WorkloadEndpointSpec;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Takes away what belongs to a node alone, as upstream's client does: the addresses of its
 * workloads and tunnels, its workload endpoints, its claims on blocks, the BGP peers and host
 * endpoints that name it, its own BGP and Felix settings. May be repeated after any failure.
 */
final class NodeDeletion {
  /** Of the handles of a node's tunnel addresses; its name follows. */
  static final List<String> TUNNEL_HANDLES =
      List.of("ipip-tunnel-addr-", "vxlan-tunnel-addr-", "wireguard-tunnel-addr-");

  private final Datastore datastore;
  private final Ipam ipam;
  private final String node;

  NodeDeletion(Datastore datastore, String node) {
    this.datastore = datastore;
    this.ipam = new Ipam(datastore, Clock.systemUTC(), new Random());
    this.node = node;
  }

  /**
   * Takes it away; the Node itself stays. Tunnel addresses go by their handles, so that one that
   * another has by now stays the other's.
   */
  void run() {
    List<Entry<Resource<WorkloadEndpointSpec>>> workloads =
        of(Kinds.WORKLOAD_ENDPOINT, WorkloadEndpointSpec::node);
    List<Ip> addresses = new ArrayList<>();
    workloads.forEach(e -> addresses.addAll(addresses(e.value().spec())));
    if (!addresses.isEmpty()) {
      List<Ip> _ = ipam.release(addresses.stream().distinct().map(ReleaseRequest::of).toList());
    }
    for (String handle : TUNNEL_HANDLES) {
      List<Ip> _ = ipam.releaseByHandle(handle + node);
    }
    workloads.forEach(e -> delete(e.key()));
    ipam.releaseHostAffinities(node, false);
    of(Kinds.BGP_PEER, BgpPeerSpec::node).forEach(e -> delete(e.key()));
    of(Kinds.HOST_ENDPOINT, HostEndpointSpec::node).forEach(e -> delete(e.key()));
    for (Kind<?> kind : List.of(Kinds.FELIX_CONFIGURATION, Kinds.BGP_CONFIGURATION)) {
      delete(ResourceKey.of(kind, "node." + node));
    }
  }

  private <S> List<Entry<Resource<S>>> of(Kind<S> kind, Function<S, @Nullable String> nodeOf) {
    return datastore.list(Query.all(kind)).entries().stream()
        .filter(e -> node.equals(nodeOf.apply(e.value().spec())))
        .toList();
  }

  private static List<Ip> addresses(WorkloadEndpointSpec spec) {
    List<String> networks = spec.ipNetworks();
    return (networks == null ? Stream.<String>of() : networks.stream())
        .map(InterfaceAddress::tryParse)
        .filter(Objects::nonNull)
        .map(InterfaceAddress::ip)
        .toList();
  }

  private void delete(Key<?> key) {
    try {
      datastore.delete(key, null);
    } catch (DatastoreException.DoesNotExist _) {
      // It has none, or another has deleted it.
    }
  }
}
