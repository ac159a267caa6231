package calico.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Entry;
import calico.datastore.MemoryDatastore;
import calico.model.InterfaceAddress;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import calico.model.resource.NodeSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.node.AddressDetection.HostInterface;
import calico.node.NodeStartup.StartupException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What start-up writes, keeps and refuses, by the environment. */
class NodeStartupTest {
  @TempDir Path root;
  private final MemoryDatastore datastore = new MemoryDatastore();
  private String eth0 = "10.1.0.2/24";

  private NodeSettings settings(String... environment) {
    Map<String, String> map = new HashMap<>(Map.of("NODENAME", "n1"));
    for (String variable : environment) {
      int equals = variable.indexOf('=');
      map.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    return NodeSettings.from(map, "", "host");
  }

  private NodeResource node(String... environment) {
    return new NodeResource(
        datastore,
        settings(environment),
        () ->
            new AddressDetection(
                List.of(new HostInterface("eth0", 2, List.of(InterfaceAddress.parse(eth0)))),
                _ -> Optional.empty()));
  }

  private void start(String... environment) throws Exception {
    new NodeStartup(datastore, settings(environment), node(environment), new NodePaths(root))
        .run(_ -> {});
  }

  private NodeSpec stored(String name) {
    return datastore.get(ResourceKey.of(Kinds.NODE, name)).orElseThrow().value().spec();
  }

  private @Nullable String ipv4(String name) {
    NodeSpec.Bgp bgp = stored(name).bgp();
    return bgp == null ? null : bgp.ipv4Address();
  }

  private @Nullable String as() {
    NodeSpec.Bgp bgp = stored("n1").bgp();
    return bgp == null ? null : String.valueOf(bgp.asNumber());
  }

  private <S> List<String> names(Kind<S> kind) {
    return datastore.list(Query.all(kind)).entries().stream()
        .map(Entry::value)
        .map(r -> r.metadata().name())
        .toList();
  }

  @Test
  void createsWhatAClusterNeeds() throws Exception {
    start("CLUSTER_TYPE=k8s,bgp", "AS=64513", "CALICO_K8S_NODE_REF=k1");
    assertEquals("10.1.0.2/24", ipv4("n1"));
    assertEquals("64513", as());
    assertEquals(List.of(new NodeSpec.OrchRef("k1", "k8s", Unknown.NONE)), stored("n1").orchRefs());
    assertEquals(
        List.of(new NodeSpec.Address("10.1.0.2/24", "CalicoNodeIP", Unknown.NONE)),
        stored("n1").addresses());
    assertEquals(List.of("default", "kube-admin", "kube-baseline"), names(Kinds.TIER));
    assertEquals(List.of("default", "node.n1"), names(Kinds.FELIX_CONFIGURATION));
    assertEquals(List.of("default"), names(Kinds.BGP_CONFIGURATION));
    assertEquals(List.of("default"), names(Kinds.IPAM_CONFIGURATION));
    assertEquals(List.of("default-ipv4-ippool", "default-ipv6-ippool"), names(Kinds.IP_POOL));
    assertEquals("n1", Files.readString(root.resolve("var/lib/calico/nodename")));
    Resource<?> information =
        datastore.get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default")).orElseThrow().value();
    assertTrue(information.spec().toString().contains("k8s,bgp"), information::toString);
  }

  @Test
  void writesNothingTheSecondTime() throws Exception {
    start("AS=64513");
    var before = datastore.list(Query.all(Kinds.NODE)).revision();
    start("AS=64513");
    assertEquals(before, datastore.list(Query.all(Kinds.NODE)).revision());
  }

  @Test
  void addressesFollowTheHostOnlyIfTheyAreDetected() {
    assertTrue(node("IP=autodetect").write());
    eth0 = "10.1.0.77/24";
    assertFalse(node().write(), "the stored one is kept");
    assertTrue(node("IP=autodetect").write());
    assertEquals("10.1.0.77/24", ipv4("n1"));
  }

  @ParameterizedTest
  @CsvSource({
    "IP=10.1.0.2, 10.1.0.2/24", // the subnet is the interface's
    "IP=10.7.0.2, 10.7.0.2/32",
    "IP=10.7.0.2/16, 10.7.0.2/16",
    "IP=autodetect, 10.1.0.2/24",
    "IP=, 10.1.0.2/24"
  })
  void takesTheAddress(String variable, String stored) {
    node(variable).write();
    assertEquals(stored, ipv4("n1"));
  }

  @Test
  void noneKeepsWhatIsStored() {
    node("IP=10.1.0.2").write();
    node("IP=none", "AS=64514").write();
    assertEquals("10.1.0.2/24", ipv4("n1"));
    assertEquals("64514", as());
  }

  @Test
  void aFailedDetectionKeepsWhatIsStored() {
    node("IP=10.1.0.2").write();
    node("IP=autodetect", "IP_AUTODETECTION_METHOD=interface=wlan0").write();
    assertEquals("10.1.0.2/24", ipv4("n1"));
  }

  @Test
  void refusesAnAddressThatAnotherNodeHas() {
    node("NODENAME=other", "IP=10.1.0.77/24").write();
    node("IP=autodetect").write();
    eth0 = "10.1.0.77/16";
    StartupException e = assertThrows(StartupException.class, () -> node("IP=autodetect").write());
    assertTrue(
        String.valueOf(e.getMessage()).contains("10.1.0.77/16, which node other has"),
        e.getMessage());
    assertNull(ipv4("n1"), "the one that was detected before is free for others");
    assertThrows(StartupException.class, () -> node("IP=10.1.0.77/16").write());
    assertTrue(node("IP=autodetect", "DISABLE_NODE_IP_CHECK=true").write());
  }

  @Test
  void policyOnlyLeavesAddressesToOthers() throws Exception {
    start("CALICO_NETWORKING_BACKEND=none", "IP=10.1.0.2");
    assertNull(stored("n1").bgp());
    assertEquals(List.of("default-ipv4-ippool", "default-ipv6-ippool"), names(Kinds.IP_POOL));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          IP=10.1.0.300                    | IP=10.1.0.300 is not an IPv4 address
          IP=2001:db8::1                   | IP=2001:db8::1 is not an IPv4 address
          IP=none                          | n1 has no address for others to reach it: IP=none
          IP6=autodetect                   | n1 has no IPv6 address: IP6_AUTODETECTION_METHOD
          IP_AUTODETECTION_METHOD=newest   | IP_AUTODETECTION_METHOD: address detection method
          AS=sixty                         | AS=sixty
          NODENAME=My_Host                 | metadata.name = 'My_Host': expected at most 253 of a-z
          CALICO_IPV4POOL_CIDR=10.0.0.0/33 | CALICO_IPV4POOL_CIDR=10.0.0.0/33 is not an IPv4 prefix
          CALICO_IPV4POOL_CIDR=fd00::/48   | CALICO_IPV4POOL_CIDR=fd00::/48 is not an IPv4 prefix
          CALICO_IPV4POOL_IPIP=sometimes   | CALICO_IPV4POOL_IPIP=sometimes is not one of Always
          CALICO_IPV6POOL_VXLAN=on         | CALICO_IPV6POOL_VXLAN=on is not one of Always
          CALICO_IPV4POOL_BLOCK_SIZE=19    | CALICO_IPV4POOL_BLOCK_SIZE=19 is not a number from 20
          CALICO_IPV6POOL_BLOCK_SIZE=26    | is not a number from 116 to 128
          CALICO_IPV4POOL_NODE_SELECTOR=a= | CALICO_IPV4POOL_NODE_SELECTOR=a= is not a selector
          """)
  void namesTheVariableThatIsWrong(String variable, String expected) {
    StartupException e = assertThrows(StartupException.class, () -> start(variable));
    assertTrue(String.valueOf(e.getMessage()).contains(expected), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "CALICO_NETWORKING_BACKEND=brid, 'CALICO_NETWORKING_BACKEND=brid is not one of bird, vxlan'",
    "AUTODETECT_POLL_INTERVAL=60, AUTODETECT_POLL_INTERVAL",
    "AUTODETECT_POLL_INTERVAL=0s, AUTODETECT_POLL_INTERVAL=0s must be above 0"
  })
  void refusesSettings(String variable, String expected) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> settings(variable));
    assertTrue(String.valueOf(e.getMessage()).contains(expected), e.getMessage());
  }

  @Test
  void poolsAreAsTheEnvironmentSays() throws Exception {
    assertThrows(
        StartupException.class,
        () -> start("NO_DEFAULT_POOLS=true", "CALICO_IPV4POOL_CIDR=10.65.0.0/16"));
    start("NO_DEFAULT_POOLS=true");
    assertEquals(List.of(), names(Kinds.IP_POOL));
    start(
        "CALICO_IPV4POOL_CIDR=10.65.0.0/16",
        "CALICO_IPV4POOL_IPIP=CrossSubnet",
        "CALICO_IPV4POOL_NAT_OUTGOING=false",
        "CALICO_IPV4POOL_BLOCK_SIZE=28",
        "CALICO_IPV4POOL_NODE_SELECTOR=has(rack)",
        "CALICO_IPV6POOL_CIDR=none");
    assertEquals(List.of("default-ipv4-ippool"), names(Kinds.IP_POOL));
    var pool =
        datastore
            .get(ResourceKey.of(Kinds.IP_POOL, "default-ipv4-ippool"))
            .orElseThrow()
            .value()
            .spec();
    assertEquals("10.65.0.0/16", pool.cidr());
    assertEquals("CrossSubnet", pool.ipipMode());
    assertEquals("Never", pool.vxlanMode());
    assertFalse(Boolean.TRUE.equals(pool.natOutgoing()));
    assertEquals(28, pool.blockSize());
    assertEquals("has(rack)", pool.nodeSelector());
    start("FELIX_IPV6SUPPORT=false");
    assertEquals(List.of("default-ipv4-ippool"), names(Kinds.IP_POOL), "no IPv6");
    start();
    assertEquals(List.of("default-ipv4-ippool", "default-ipv6-ippool"), names(Kinds.IP_POOL));
  }
}
