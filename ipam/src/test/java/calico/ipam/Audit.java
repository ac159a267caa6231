package calico.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import calico.model.resource.WorkloadEndpointSpec;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Whether what a cluster stores fits what the owners of addresses believe to hold. */
final class Audit {
  private final Datastore datastore;
  private final List<Cidr> pools;

  Audit(Datastore datastore, List<Cidr> pools) {
    this.datastore = datastore;
    this.pools = pools;
  }

  /** Each held address is its holder's, and none is outside the pools or reserved. */
  void isSound(Map<Ip, String> held, List<Cidr> reserved, Instant now) {
    CheckResult check = IpamCheck.run(datastore, now);
    held.forEach(
        (ip, handle) ->
            assertEquals(
                List.of(handle),
                check.allocations().getOrDefault(ip, List.of()).stream()
                    .map(Allocation::handle)
                    .toList(),
                () -> "who has " + ip));
    for (Ip ip : check.allocations().keySet()) {
      assertTrue(pools.stream().anyMatch(p -> p.contains(ip)), () -> "outside the pools: " + ip);
      assertTrue(reserved.stream().noneMatch(r -> r.contains(ip)), () -> "reserved: " + ip);
    }
    assertEquals(List.of(), check.allocatedTwice());
    assertEquals(Map.of(), check.invalidBlocks());
    assertEquals(List.of(), check.handles().missing());
    assertEquals(List.of(), check.handles().miscounted());
  }

  /**
   * What nobody holds is reported as leaked, each with its handle, and is free again after it was
   * released as a report says, while what is held stays.
   */
  void findsAndFreesLeaks(Map<Ip, String> held, Instant now) {
    held.forEach(this::workload);
    CheckResult check = IpamCheck.run(datastore, now);
    Set<Ip> leaked = new TreeSet<>(check.allocations().keySet());
    leaked.removeAll(held.keySet());
    assertEquals(
        leaked, new TreeSet<>(check.leaked().stream().map(Allocation::ip).toList()), "leaked");
    // A handle whose addresses have gone may itself be left over, so there may be a second round.
    for (int round = 1; check.problems() > 0; round++) {
      List<BlockLeak> left = check.blockLeaks();
      assertTrue(round <= 2, () -> "problems left: " + left);
      release(check);
      releaseAgain(check);
      check = IpamCheck.run(datastore, now);
    }
    assertEquals(held.keySet(), check.allocations().keySet());
    everyBlockIsSomebodys();
  }

  /** As a reader of the data would look, without the check. */
  private void everyBlockIsSomebodys() {
    Map<Cidr, String> owners = new TreeMap<>();
    datastore
        .list(new Query.Blocks(null))
        .entries()
        .forEach(e -> owners.put(e.value().cidr(), String.valueOf(e.value().affinity())));
    Map<Cidr, String> claims = new TreeMap<>();
    for (var query : Query.Affinities.all(null)) {
      for (var e : datastore.list(query).entries()) {
        IpamKey.Affinity key = (IpamKey.Affinity) e.key();
        assertEquals("confirmed", e.value().state(), key::toString);
        assertEquals(null, claims.put(key.cidr(), key.affinityType() + ":" + key.host()));
      }
    }
    owners
        .entrySet()
        .removeIf(
            e ->
                e.getValue().equals("null")
                    && datastore
                        .get(new IpamKey.Block(e.getKey()))
                        .map(b -> b.value().allocations().stream().anyMatch(Objects::nonNull))
                        .orElseThrow());
    assertEquals(owners, claims);
  }

  void nothingIsLeft() {
    Query.Affinities.all(null)
        .forEach(query -> assertEquals(List.of(), datastore.list(query).entries()));
    assertEquals(List.of(), datastore.list(new Query.Blocks(null)).entries());
    assertEquals(List.of(), datastore.list(new Query.Handles()).entries());
  }

  /** A report that comes twice changes nothing more: what it says was is no longer so. */
  private void releaseAgain(CheckResult check) {
    var before = datastore.list(new Query.Blocks(null)).entries();
    try {
      release(check);
    } catch (IpamException.BadSequenceNumber _) {
      assertEquals(before, datastore.list(new Query.Blocks(null)).entries());
    }
  }

  private void release(CheckResult check) {
    Ipam ipam = new Ipam(datastore, java.time.Clock.systemUTC(), new java.util.Random(1));
    ipam.release(
        check.leaked().stream()
            .map(a -> new ReleaseRequest(a.ip(), a.handle(), a.sequenceNumber()))
            .toList());
    check.blockLeaks().forEach(ipam::free);
    check
        .handles()
        .leaked()
        .forEach(
            (id, revision) -> {
              IpamKey.Handle key = new IpamKey.Handle(id);
              if (datastore.get(key).filter(e -> e.revision().equals(revision)).isPresent()) {
                datastore.delete(key, revision);
              }
            });
  }

  void everybodyHasGone() {
    datastore
        .list(Query.all(Kinds.WORKLOAD_ENDPOINT))
        .entries()
        .forEach(e -> datastore.delete(e.key(), null));
  }

  private void workload(Ip ip, String handle) {
    Resource<WorkloadEndpointSpec> endpoint =
        ResourceCodec.decode(
            Kinds.WORKLOAD_ENDPOINT,
            Map.of(
                "metadata",
                Map.of("name", ip.toString().replaceAll("[.:]+", "-"), "namespace", "default"),
                "spec",
                Map.of("ipNetworks", List.of(ip + "/" + ip.family().bits()), "node", handle)));
    datastore.create(ResourceKey.of(endpoint), endpoint);
  }
}
