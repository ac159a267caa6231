package calico.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/**
 * Many allocators on one small cluster, some of them killed at a write. Replay with {@code
 * -Dseed=}; thread timing still varies, which no seed can fix.
 */
class IpamRaceTest {
  private static final List<Cidr> POOLS =
      List.of(Cidr.parse("10.0.0.0/26"), Cidr.parse("fd00::/120"));

  private final Cluster cluster = new Cluster();

  /** Addresses that some live client believes to hold, and by which handle. */
  private final Map<Ip, String> held = new ConcurrentHashMap<>();

  @Test
  void noAddressTwiceAndNoneOutsideItsPool() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("seed " + seed);
    cluster.pool("four", "10.0.0.0/26", 29).pool("six", "fd00::/120", 125);
    cluster.reserve("10.0.0.8/29", "10.0.0.17", "fd00::/124");
    List<Future<?>> running = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int c = 0; c < 12; c++) {
        String host = "n" + c % 4;
        cluster.node(host);
        String client = "c" + c;
        Random random = new Random(seed + c);
        running.add(threads.submit(() -> client(host, client, random)));
      }
    }
    for (Future<?> f : running) {
      f.get();
    }
    checkStored(seed);
    everythingCanBeReleased();
  }

  private void client(String host, String client, Random random) {
    List<String> mine = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      boolean dies = random.nextInt(3) == 0;
      CountingDatastore datastore =
          dies
              ? new CountingDatastore(
                  cluster.datastore, 1 + random.nextInt(6), random.nextBoolean())
              : new CountingDatastore(cluster.datastore);
      Ipam ipam = new Ipam(datastore, cluster.clock, new Random(random.nextLong()));
      try {
        if (random.nextInt(20) == 0) {
          cluster.clock.advance(Duration.ofSeconds(20));
          ipam.releaseHostAffinities(host, random.nextBoolean());
        } else if (mine.size() > 2 && random.nextBoolean()) {
          release(ipam, mine.remove(random.nextInt(mine.size())));
        } else {
          String handle = client + "." + i;
          mine.add(handle);
          assign(ipam, host, handle, 1 + random.nextInt(2));
        }
      } catch (CountingDatastore.Killed _) {
        // It died; what it had got half done stays for the others to cope with.
      }
    }
  }

  private void assign(Ipam ipam, String host, String handle, int count) {
    Assignment a =
        ipam.autoAssign(
            AssignRequest.workload(
                host, handle, Map.of(), Map.of(Family.IPV4, count, Family.IPV6, count)));
    for (InterfaceAddress address : a.addresses()) {
      String before = held.put(address.ip(), handle);
      assertEquals(null, before, () -> address + " given to " + handle + ", held by " + before);
    }
  }

  private void release(Ipam ipam, String handle) {
    // Whoever is killed in the middle no longer knows what it holds, so forget before releasing.
    held.values().removeIf(handle::equals);
    ipam.releaseByHandle(handle);
  }

  private void checkStored(long seed) {
    Map<Ip, String> stored = new TreeMap<>();
    Map<String, Integer> byHandle = new HashMap<>();
    for (var e : cluster.datastore.list(new Query.Blocks(null)).entries()) {
      AllocationBlock b = e.value();
      for (int o = 0; o < b.allocations().size(); o++) {
        Integer index = b.allocations().get(o);
        assertEquals(index == null, b.unallocated().contains(o), "ordinal " + o + " of " + b);
        if (index != null) {
          String handle = Objects.requireNonNull(b.attributes().get(index).handleId());
          Ip ip = b.cidr().address().plus(o);
          assertEquals(null, stored.put(ip, handle), "in two blocks: " + ip);
          byHandle.merge(handle + " " + b.cidr(), 1, Integer::sum);
        }
      }
    }
    held.forEach((ip, handle) -> assertEquals(handle, stored.get(ip), "seed " + seed + ": " + ip));
    for (Ip ip : stored.keySet()) {
      assertTrue(POOLS.stream().anyMatch(p -> p.contains(ip)), "outside the pools: " + ip);
      assertTrue(!Cidr.parse("10.0.0.8/29").contains(ip), "reserved: " + ip);
      assertTrue(!Cidr.parse("fd00::/124").contains(ip), "reserved: " + ip);
    }
    Map<String, Integer> counted = new HashMap<>();
    cluster
        .datastore
        .list(new Query.Handles())
        .entries()
        .forEach(
            h ->
                h.value()
                    .blocks()
                    .forEach((b, n) -> counted.put(((IpamKey.Handle) h.key()).id() + " " + b, n)));
    byHandle.forEach(
        (k, n) -> assertTrue(counted.getOrDefault(k, 0) >= n, "handle counts too few: " + k));
  }

  private void everythingCanBeReleased() {
    Ipam ipam = cluster.ipam();
    cluster.datastore.list(new Query.Handles()).entries().stream()
        .map(h -> ((IpamKey.Handle) h.key()).id())
        .forEach(ipam::releaseByHandle);
    for (int n = 0; n < 4; n++) {
      ipam.releaseHostAffinities("n" + n, false);
    }
    assertEquals(List.of(), cluster.datastore.list(new Query.Affinities(null, null)).entries());
    for (var e : cluster.datastore.list(new Query.Blocks(null)).entries()) {
      assertTrue(new BlockEdit(e.value(), Cluster.START, 0).isEmpty(), e::toString);
    }
  }
}
