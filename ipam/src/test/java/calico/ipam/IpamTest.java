package calico.ipam;

import static calico.ipam.Cluster.count;
import static calico.ipam.Cluster.one;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class IpamTest {
  private static final BlockAffinity CONFIRMED = new BlockAffinity("confirmed", false);

  private final Cluster cluster = new Cluster().node("n1").node("n2");

  private static AssignIpRequest ip(String address, String host, String handle) {
    return new AssignIpRequest(Ip.parse(address), host, handle, Map.of(), Use.WORKLOAD);
  }

  private static void assertMessage(IpamException e, String part) {
    assertTrue(String.valueOf(e.getMessage()).contains(part), e::toString);
  }

  /** Facts of an upstream cluster after 17 additions on one node. */
  @Test
  void storesWhatUpstreamStores() {
    cluster.pool("pool", "10.128.0.0/12", 26);
    for (int i = 0; i < 17; i++) {
      String handle = "k8s-pod-network.cid%06d".formatted(i);
      assertTrue(cluster.ipam().autoAssign(one("n1", handle)).complete());
    }
    List<AllocationBlock> blocks =
        cluster.datastore.list(new Query.Blocks(null)).entries().stream()
            .map(e -> e.value())
            .toList();
    assertEquals(1, blocks.size());
    AllocationBlock b = blocks.getFirst();
    assertEquals(26, b.cidr().length());
    assertTrue(Cidr.parse("10.128.0.0/12").contains(b.cidr()));
    assertEquals("host:n1", b.affinity());
    assertEquals("2026-11-20T22:57:02Z", b.affinityClaimTime());
    assertEquals(IntStream.range(0, 17).boxed().toList(), b.allocations().subList(0, 17));
    assertEquals(Collections.nCopies(47, null), b.allocations().subList(17, 64));
    assertEquals(IntStream.range(17, 64).boxed().toList(), b.unallocated());
    assertEquals("k8s-pod-network.cid000016", b.attributes().get(16).handleId());
    assertEquals(Map.of("node", "n1"), b.attributes().get(16).secondary());
    long first = 1795215422154809752L;
    assertEquals(first + 17, b.sequenceNumber());
    assertEquals(first + 16, b.sequenceNumberForAllocation().get(16));
    assertEquals(
        new IpamHandle(Map.of(b.cidr(), 1), false),
        cluster.handle("k8s-pod-network.cid000003").orElseThrow());
    assertEquals(CONFIRMED, cluster.affinity("n1", b.cidr().toString()).orElseThrow());
  }

  @Test
  void assignsBothFamiliesAndFindsThemByHandle() {
    cluster.pool("four", "10.0.0.0/24", 26).pool("six", "fd00::/112", 122);
    Assignment a =
        cluster
            .ipam()
            .autoAssign(
                AssignRequest.workload(
                    "n1", "h", Map.of(), Map.of(Family.IPV4, 1, Family.IPV6, 2)));
    assertEquals(1, a.of(Family.IPV4).size());
    assertEquals(2, a.of(Family.IPV6).size());
    assertEquals(26, a.of(Family.IPV4).getFirst().length());
    assertEquals(
        a.addresses().stream().map(InterfaceAddress::ip).sorted().toList(),
        cluster.ipam().ipsByHandle("h").stream().sorted().toList());
    assertEquals(3, cluster.ipam().releaseByHandle("h").size());
    assertTrue(cluster.handle("h").isEmpty());
    assertEquals(List.of(), cluster.ipam().ipsByHandle("h"));
    assertEquals(List.of(), cluster.ipam().releaseByHandle("h"));
  }

  @Test
  void assignsNothingIfOneFamilyHasNoPool() {
    cluster.pool("four", "10.0.0.0/24", 26);
    AssignRequest both =
        AssignRequest.workload("n1", "h", Map.of(), Map.of(Family.IPV4, 1, Family.IPV6, 1));
    assertThrows(IpamException.class, () -> cluster.ipam().autoAssign(both));
    assertTrue(cluster.handle("h").isEmpty());
  }

  @Test
  void claimsAnotherBlockWhenOneIsFull() {
    cluster.pool("p", "10.0.0.0/24", 28);
    Assignment a = cluster.ipam().autoAssign(count("n1", "h", 20));
    assertEquals(20, a.addresses().size());
    assertEquals(2, cluster.handle("h").orElseThrow().blocks().size());
    assertEquals(
        20, cluster.handle("h").orElseThrow().blocks().values().stream().mapToInt(n -> n).sum());
  }

  @Test
  void borrowsWhenThePoolIsClaimedUp() {
    cluster.pool("p", "10.0.0.0/30", 30);
    assertTrue(cluster.ipam().autoAssign(one("n1", "a")).complete());
    Assignment a = cluster.ipam().autoAssign(one("n2", "b"));
    assertTrue(a.complete());
    assertEquals("host:n1", cluster.block("10.0.0.0/30").affinity());
    Assignment more = cluster.ipam().autoAssign(count("n2", "c", 3));
    assertEquals(2, more.addresses().size());
    String reason = more.shortfalls().getFirst();
    assertTrue(reason.contains("assigned 2 of 3 IPV4 addresses to node n2 for handle c"), reason);
    assertTrue(reason.contains("p (10.0.0.0/30)"), reason);
  }

  @Test
  void strictAffinityDoesNotBorrow() {
    cluster.pool("p", "10.0.0.0/30", 30).config(true, true, 0, 0);
    assertTrue(cluster.ipam().autoAssign(one("n1", "a")).complete());
    Assignment a = cluster.ipam().autoAssign(one("n2", "b"));
    assertEquals(List.of(), a.addresses());
    assertTrue(a.shortfalls().getFirst().contains("strictAffinity=true"), a::toString);
    IpamException e =
        assertThrows(IpamException.class, () -> cluster.ipam().assignIp(ip("10.0.0.3", "n2", "b")));
    assertMessage(e, "host:n1");
    assertTrue(cluster.handle("b").isEmpty());
  }

  @Test
  void stopsAtTheLimitOfBlocks() {
    cluster.pool("p", "10.0.0.0/24", 30).config(true, true, 2, 0);
    Assignment a = cluster.ipam().autoAssign(count("n1", "a", 9));
    assertEquals(8, a.addresses().size());
    assertTrue(a.shortfalls().getFirst().contains("maxBlocksPerHost is 2"), a::toString);
  }

  @Test
  void limitsBlocksTo20ByDefault() {
    cluster.pool("p", "10.0.0.0/24", 30);
    Assignment a = cluster.ipam().autoAssign(count("n1", "a", 99));
    assertEquals(80, a.addresses().size());
    assertTrue(a.shortfalls().getFirst().contains("(default) is 20"), a::toString);
  }

  @Test
  void claimsNothingWithoutAutoAllocation() {
    cluster.pool("p", "10.0.0.0/24", 26).config(true, false, 0, 0);
    Assignment a = cluster.ipam().autoAssign(one("n1", "a"));
    assertTrue(a.shortfalls().getFirst().contains("autoAllocateBlocks=false"), a::toString);
    assertTrue(cluster.datastore.list(new Query.Blocks(null)).entries().isEmpty());
  }

  @Test
  void reclaimsAnEmptyBlockAfterAMinute() {
    cluster.pool("p", "10.0.0.0/30", 30).config(true, true, 0, 0);
    cluster.ipam().autoAssign(one("n1", "a"));
    cluster.ipam().releaseByHandle("a");
    assertFalse(cluster.ipam().autoAssign(one("n2", "b")).complete());
    cluster.clock.advance(Duration.ofMinutes(1));
    assertTrue(cluster.ipam().autoAssign(one("n2", "b")).complete());
    assertEquals("host:n2", cluster.block("10.0.0.0/30").affinity());
    assertTrue(cluster.affinity("n1", "10.0.0.0/30").isEmpty());
  }

  @Test
  void reclaimsAnEmptyBlockThatNobodyOwns() {
    cluster.pool("p", "10.0.0.0/30", 30).config(true, true, 0, 0);
    Cidr cidr = Cidr.parse("10.0.0.0/30");
    BlockEdit edit =
        new BlockEdit(BlockEdit.fresh(cidr, "host:gone", Cluster.START), Cluster.START, 0);
    edit.dropAffinity();
    cluster.datastore.create(new IpamKey.Block(cidr), edit.toBlock());
    assertTrue(cluster.ipam().autoAssign(one("n2", "b")).complete());
    assertEquals("host:n2", cluster.block("10.0.0.0/30").affinity());
  }

  @Test
  void reclaimsAnEmptyBlockWhoseAffinityIsLost() {
    cluster.pool("p", "10.0.0.0/30", 30).config(true, true, 0, 0);
    Cidr cidr = Cidr.parse("10.0.0.0/30");
    cluster.datastore.create(
        new IpamKey.Block(cidr), BlockEdit.fresh(cidr, "host:n1", Cluster.START));
    assertFalse(cluster.ipam().autoAssign(one("n2", "b")).complete());
    cluster.clock.advance(Duration.ofMinutes(1));
    assertTrue(cluster.ipam().autoAssign(one("n2", "b")).complete());
  }

  @Test
  void neverAssignsReservedAddressesByItself() {
    cluster.pool("p", "10.0.0.0/29", 30).reserve("10.0.0.0/30", "10.0.0.5");
    Assignment a = cluster.ipam().autoAssign(count("n1", "a", 9));
    assertEquals(
        List.of("10.0.0.4", "10.0.0.6", "10.0.0.7"),
        a.addresses().stream().map(x -> x.ip().toString()).toList());
    cluster.ipam().assignIp(ip("10.0.0.5", "n1", "b"));
  }

  @Test
  void picksPoolsBySelectorUseAndMode() {
    cluster.node("gpu", Map.of("kind", "gpu"));
    cluster
        .pool("a", "10.1.0.0/24", 26, "kind == 'gpu'", null, null, null)
        .pool("b", "10.2.0.0/24", 26, "all()", "team == 'x'", null, null)
        .pool("c", "10.3.0.0/24", 26, null, null, List.of("Tunnel"), null)
        .pool("d", "10.4.0.0/24", 26, null, null, null, "Manual")
        .pool("e", "10.5.0.0/24", 26);
    assertEquals("10.1", prefix(one("gpu", "1")));
    assertEquals("10.5", prefix(one("n1", "2")));
    assertEquals("10.4", prefix(one("n1", "3").withPools(List.of(Cidr.parse("10.4.0.0/24")))));
    assertEquals(
        "10.2",
        prefix(
            new AssignRequest(
                "n2",
                "4",
                Map.of(),
                Map.of(Family.IPV4, 1),
                List.of(),
                Map.of("team", "x"),
                null,
                Use.WORKLOAD,
                0)));
    AssignRequest tunnelPool = one("n1", "5").withPools(List.of(Cidr.parse("10.3.0.0/24")));
    IpamException use =
        assertThrows(IpamException.class, () -> cluster.ipam().autoAssign(tunnelPool));
    assertMessage(use, "allowedUses");
    AssignRequest unknown = one("n1", "6").withPools(List.of(Cidr.parse("10.9.0.0/24")));
    IpamException e = assertThrows(IpamException.class, () -> cluster.ipam().autoAssign(unknown));
    assertMessage(e, "10.9.0.0/24 does not exist");
  }

  private String prefix(AssignRequest request) {
    return cluster.ipam().autoAssign(request).addresses().getFirst().toString().substring(0, 4);
  }

  @Test
  void givesUpABlockWhosePoolNoLongerSelectsTheNode() {
    cluster.pool("a", "10.1.0.0/26", 26, "zone == 'a'", null, null, null);
    cluster.pool("b", "10.2.0.0/26", 26);
    cluster.node("n1", Map.of("zone", "a"));
    assertEquals("10.1", prefix(one("n1", "1")));
    cluster.node("n1");
    cluster.ipam().releaseByHandle("1");
    assertTrue(cluster.datastore.get(new IpamKey.Block(Cidr.parse("10.1.0.0/26"))).isEmpty());
    assertTrue(cluster.affinity("n1", "10.1.0.0/26").isEmpty());
    assertEquals("10.2", prefix(one("n1", "2")));
  }

  @Test
  void aUnknownNodeIsAnError() {
    cluster.pool("p", "10.0.0.0/24", 26);
    IpamException e =
        assertThrows(IpamException.class, () -> cluster.ipam().autoAssign(one("n9", "a")));
    assertMessage(e, "n9");
  }

  @Test
  void assignsOneAddressOnce() {
    cluster.pool("p", "10.0.0.0/24", 26);
    assertEquals("10.0.0.70/26", cluster.ipam().assignIp(ip("10.0.0.70", "n1", "a")).toString());
    assertEquals(CONFIRMED, cluster.affinity("n1", "10.0.0.64/26").orElseThrow());
    IpamException.AlreadyAssigned e =
        assertThrows(
            IpamException.AlreadyAssigned.class,
            () -> cluster.ipam().assignIp(ip("10.0.0.70", "n2", "b")));
    assertEquals("a", e.handleId);
    assertTrue(cluster.handle("b").isEmpty());
    assertThrows(IpamException.class, () -> cluster.ipam().assignIp(ip("10.9.0.1", "n1", "a")));
  }

  @Test
  void releasesAddressesOfAPoolThatHasGone() {
    cluster.pool("p", "10.0.0.0/24", 26);
    cluster.ipam().assignIp(ip("10.0.0.70", "n1", "a"));
    cluster.pool("p", "10.9.0.0/24", 26);
    assertEquals(
        List.of(Ip.parse("10.7.0.1")),
        cluster
            .ipam()
            .release(
                List.of(
                    ReleaseRequest.of(Ip.parse("10.0.0.70")),
                    ReleaseRequest.of(Ip.parse("10.7.0.1")))));
    assertTrue(cluster.handle("a").isEmpty());
  }

  @Test
  void aBorrowedBlockWithoutOwnerGoesWithItsLastAddress() {
    cluster.pool("p", "10.0.0.0/24", 26);
    cluster.ipam().assignIp(ip("10.0.0.1", "n1", "a"));
    cluster.ipam().releaseHostAffinities("n1", true);
    assertEquals("host:n1", cluster.block("10.0.0.0/26").affinity());
    cluster.ipam().releaseHostAffinities("n1", false);
    assertEquals(null, cluster.block("10.0.0.0/26").affinity());
    assertTrue(cluster.affinity("n1", "10.0.0.0/26").isEmpty());
    cluster.ipam().releaseByHandle("a");
    assertTrue(cluster.datastore.list(new Query.Blocks(null)).entries().isEmpty());
  }

  @Test
  void ensuresABlockOnce() {
    cluster.pool("p", "10.0.0.0/24", 26);
    Cidr block = cluster.ipam().ensureBlock("n1", Cidr.parse("10.0.0.0/24"));
    assertEquals(block, cluster.ipam().ensureBlock("n1", Cidr.parse("10.0.0.0/24")));
    cluster.ipam().releasePoolAffinities(Cidr.parse("10.0.0.0/24"));
    assertTrue(cluster.datastore.list(new Query.Blocks(null)).entries().isEmpty());
  }

  @Test
  void doesNotOverlapBlocksOfAnEarlierSize() {
    cluster.pool("p", "10.0.0.0/28", 28);
    cluster.ipam().assignIp(ip("10.0.0.1", "n1", "a"));
    cluster.pool("p", "10.0.0.0/28", 30);
    Assignment a = cluster.ipam().autoAssign(count("n2", "b", 99));
    assertEquals(15, a.addresses().size());
    assertTrue(a.addresses().stream().noneMatch(x -> x.ip().equals(Ip.parse("10.0.0.1"))));
  }

  @Test
  void finishesAClaimThatWasInterrupted() {
    cluster.pool("p", "10.0.0.0/26", 26);
    IpamKey.Affinity key = IpamKey.Affinity.ofHost("n1", Cidr.parse("10.0.0.0/26"));
    cluster.datastore.create(key, new BlockAffinity("pending", false));
    assertTrue(cluster.ipam().autoAssign(one("n1", "a")).complete());
    assertEquals(CONFIRMED, cluster.datastore.get(key).orElseThrow().value());
    cluster.datastore.put(key, new BlockAffinity("pendingDeletion", false), null);
    assertTrue(cluster.ipam().autoAssign(one("n1", "b")).complete());
    assertEquals(CONFIRMED, cluster.datastore.get(key).orElseThrow().value());
  }

  @Test
  void removesAClaimOnABlockOfAnother() {
    cluster.pool("p", "10.0.0.0/24", 26);
    cluster.ipam().assignIp(ip("10.0.0.1", "n2", "a"));
    IpamKey.Affinity stale = IpamKey.Affinity.ofHost("n1", Cidr.parse("10.0.0.0/26"));
    cluster.datastore.create(stale, new BlockAffinity("confirmed", false));
    assertTrue(cluster.ipam().autoAssign(one("n1", "b")).complete());
    assertTrue(cluster.datastore.get(stale).isEmpty());
  }

  @Test
  void withoutAMemoryAnAllocationTakesEightCalls() {
    cluster.pool("p", "10.0.0.0/24", 26);
    cluster.ipam().autoAssign(one("n1", "a"));
    CountingDatastore counting = new CountingDatastore(cluster.datastore);
    cluster.ipam(counting).autoAssign(one("n1", "b"));
    assertEquals(8, counting.calls());
    assertEquals(2, counting.writes());
  }
}
