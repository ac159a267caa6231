package calico.ipam;

import static calico.ipam.BlockLeak.Outcome.CHANGED;
import static calico.ipam.BlockLeak.Outcome.FINISHED;
import static calico.ipam.BlockLeak.Outcome.FREED;
import static calico.ipam.BlockLeak.Outcome.IN_USE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Entry;
import calico.datastore.MemoryDatastore;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.ipam.BlockAffinity;
import calico.model.ipam.IpamConfig;
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.Resource;
import calico.model.resource.ResourceCodec;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each kind of problem, made on purpose in a sound cluster. */
class IpamCheckTest {
  private static final Cidr POOL = Cidr.parse("10.0.0.0/24");
  private static final String LOAD_BALANCER = "load-balancer";

  private final MemoryDatastore datastore = new MemoryDatastore();
  private final Ipam ipam = new Ipam(datastore, Clock.systemUTC(), new Random(1));

  @BeforeEach
  void soundCluster() {
    create(Kinds.IP_POOL, "pool", Map.of("cidr", POOL.toString(), "blockSize", 28L));
    create(Kinds.NODE, "n1", Map.of("ipv4VXLANTunnelAddr", "10.0.0.1"));
    assign("10.0.0.1", "vxlan-tunnel-addr-n1");
    assign("10.0.0.2", "k8s-pod-network.web");
    workload("web", "10.0.0.2/32");
  }

  @AfterEach
  void close() {
    datastore.close();
  }

  @Test
  void aSoundClusterHasNoProblems() {
    CheckResult result = check();
    assertEquals(0, result.problems());
    assertEquals(2, result.allocations().size());
    assertEquals(1, result.nodeAddresses());
    assertEquals(1, result.workloadAddresses());
    assertEquals(
        List.of("Workload(default/web)"),
        result.allocations().getOrDefault(Ip.parse("10.0.0.2"), List.of()).getFirst().users());
  }

  @Test
  void anAddressOfNobodyIsLeaked() {
    assign("10.0.0.3", "gone");
    CheckResult result = check();
    assertEquals(1, result.problems());
    Allocation leaked = result.leaked().getFirst();
    assertEquals(Ip.parse("10.0.0.3"), leaked.ip());
    assertEquals("gone", leaked.handle());
    assertEquals("n1", leaked.node());
    assertEquals(
        List.of(),
        ipam.release(
            List.of(new ReleaseRequest(leaked.ip(), leaked.handle(), leaked.sequenceNumber()))));
    assertEquals(0, check().problems());
  }

  @Test
  void anAddressThatCoolsDownIsNotLeaked() {
    ipam.configure(c -> new IpamConfig(false, true, 0, 1000, c.unknown()));
    ipam.releaseByHandle("k8s-pod-network.web");
    datastore.delete(ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "default", "web"), null);
    CheckResult result = check();
    assertEquals(0, result.problems());
    assertTrue(
        result
            .allocations()
            .getOrDefault(Ip.parse("10.0.0.2"), List.of())
            .getFirst()
            .coolingDown());
  }

  @Test
  void addressesWithoutAllocationAndWithTwoUsers() {
    workload("stray", "10.0.0.9/32");
    workload("alien", "192.0.2.1/32");
    workload("twin", "10.0.0.2/32");
    CheckResult result = check();
    assertEquals(List.of(Ip.parse("10.0.0.9")), result.notAllocated(true));
    assertEquals(List.of(Ip.parse("192.0.2.1")), result.notAllocated(false));
    assertEquals(List.of(Ip.parse("10.0.0.2")), result.shared());
    assertEquals(3, result.problems());
  }

  @Test
  void handles() {
    datastore.create(new IpamKey.Handle("orphan"), new IpamHandle(Map.of(), false));
    datastore.delete(new IpamKey.Handle("k8s-pod-network.web"), null);
    Entry<IpamHandle> tunnel =
        datastore.get(new IpamKey.Handle("vxlan-tunnel-addr-n1")).orElseThrow();
    datastore.update(tunnel.key(), new IpamHandle(Map.of(), false), tunnel.revision());
    HandleCheck handles = check().handles();
    assertEquals(List.of("orphan"), List.copyOf(handles.leaked().keySet()));
    assertEquals(List.of("k8s-pod-network.web"), handles.missing());
    assertEquals(
        List.of("handle vxlan-tunnel-addr-n1 counts 0 in block 10.0.0.0/28, which has 1"),
        handles.miscounted());
    assertEquals(1, handles.good());
  }

  @Test
  void blocksAndAffinitiesNameEachOther() {
    Cidr block = Cidr.parse("10.0.0.0/28");
    datastore.delete(IpamKey.Affinity.ofHost("n1", block), null);
    datastore.create(IpamKey.Affinity.ofHost("n2", block), new BlockAffinity("confirmed", false));
    datastore.create(
        IpamKey.Affinity.ofHost("n1", Cidr.parse("10.0.0.16/28")),
        new BlockAffinity("confirmed", false));
    datastore.delete(ResourceKey.of(Kinds.NODE, "n1"), null);
    assertEquals(
        Set.of(
            "the affinity of host:n1 to block 10.0.0.16/28: there is no such block",
            "the affinity of host:n2 to block 10.0.0.0/28: the block belongs to host:n1",
            "block 10.0.0.0/28 belongs to host:n1, which has no affinity to it"),
        problems());
    assertEquals(List.of(FREED, FREED, IN_USE), free(check()));
    create(Kinds.NODE, "n1", Map.of("ipv4VXLANTunnelAddr", "10.0.0.1"));
    assertEquals(List.of(FINISHED), free(check()));
    assertEquals(0, check().problems());
  }

  @Test
  void claimsThatWereBegunAreUndoneOrFinished() {
    Cidr used = Cidr.parse("10.0.0.0/28");
    Cidr empty = Cidr.parse("10.0.0.16/28");
    Cidr missing = Cidr.parse("10.0.0.32/28");
    assign("10.0.0.17", "short");
    ipam.releaseByHandle("short");
    datastore.put(
        IpamKey.Affinity.ofHost("n1", used), new BlockAffinity("pendingDeletion", false), null);
    datastore.put(IpamKey.Affinity.ofHost("n1", empty), new BlockAffinity("pending", false), null);
    datastore.create(IpamKey.Affinity.ofHost("n1", missing), new BlockAffinity("pending", false));
    assertEquals(
        Set.of(
            "the affinity of host:n1 to block 10.0.0.0/28: it is pendingDeletion, and whoever began"
                + " that has not finished it",
            "the affinity of host:n1 to block 10.0.0.16/28: it is pending, and whoever began that"
                + " has not finished it",
            "the affinity of host:n1 to block 10.0.0.32/28: there is no such block"),
        problems());
    CheckResult found = check();
    assertEquals(List.of(FINISHED, FREED, FREED), free(found));
    assertEquals(0, check().problems());
    assertEquals(List.of(CHANGED, CHANGED, CHANGED), free(found));
    assertEquals(Set.of(used), blocks());
  }

  @Test
  void nodesAndPoolsThatAreGoneLeaveBlocks() {
    datastore.delete(ResourceKey.of(Kinds.NODE, "n1"), null);
    assertEquals(
        Set.of("the affinity of host:n1 to block 10.0.0.0/28: there is no such node"), problems());
    CheckResult early = check();
    assertEquals(List.of(IN_USE), free(early));
    create(Kinds.NODE, "n1", Map.of("ipv4VXLANTunnelAddr", "10.0.0.1"));
    datastore.delete(ResourceKey.of(Kinds.IP_POOL, "pool"), null);
    assertEquals(
        Set.of("the affinity of host:n1 to block 10.0.0.0/28: the block is in no IPPool"),
        problems());
    ipam.releaseByHandle("vxlan-tunnel-addr-n1");
    ipam.releaseByHandle("k8s-pod-network.web");
    assertEquals(List.of(FREED), free(early));
    assertEquals(Set.of(), blocks());
  }

  @Test
  void aBlockOfNobodyGoesUnlessItHasChanged() {
    Cidr cidr = Cidr.parse("10.0.0.16/28");
    var block =
        datastore.create(new IpamKey.Block(cidr), BlockEdit.fresh(cidr, "host:n1", Instant.now()));
    BlockEdit edit = new BlockEdit(block.value(), Instant.now(), 0);
    edit.dropAffinity();
    block = datastore.update(block.key(), edit.toBlock(), block.revision());
    assertEquals(Set.of("block 10.0.0.16/28 holds no address and belongs to nobody"), problems());
    CheckResult early = check();
    datastore.update(block.key(), block.value(), block.revision());
    assertEquals(List.of(CHANGED), free(early));
    assertEquals(List.of(FREED), free(check()));
    assertEquals(0, check().problems());
  }

  /** The other owner of blocks than hosts. */
  @Test
  void theLoadBalancersBlocksAreItsOwn() {
    create(
        Kinds.IP_POOL,
        "services",
        Map.of("cidr", "10.1.0.0/26", "blockSize", 28L, "allowedUses", List.of("LoadBalancer")));
    assertEquals(1, ipam.autoAssign(services("a", 1)).addresses().size());
    Cidr block = blocks().stream().filter(c -> !POOL.contains(c)).findFirst().orElseThrow();
    assertEquals(15, ipam.autoAssign(services("b", 15)).addresses().size());
    assertEquals(Set.of(Cidr.parse("10.0.0.0/28"), block), blocks());
    assertEquals(0, check().problems());
    ipam.releaseHostAffinities(LOAD_BALANCER, false); // of a node of that name
    IpamKey.Affinity claim = new IpamKey.Affinity("virtual", LOAD_BALANCER, block);
    datastore.put(claim, new BlockAffinity("pending", false), null);
    assertEquals(
        Set.of(
            "the affinity of virtual:load-balancer to block "
                + block
                + ": it is pending, and whoever began that has not finished it"),
        problems());
    assertEquals(List.of(FINISHED), free(check()));
    ipam.releasePoolAffinities(Cidr.parse("10.1.0.0/26"));
    assertTrue(datastore.get(claim).isEmpty());
  }

  private static AssignRequest services(String handle, int count) {
    return new AssignRequest(
        LOAD_BALANCER,
        handle,
        Map.of(),
        Map.of(Family.IPV4, count),
        List.of(),
        Map.of(),
        null,
        Use.LOAD_BALANCER,
        0);
  }

  private Set<String> problems() {
    return Set.copyOf(check().blockLeaks().stream().map(BlockLeak::problem).toList());
  }

  /** What became of each, in the order of their blocks. */
  private List<BlockLeak.Outcome> free(CheckResult found) {
    return found.blockLeaks().stream().map(ipam::free).toList();
  }

  private Set<Cidr> blocks() {
    return Set.copyOf(check().blocks().stream().map(AllocationBlock::cidr).toList());
  }

  @Test
  void blocksThatOverlapAndBlocksThatAreBroken() {
    AllocationBlock block =
        datastore.get(new IpamKey.Block(Cidr.parse("10.0.0.0/28"))).orElseThrow().value();
    Cidr inner = Cidr.parse("10.0.0.0/29");
    datastore.create(
        new IpamKey.Block(inner),
        new AllocationBlock(
            inner,
            null,
            null,
            block.allocations().subList(0, 8),
            List.of(0, 0),
            block.attributes(),
            1,
            Map.of(),
            false,
            block.unknown()));
    CheckResult result = check();
    assertEquals(List.of(Ip.parse("10.0.0.1"), Ip.parse("10.0.0.2")), result.allocatedTwice());
    assertEquals(Map.of(inner, "ordinal 0 is unallocated more than once"), result.invalidBlocks());
  }

  @Test
  void settings() {
    assertThrows(
        IpamException.class,
        () -> ipam.configure(c -> new IpamConfig(false, false, 0, 0, c.unknown())));
    assertThrows(
        IpamException.class,
        () -> ipam.configure(c -> new IpamConfig(false, true, 5, 0, c.unknown())));
    ipam.configure(c -> new IpamConfig(true, true, 5, 0, c.unknown()));
    assertEquals(5, ipam.settings().maxBlocksPerHost());
  }

  @Test
  void splitting() {
    assertEquals(
        List.of(Cidr.parse("10.0.0.0/25"), Cidr.parse("10.0.0.128/25")),
        PoolSplit.parts(POOL, 2, 26));
    assertEquals(
        Cidr.parse("fd00:0:0:c000::/50"),
        PoolSplit.parts(Cidr.parse("fd00::/48"), 4, 122).getLast());
    for (int parts : new int[] {-4, 0, 1, 3, 8, 1 << 20}) {
      assertThrows(IpamException.class, () -> PoolSplit.parts(POOL, parts, 26), parts + " parts");
    }
  }

  private CheckResult check() {
    return IpamCheck.run(datastore, Instant.now());
  }

  private void assign(String ip, String handle) {
    ipam.assignIp(new AssignIpRequest(Ip.parse(ip), "n1", handle, Map.of("node", "n1"), null));
  }

  private void workload(String name, String network) {
    Resource<?> r =
        ResourceCodec.decode(
            Kinds.WORKLOAD_ENDPOINT,
            Map.of(
                "metadata",
                Map.of("name", name, "namespace", "default"),
                "spec",
                Map.of("node", "n1", "ipNetworks", List.of(network))));
    put(r);
  }

  private void create(Kind<?> kind, String name, Map<String, Object> spec) {
    put(ResourceCodec.decode(kind, Map.of("metadata", Map.of("name", name), "spec", spec)));
  }

  private <S> void put(Resource<S> resource) {
    datastore.create(ResourceKey.of(resource), resource);
  }
}
