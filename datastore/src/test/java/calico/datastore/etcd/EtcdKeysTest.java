package calico.datastore.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.key.IpamKey;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.Kinds;
import org.junit.jupiter.api.Test;

/** The paths were recorded from upstream. */
class EtcdKeysTest {
  private static final String RESOURCES = "/calico/resources/v3/projectcalico.org/";
  private static final Cidr V4 = Cidr.parse("10.133.149.0/26");
  private static final Cidr V6 = Cidr.parse("fd00:128::40/122");

  /** A key, its path, and a query that names it. */
  private static void check(String path, Key<?> key, Query<?> query) {
    assertEquals(path, EtcdKeys.path(key));
    assertEquals(key, EtcdKeys.key(query, path));
    assertTrue(path.startsWith(EtcdKeys.prefix(query)), () -> EtcdKeys.prefix(query));
  }

  @Test
  void globalResources() {
    check(
        RESOURCES + "ippools/pool-v4",
        ResourceKey.of(Kinds.IP_POOL, "pool-v4"),
        Query.all(Kinds.IP_POOL));
    check(
        RESOURCES + "felixconfigurations/node.node-a",
        ResourceKey.of(Kinds.FELIX_CONFIGURATION, "node.node-a"),
        Query.all(Kinds.FELIX_CONFIGURATION));
    check(
        RESOURCES + "globalnetworkpolicies/security.block-bad",
        ResourceKey.of(Kinds.GLOBAL_NETWORK_POLICY, "security.block-bad"),
        Query.all(Kinds.GLOBAL_NETWORK_POLICY));
    check(
        RESOURCES + "ippools/pool-v4",
        ResourceKey.of(Kinds.IP_POOL, "pool-v4"),
        new Query.Resources<>(Kinds.IP_POOL, null, "pool-"));
  }

  @Test
  void namespacedResources() {
    ResourceKey<?> key = ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "node--a-k8s-web--1-eth0");
    String path = RESOURCES + "workloadendpoints/shop/node--a-k8s-web--1-eth0";
    check(path, key, Query.all(Kinds.WORKLOAD_ENDPOINT));
    check(path, key, Query.in(Kinds.WORKLOAD_ENDPOINT, "shop"));
    check(path, key, new Query.Resources<>(Kinds.WORKLOAD_ENDPOINT, "shop", "node--a-"));
    check(path, key, new Query.Resources<>(Kinds.WORKLOAD_ENDPOINT, null, "node--a-"));
    assertEquals(
        RESOURCES + "workloadendpoints/shop/",
        EtcdKeys.prefix(Query.in(Kinds.WORKLOAD_ENDPOINT, "shop")));
  }

  @Test
  void ipam() {
    String i = "/calico/ipam/v2/";
    check(
        i + "assignment/ipv4/block/10.133.149.0-26",
        new IpamKey.Block(V4),
        new Query.Blocks(Family.IPV4));
    check(
        i + "assignment/ipv6/block/fd00:128::40-122",
        new IpamKey.Block(V6),
        new Query.Blocks(null));
    check(
        i + "host/node1/ipv4/block/10.133.149.0-26",
        IpamKey.Affinity.ofHost("node1", V4),
        new Query.Affinities("host", "node1", Family.IPV4));
    check(
        i + "host/node1/ipv6/block/fd00:128::40-122",
        IpamKey.Affinity.ofHost("node1", V6),
        new Query.Affinities("host", null, Family.IPV6));
    check(
        i + "handle/k8s-pod-network.cid000000",
        new IpamKey.Handle("k8s-pod-network.cid000000"),
        new Query.Handles());
    check(i + "config", new IpamKey.Config(), new Query.Config());
    check(
        i + "virtual/load-balancer/ipv4/block/10.133.149.0-26",
        new IpamKey.Affinity("virtual", "load-balancer", V4),
        new Query.Affinities("virtual", "load-balancer", Family.IPV4));
  }

  @Test
  void statuses() {
    assertEquals(
        "/calico/felix/v2/no-region/host/h1/status",
        EtcdKeys.path(new StatusKey.Felix(StatusKey.NO_REGION, "h1")));
    assertEquals(
        "/calico/felix/v2/region-r/host/h1/last_reported_status",
        EtcdKeys.path(new StatusKey.LastReported("region-r", "h1")));
    check(
        "/calico/felix/v2/no-region/host/h1/workload/k8s/shop%2fweb-1/endpoint/eth0",
        new StatusKey.Workload("no-region", "h1", "k8s", "shop/web-1", "eth0"),
        new Query.WorkloadStatuses("no-region", "h1"));
    check(
        "/calico/felix/v1/host/h1/endpoint/a%2fb%252f",
        new StatusKey.Host("h1", "a/b%2f"), new Query.HostStatuses("h1"));
  }

  @Test
  void pathsThatQueryDoesNotName() {
    Query<?> weps = Query.all(Kinds.WORKLOAD_ENDPOINT);
    for (String tail : new String[] {"a", "a/", "/b", "a/b/c", ""}) {
      assertNull(EtcdKeys.key(weps, RESOURCES + "workloadendpoints/" + tail), tail);
    }
    assertNull(EtcdKeys.key(weps, RESOURCES + "networksets/a/b"));
    assertNull(EtcdKeys.key(Query.all(Kinds.TIER), RESOURCES + "tiers/a/b"));
    String i = "/calico/ipam/v2/";
    Query<?> blocks = new Query.Blocks(null);
    assertNull(EtcdKeys.key(blocks, i + "assignment/ipv6/block/10.0.0.0-26"));
    assertNull(EtcdKeys.key(blocks, i + "assignment/ipv4/block/10.0.0.0"));
    assertNull(EtcdKeys.key(blocks, i + "assignment/ipv4/rubbish/10.0.0.0-26"));
    Query<?> hosts = new Query.Affinities("host", null, null);
    assertNull(EtcdKeys.key(hosts, i + "host/h/ipv4/block/x-26"));
    assertNull(EtcdKeys.key(hosts, i + "virtual/h/ipv4/block/10.0.0.0-26"));
    assertNull(
        EtcdKeys.key(
            new Query.WorkloadStatuses("no-region", "h"),
            "/calico/felix/v2/no-region/host/h/workload/k8s/w/rubbish/eth0"));
  }

  @Test
  void prefixRangeEndsBehindTheLastKeyOfThePrefix() {
    assertEquals(
        new EtcdClient.Range("/calico/a/", "/calico/a0"), EtcdClient.Range.prefix("/calico/a/"));
  }
}
