package calico.ipam;

import static calico.ipam.Cluster.count;
import static calico.ipam.Cluster.one;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import calico.model.Cidr;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What is said when there is no address: the pools, the blocks tried, and the setting that limits.
 */
class IpamErrorsTest {
  private final Cluster cluster = new Cluster().node("n1").node("n2");

  private void falls(AssignRequest request, String message) {
    assertEquals(List.of(message), cluster.ipam().autoAssign(request).shortfalls());
  }

  private void fails(AssignRequest request, String message) {
    IpamException e = assertThrows(IpamException.class, () -> cluster.ipam().autoAssign(request));
    assertEquals(message, e.getMessage());
  }

  @Test
  void strictAffinity() {
    cluster.pool("p", "10.0.0.0/30", 30).config(true, true, 0, 0);
    cluster.ipam().autoAssign(one("n1", "a"));
    falls(
        one("n2", "b"),
        "assigned 0 of 1 IPV4 addresses to node n2 for handle b from pools [p (10.0.0.0/30)], blocks"
            + " tried []: no block is left to claim and the IPAM setting strictAffinity=true keeps it"
            + " from using blocks of other nodes");
  }

  @Test
  void maxBlocksPerHost() {
    cluster.pool("p", "10.0.0.0/24", 24 + 6).config(true, true, 1, 0);
    Cidr own = cluster.ipam().ensureBlock("n1", Cidr.parse("10.0.0.0/24"));
    falls(
        count("n1", "a", 5),
        "assigned 4 of 5 IPV4 addresses to node n1 for handle a from pools [p (10.0.0.0/24)], blocks"
            + " tried ["
            + own
            + "]: it has 1 blocks and maxBlocksPerHost is 1");
  }

  @Test
  void autoAllocateBlocks() {
    cluster.pool("p", "10.0.0.0/24", 26).config(true, false, 0, 0);
    falls(
        one("n1", "a"),
        "assigned 0 of 1 IPV4 addresses to node n1 for handle a from pools [p (10.0.0.0/24)], blocks"
            + " tried []: the IPAM setting autoAllocateBlocks=false keeps it from claiming a block");
  }

  @Test
  void reservationsAndCooldown() {
    cluster.pool("p", "10.0.0.0/30", 30).reserve("10.0.0.0/31", "10.9.0.0/16");
    falls(
        count("n1", "a", 3),
        "assigned 2 of 3 IPV4 addresses to node n1 for handle a from pools [p (10.0.0.0/30)], blocks"
            + " tried [10.0.0.0/30]: they have no free address left (IPReservations keep back"
            + " [10.0.0.0/31]); add an IPPool or release addresses");
    cluster.config(true, true, 0, 30);
    cluster.ipam().releaseByHandle("a");
    falls(
        one("n1", "b"),
        "assigned 0 of 1 IPV4 addresses to node n1 for handle b from pools [p (10.0.0.0/30)], blocks"
            + " tried [10.0.0.0/30]: no block is left to claim and the IPAM setting"
            + " strictAffinity=true keeps it from using blocks of other nodes (IPReservations keep"
            + " back [10.0.0.0/31]; the IPAM setting ipCooldownSeconds=30 keeps back what was just"
            + " released)");
  }

  @Test
  void poolsThatDoNotFit() {
    fails(
        one("n1", "a"), "no IPV4 address for node n1: there is no enabled IPV4 IPPool; create one");
    cluster.pool("p", "10.0.0.0/24", 26, "gpu == 'yes'", null, List.of("Workload"), null);
    fails(
        one("n1", "a"),
        "no IPV4 address for node n1: none of the pools [p (10.0.0.0/24)] selects it by nodeSelector"
            + " and the workload by namespaceSelector");
    cluster.pool("p", "10.0.0.0/24", 26, null, null, List.of("Tunnel"), null);
    fails(
        one("n1", "a"),
        "no IPV4 address for node n1: none of the pools [p (10.0.0.0/24)] has Workload among its"
            + " allowedUses");
    fails(
        one("n1", "a").withPools(List.of(Cidr.parse("10.7.0.0/24"))),
        "the requested pool 10.7.0.0/24 does not exist or is disabled; the enabled ones are [p"
            + " (10.0.0.0/24)]");
  }

  @Test
  void whatIsWrongIsPassedOverAndTheRestServes() {
    cluster
        .pool("a", "10.0.0/24", 26)
        .pool("b", "10.1.0.0/24", 20)
        .pool("c", "10.2.0.0/24", 26, "zone = 'x'", null, null, null)
        .pool("d", "10.3.0.0/24", 26, null, "((", null, null);
    fails(
        one("n1", "a"), "no IPV4 address for node n1: there is no enabled IPV4 IPPool; create one");
    cluster.pool("e", "10.4.0.0/30", 30).reserve("10.4.0.300", "10.4.0.0/31");
    Assignment two = cluster.ipam().autoAssign(count("n1", "a", 2));
    assertEquals("[10.4.0.2/30, 10.4.0.3/30]", two.addresses().toString());
    assertEquals(
        List.of(),
        cluster
            .ipam()
            .release(List.of(new ReleaseRequest(two.addresses().getFirst().ip(), "a", null))));
  }

  @Test
  void noBlockToEnsure() {
    cluster.pool("p", "10.0.0.0/30", 30);
    cluster.ipam().autoAssign(one("n1", "a"));
    IpamException e =
        assertThrows(
            IpamException.class, () -> cluster.ipam().ensureBlock("n2", Cidr.parse("10.0.0.0/30")));
    assertEquals(
        "node n2 has no block in pools [p (10.0.0.0/30)] and none is left to claim",
        e.getMessage());
  }
}
