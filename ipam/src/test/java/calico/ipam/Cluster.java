package calico.ipam;

import calico.datastore.Datastore;
import calico.datastore.MemoryDatastore;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.IpReservationSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** A datastore with pools and nodes to allocate in, and a clock that stands still. */
final class Cluster {
  static final Instant START = Instant.parse("2026-11-20T22:57:02.154809752Z");

  final MemoryDatastore datastore = new MemoryDatastore();
  final StillClock clock = new StillClock();

  static final class StillClock extends Clock {
    private volatile Instant now = START;

    void advance(Duration d) {
      now = now.plus(d);
    }

    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  Ipam ipam() {
    return ipam(datastore);
  }

  Ipam ipam(Datastore over) {
    return new Ipam(over, clock, new Random(1));
  }

  Cluster node(String name, Map<String, String> labels) {
    Resource<NodeSpec> node =
        Resource.of(
            Kinds.NODE,
            Metadata.named(name).withLabels(labels),
            new NodeSpec(null, null, null, null, null, null, null, null, null, Unknown.NONE));
    datastore.put(ResourceKey.of(node), node, null);
    return this;
  }

  Cluster node(String name) {
    return node(name, Map.of());
  }

  Cluster pool(String name, String cidr, int blockSize) {
    return pool(name, cidr, blockSize, null, null, null, null);
  }

  Cluster pool(
      String name,
      String cidr,
      int blockSize,
      @Nullable String nodeSelector,
      @Nullable String namespaceSelector,
      @Nullable List<String> uses,
      @Nullable String mode) {
    Resource<IpPoolSpec> pool =
        Resource.of(
            Kinds.IP_POOL,
            Metadata.named(name),
            new IpPoolSpec(
                cidr,
                "Never",
                "Never",
                false,
                null,
                null,
                blockSize,
                nodeSelector,
                namespaceSelector,
                uses,
                mode,
                Unknown.NONE));
    datastore.put(ResourceKey.of(pool), pool, null);
    return this;
  }

  Cluster reserve(String... cidrs) {
    Resource<IpReservationSpec> r =
        Resource.of(
            Kinds.IP_RESERVATION,
            Metadata.named("reserved"),
            new IpReservationSpec(List.of(cidrs), Unknown.NONE));
    datastore.put(ResourceKey.of(r), r, null);
    return this;
  }

  Cluster config(boolean strict, boolean autoAllocate, int maxBlocks, int cooldownSeconds) {
    datastore.put(
        new IpamKey.Config(),
        new IpamConfig(strict, autoAllocate, maxBlocks, cooldownSeconds, Unknown.NONE),
        null);
    return this;
  }

  AllocationBlock block(String cidr) {
    return datastore.get(new IpamKey.Block(Cidr.parse(cidr))).orElseThrow().value();
  }

  Optional<BlockAffinity> affinity(String host, String cidr) {
    return datastore.get(IpamKey.Affinity.ofHost(host, Cidr.parse(cidr))).map(e -> e.value());
  }

  Optional<IpamHandle> handle(String id) {
    return datastore.get(new IpamKey.Handle(id)).map(e -> e.value());
  }

  /** One IPv4 address of a workload. */
  static AssignRequest one(String host, String handle) {
    return count(host, handle, 1);
  }

  static AssignRequest count(String host, String handle, int count) {
    return AssignRequest.workload(host, handle, Map.of("node", host), Map.of(Family.IPV4, count));
  }
}
