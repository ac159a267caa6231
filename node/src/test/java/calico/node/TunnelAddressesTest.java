package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.ipam.Ipam;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.ipam.AllocationBlock;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NodeSpec;
import calico.model.resource.NodeStatus;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When a node gets an address for a tunnel, keeps it, and gives it back. */
class TunnelAddressesTest {
  private static final ResourceKey<NodeSpec> NODE = ResourceKey.of(Kinds.NODE, "n1");

  private final MemoryDatastore datastore = new MemoryDatastore();
  private final Ipam ipam = new Ipam(datastore, Clock.systemUTC(), new Random(1));
  private final TunnelAddresses addresses = new TunnelAddresses(datastore, ipam, "n1", false);

  TunnelAddressesTest() {
    Resource<NodeSpec> node =
        Resource.of(
            Kinds.NODE,
            Metadata.named("n1").withLabels(Map.of("rack", "1")),
            new NodeSpec(null, null, null, null, null, null, null, null, null, Unknown.NONE));
    datastore.put(NODE, node, null);
  }

  @AfterEach
  void close() {
    addresses.close();
  }

  private void pool(
      String name, String cidr, String vxlan, String ipip, String selector, List<String> uses) {
    Resource<IpPoolSpec> pool =
        Resource.of(
            Kinds.IP_POOL,
            Metadata.named(name),
            new IpPoolSpec(
                cidr,
                vxlan,
                ipip,
                null,
                null,
                null,
                null,
                selector,
                null,
                uses,
                null,
                Unknown.NONE));
    datastore.put(ResourceKey.of(pool), pool, null);
  }

  private void pool(String name, String cidr, String vxlan) {
    pool(name, cidr, vxlan, "Never", "all()", List.of("Workload", "Tunnel"));
  }

  private void delete(String pool) {
    datastore.delete(ResourceKey.of(Kinds.IP_POOL, pool), null);
  }

  private NodeSpec node() {
    return datastore.get(NODE).orElseThrow().value().spec();
  }

  private @Nullable String vxlan() {
    return node().ipv4VXLANTunnelAddr();
  }

  @Test
  void eachTunnelGetsAnAddressFromAPoolThatUsesIt() {
    pool("a", "10.1.0.0/16", "Never");
    pool("b", "10.2.0.0/16", "CrossSubnet");
    pool("c", "10.3.0.0/16", "Never", "Always", "all()", List.of("Workload", "Tunnel"));
    pool("d", "fd00::/64", "Always");
    addresses.ensure();
    String v4 = vxlan();
    assertNotNull(v4);
    assertTrue(Cidr.parse("10.2.0.0/16").contains(Ip.parse(v4)));
    String v6 = node().ipv6VXLANTunnelAddr();
    assertNotNull(v6);
    assertTrue(Cidr.parse("fd00::/64").contains(Ip.parse(v6)));
    NodeSpec.Bgp bgp = node().bgp();
    assertNotNull(bgp);
    assertTrue(
        Cidr.parse("10.3.0.0/16").contains(Ip.parse(String.valueOf(bgp.ipv4IPIPTunnelAddr()))));
    assertEquals(List.of(Ip.parse(v4)), ipam.ipsByHandle("vxlan-tunnel-addr-n1"));
    assertEquals(List.of(Ip.parse(v6)), ipam.ipsByHandle("vxlan-v6-tunnel-addr-n1"));
    assertEquals(1, ipam.ipsByHandle("ipip-tunnel-addr-n1").size());
    NodeSpec before = node();
    addresses.ensure();
    assertEquals(before, node());
  }

  @Test
  void anAddressOutsideOfThePoolsIsExchangedAndWithoutPoolsReleased() {
    pool("b", "10.2.0.0/16", "Always");
    addresses.ensure();
    String first = String.valueOf(vxlan());
    pool("c", "10.3.0.0/16", "Always");
    addresses.ensure();
    assertEquals(first, vxlan(), "what it has is still good");
    delete("b");
    addresses.ensure();
    assertTrue(String.valueOf(vxlan()).startsWith("10.3."));
    assertEquals(
        List.of(Ip.parse(String.valueOf(vxlan()))), ipam.ipsByHandle("vxlan-tunnel-addr-n1"));
    delete("c");
    addresses.ensure();
    assertNull(vxlan());
    assertEquals(List.of(), ipam.ipsByHandle("vxlan-tunnel-addr-n1"));
  }

  @Test
  void whatIsWrongInOnePoolConcernsNoOther() {
    pool("a", "10.1.0/16", "Always");
    pool("b", "10.2.0.0/16", "Always", "Never", "rack = '1'", List.of());
    pool("c", "10.3.0.0/27", "Always"); // smaller than a block
    addresses.ensure();
    assertNull(vxlan());
    pool("d", "10.4.0.0/16", "Always");
    addresses.ensure();
    assertTrue(String.valueOf(vxlan()).startsWith("10.4."), vxlan());
  }

  @Test
  void poolsForOtherNodesOrUsesDoNotCount() {
    pool("b", "10.2.0.0/16", "Always", "Never", "rack == '2'", List.of("Workload", "Tunnel"));
    pool("c", "10.3.0.0/16", "Always", "Never", "all()", List.of("Workload"));
    addresses.ensure();
    assertNull(vxlan());
    pool("b", "10.2.0.0/16", "Always", "Never", "rack == '1'", List.of("Tunnel"));
    addresses.ensure();
    assertTrue(String.valueOf(vxlan()).startsWith("10.2."));
  }

  private void publish(@Nullable String key) {
    Resource<NodeSpec> node = datastore.get(NODE).orElseThrow().value();
    NodeStatus status = NodeStatus.of(node).withPublicKey(Family.IPV4, key);
    datastore.put(NODE, node.withStatus(status.toTree()), null);
  }

  private @Nullable String wireguard() {
    NodeSpec.Wireguard devices = node().wireguard();
    return devices == null ? null : devices.interfaceIPv4Address();
  }

  @Test
  void wireguardGetsAnAddressFromAnyPoolWhileItRuns() {
    pool("b", "10.2.0.0/16", "Never");
    pool("c", "fd00::/64", "Never");
    addresses.ensure();
    assertNull(wireguard(), "nothing runs");
    publish("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    addresses.ensure();
    String ip = String.valueOf(wireguard());
    assertTrue(Cidr.parse("10.2.0.0/16").contains(Ip.parse(ip)));
    assertEquals(List.of(Ip.parse(ip)), ipam.ipsByHandle("wireguard-tunnel-addr-n1"));
    assertEquals(Map.of("node", "n1", "type", "wireguardTunnelAddress"), attributes(Ip.parse(ip)));
    NodeSpec.Wireguard devices = node().wireguard();
    assertNotNull(devices);
    assertNull(devices.interfaceIPv6Address(), "that one has no key");
    publish(null);
    addresses.ensure();
    assertNull(node().wireguard());
    assertEquals(List.of(), ipam.ipsByHandle("wireguard-tunnel-addr-n1"));
  }

  @Test
  void wireguardHasTheHostsAddressWhereHostsAreEncrypted() {
    pool("b", "10.2.0.0/16", "Never");
    publish("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
    try (TunnelAddresses hosts = new TunnelAddresses(datastore, ipam, "n1", true)) {
      hosts.ensure();
    }
    assertNull(wireguard());
  }

  private Map<String, String> attributes(Ip ip) {
    for (var entry : datastore.list(new Query.Blocks(null)).entries()) {
      AllocationBlock block = entry.value();
      if (block.cidr().contains(ip)) {
        for (int i = 0; i < block.allocations().size(); i++) {
          Integer index = block.allocations().get(i);
          if (index != null && block.cidr().address().plus(i).equals(ip)) {
            return block.attributes().get(index).secondary();
          }
        }
      }
    }
    return Map.of();
  }

  @Test
  void changesOfPoolsAreFollowed() {
    addresses.start();
    pool("b", "10.2.0.0/16", "Always");
    await(true);
    delete("b");
    await(false);
  }

  private void await(boolean present) {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while ((vxlan() != null) != present) {
      assertTrue(System.nanoTime() < deadline, "not within ten seconds: " + node());
      LockSupport.parkNanos(1_000_000);
    }
  }
}
