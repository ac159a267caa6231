package calico.ipam;

import static calico.ipam.Cluster.one;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.SyncListener;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An allocator that remembers its node's blocks, and what others do to them behind its back. */
class KnownBlocksTest {
  private static final Owner NODE = Owner.of("n1", Use.WORKLOAD);

  private final Cluster cluster = new Cluster().node("n1").node("n2");
  private final CountingDatastore counting = new CountingDatastore(cluster.datastore);
  private final WatchedTerms watched = new WatchedTerms(cluster.datastore, NODE);
  private final Ipam ipam =
      new Ipam(Tools.of(counting, cluster.clock, new Random(1), new KnownBlocks(NODE)), watched);

  @BeforeEach
  void pools() {
    cluster.pool("four", "10.0.0.0/28", 30).pool("six", "fd00::/124", 126);
    follow();
    ipam.autoAssign(both("first"));
  }

  private void follow() {
    for (Query<?> query : WatchedTerms.queries(NODE)) {
      tell(query);
    }
    watched.onStatus(SyncListener.Status.IN_SYNC);
  }

  private <V> void tell(Query<V> query) {
    cluster.datastore.list(query).entries().forEach(e -> watched.onUpdate(e.key(), e.value()));
  }

  private static AssignRequest both(String handle) {
    return AssignRequest.workload(
        "n1", handle, Map.of("node", "n1"), Map.of(Family.IPV4, 1, Family.IPV6, 1));
  }

  private int calls(Runnable action) {
    int before = counting.calls();
    action.run();
    return counting.calls() - before;
  }

  private Cidr blockOf(String handle) {
    return cluster.ipam().ipsByHandle(handle).stream()
        .filter(ip -> ip.family() == Family.IPV4)
        .map(ip -> new Cidr(ip, 30))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theSteadyStateTakesTheHandleAndTheBlock() {
    assertEquals(2, calls(() -> assertTrue(ipam.autoAssign(one("n1", "a")).complete())));
    assertEquals(3, calls(() -> assertTrue(ipam.autoAssign(both("b")).complete())));
    assertEquals(new IpamHandle(Map.of(blockOf("a"), 1), false), cluster.handle("a").orElseThrow());
    assertEquals(2, cluster.handle("b").orElseThrow().blocks().size());
    assertEquals(3, calls(() -> assertEquals(1, ipam.releaseByHandle("a").size())));
    assertTrue(cluster.handle("a").isEmpty());
  }

  @Test
  void aHandleThatWasMadeHereNeedNotBeRead() {
    ipam.autoAssign(both("a"));
    assertEquals(3, calls(() -> assertEquals(2, ipam.releaseHandle("a").size())));
    assertTrue(cluster.handle("a").isEmpty());
    assertEquals(1, calls(() -> assertEquals(List.of(), ipam.releaseHandle("a"))));
  }

  @Test
  void whatAHandleHasGotSinceIsReleasedToo() {
    ipam.autoAssign(one("n1", "a"));
    cluster.ipam().autoAssign(one("n2", "a"));
    assertEquals(2, ipam.releaseHandle("a").size());
    assertTrue(cluster.handle("a").isEmpty());
    ipam.autoAssign(one("n1", "b"));
    ipam.autoAssign(one("n1", "b"));
    assertEquals(2, ipam.releaseHandle("b").size());
    ipam.autoAssign(one("n1", "c"));
    cluster.ipam().releaseByHandle("c");
    cluster.ipam().autoAssign(one("n2", "c"));
    assertEquals(1, ipam.releaseHandle("c").size());
    assertTrue(cluster.handle("c").isEmpty());
  }

  @Test
  void aSecondAddressForAHandleIsAddedToIt() {
    ipam.autoAssign(one("n1", "a"));
    ipam.autoAssign(one("n1", "a"));
    assertEquals(new IpamHandle(Map.of(blockOf("a"), 2), false), cluster.handle("a").orElseThrow());
  }

  @Test
  void othersMayUseTheSameBlock() {
    cluster.ipam().autoAssign(one("n1", "other"));
    assertTrue(ipam.autoAssign(one("n1", "a")).complete());
    assertEquals(blockOf("other"), blockOf("a"));
    cluster.ipam().releaseByHandle("first");
    cluster.ipam().releaseByHandle("other");
    assertEquals(1, ipam.releaseByHandle("a").size());
  }

  @Test
  void whatOthersAssignedInAKnownBlockIsReleased() {
    cluster.ipam().autoAssign(one("n1", "other"));
    assertEquals(1, ipam.releaseByHandle("other").size());
    assertTrue(cluster.handle("other").isEmpty());
  }

  @Test
  void aBlockThatIsTakenAwayIsNotUsedAnyMore() {
    Cidr lost = blockOf("first");
    cluster.ipam().releaseHostAffinities("n1", false);
    assertTrue(ipam.autoAssign(one("n1", "a")).complete());
    assertTrue(!blockOf("a").equals(lost), lost::toString);
    assertEquals("host:n1", cluster.block(blockOf("a").toString()).affinity());
  }

  @Test
  void aClaimThatSomebodyBeganToReleaseIsConfirmedAgain() {
    Cidr block = blockOf("first");
    IpamKey.Affinity key = IpamKey.Affinity.ofHost("n1", block);
    cluster.datastore.put(key, new BlockAffinity("pendingDeletion", false), null);
    follow();
    assertTrue(ipam.autoAssign(one("n1", "a")).complete());
    assertEquals(block, blockOf("a"));
    assertEquals("confirmed", cluster.datastore.get(key).orElseThrow().value().state());
  }

  @Test
  void whatIsWrongIsPassedOverAndTheRestIsStillKnown() {
    cluster.pool("bad", "10.0.0.300/28", 30).reserve("10.9.0.300");
    cluster.pool("worse", "10.9.0.0/28", 30, "zone = 'x'", null, null, null);
    follow();
    assertEquals(2, calls(() -> assertTrue(ipam.autoAssign(one("n1", "a")).complete())));
    cluster.pool("four", "10.0.0.0/28", 99);
    follow();
    assertThrows(IpamException.class, () -> ipam.autoAssign(one("n1", "b")));
  }

  @Test
  void whatTheWatchHasNotToldYetIsRead() {
    cluster.pool("later", "10.9.0.0/28", 30);
    AssignRequest there = one("n1", "a").withPools(List.of(Cidr.parse("10.9.0.0/28")));
    assertTrue(ipam.autoAssign(there).complete());
    assertEquals(Cidr.parse("10.9.0.0/28"), new Cidr(blockOf("a").address(), 28));
  }

  @Test
  void whatIsReleasedElsewhereIsFoundBeforeABlockIsClaimed() {
    ipam.autoAssign(Cluster.count("n1", "a", 3)); // the block is full
    Cidr block = blockOf("first");
    cluster.ipam().releaseByHandle("first");
    assertTrue(ipam.autoAssign(one("n1", "b")).complete());
    assertEquals(block, blockOf("b"));
  }

  /** All blocks are n2's, which has some addresses left in one. */
  private void onlyToBorrow(int left) {
    cluster.pool("small", "10.8.0.0/28", 29);
    follow();
    cluster.ipam().autoAssign(small("n2", 8));
    cluster.ipam().autoAssign(small("n2", 8 - left));
  }

  private static AssignRequest small(String host, int count) {
    return Cluster.count(host, host + "." + count, count)
        .withPools(List.of(Cidr.parse("10.8.0.0/28")));
  }

  @Test
  void whereItBorrowedItBorrowsAgainWithoutASearch() {
    onlyToBorrow(5);
    assertTrue(ipam.autoAssign(small("n1", 1)).complete());
    assertEquals(2, calls(() -> assertTrue(ipam.autoAssign(small("n1", 2)).complete())));
    cluster.ipam().autoAssign(small("n2", 1)); // behind its back
    assertTrue(ipam.autoAssign(small("n1", 3)).addresses().size() == 1);
    assertEquals(List.of(), ipam.autoAssign(small("n1", 1)).addresses());
  }

  @Test
  void itBorrowsOnlyForAWhileAndOnlyIfItMay() {
    onlyToBorrow(5);
    assertTrue(ipam.autoAssign(small("n1", 1)).complete());
    cluster.config(true, true, 0, 0);
    follow();
    Assignment strict = ipam.autoAssign(small("n1", 2));
    assertTrue(strict.shortfalls().getFirst().contains("strictAffinity=true"), strict::toString);
    cluster.config(false, true, 0, 0);
    follow();
    cluster.ipam().releaseByHandle("n2.8");
    cluster.ipam().releaseHostAffinities("n2", true); // n1 may have one of its own again
    assertEquals(2, calls(() -> assertTrue(ipam.autoAssign(small("n1", 2)).complete())));
    cluster.clock.advance(Duration.ofMinutes(2));
    Assignment own = ipam.autoAssign(small("n1", 1));
    Cidr block = new Cidr(own.addresses().getFirst().ip(), 29);
    assertEquals("host:n1", cluster.block(block.toString()).affinity());
  }

  @Test
  void manyAtATimeAreServedWithoutALostRace() throws Exception {
    cluster.pool("wide", "10.1.0.0/24", 25);
    follow();
    AssignRequest warm = one("n1", "warm").withPools(List.of(Cidr.parse("10.1.0.0/24")));
    ipam.autoAssign(warm);
    int before = counting.calls();
    List<Future<Assignment>> all = new ArrayList<>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 100; i++) {
        AssignRequest request = one("n1", "h" + i).withPools(List.of(Cidr.parse("10.1.0.0/24")));
        all.add(threads.submit(() -> ipam.autoAssign(request)));
      }
    }
    long distinct = 0;
    for (Future<Assignment> f : all) {
      distinct += f.get().addresses().size();
    }
    assertEquals(100, distinct);
    assertEquals(101, cluster.block(blockOf25("h0").toString()).attributes().size());
    int calls = counting.calls() - before;
    assertTrue(calls <= 200, () -> calls + " calls");
  }

  private Cidr blockOf25(String handle) {
    return new Cidr(cluster.ipam().ipsByHandle(handle).getFirst(), 25);
  }
}
