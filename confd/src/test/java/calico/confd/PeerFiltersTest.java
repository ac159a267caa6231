package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.BirdCluster.established;
import static calico.confd.BirdCluster.show;
import static calico.confd.Resources.CONFIRMED;
import static calico.confd.Resources.block;
import static calico.confd.Resources.node;
import static calico.confd.Resources.pool;
import static calico.confd.Resources.resource;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.resource.Resource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What filters and options do to routes and sessions of two real BIRDs of different AS. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PeerFiltersTest {
  @TempDir Path directory;

  private final List<Confd> confds = new ArrayList<>();
  private BirdCluster cluster;

  @BeforeEach
  void populate() throws Exception {
    cluster = new BirdCluster(2, directory);
    put(resource("BGPConfiguration", "default", "{nodeToNodeMeshEnabled: false}"));
    put(node("n1", "10.99.0.1/24", "fd99::1/64", 64601L, null, Map.of()));
    put(node("n2", "10.99.0.2/24", "fd99::2/64", 64602L, null, Map.of()));
    put(pool("v4", "10.65.0.0/16", "Never", false));
    for (String cidr : List.of("10.65.2.0/26", "10.65.2.64/26", "10.65.2.128/27")) {
      cluster.datastore.create(block("n2", cidr), CONFIRMED);
    }
    put(resource("BGPPeer", "one", "{node: n2, peerIP: 10.99.0.1, asNumber: 64601}"));
  }

  @AfterEach
  void cleanUp() throws Exception {
    cluster.close();
  }

  private void put(Resource<?> resource) {
    cluster.put(resource);
  }

  /** n1's side of the session, with a filter of these rules. */
  private void filter(String rules) {
    put(resource("BGPFilter", "f", rules));
    put(resource("BGPPeer", "two", "{node: n1, peerIP: 10.99.0.2, asNumber: 64602, filters: [f]}"));
  }

  private void start() {
    for (int i = 1; i <= 2; i++) {
      confds.add(cluster.confd(i, cluster.bird(i)));
    }
  }

  private String routes() throws Exception {
    return cluster.fabric.ipAt(1, "-4", "route");
  }

  @Test
  void importRulesChooseRoutesAndTheirPriority() throws Exception {
    filter(
        """
        {importV4: [
          {cidr: 10.65.2.0/26, matchOperator: Equal, action: Reject},
          {cidr: 10.65.2.0/24, matchOperator: In, prefixLength: {min: 27}, asPathPrefix: [64602],
           action: Accept, operations: [{setPriority: {value: 777}}]}]}
        """);
    start();
    Await.until("the changed route", SOON, () -> line("10.65.2.128/27").contains("metric 777"));
    Await.until("the other", SOON, () -> !line("10.65.2.64/26").isEmpty());
    assertFalse(line("10.65.2.64/26").contains("metric 777"), routes());
    assertFalse(routes().contains("10.65.2.0/26"), routes());

    filter("{importV4: [{cidr: 10.65.2.64/26, matchOperator: NotEqual, action: Reject}]}");
    Await.until("withdrawal", SOON, () -> line("10.65.2.128/27").isEmpty());
    assertTrue(routes().contains("10.65.2.64/26"), routes());
    assertFalse(routes().contains("10.65.2.0/26"), routes());
  }

  private String line(String destination) throws Exception {
    return routes().lines().filter(l -> l.startsWith(destination)).findFirst().orElse("");
  }

  @Test
  void whatIsAddedToARouteIsSeenByThePeer() throws Exception {
    put(
        resource(
            "BGPConfiguration",
            "default",
            """
            {nodeToNodeMeshEnabled: false, communities: [{name: fast, value: '65000:7'}],
             prefixAdvertisements: [{cidr: 10.65.2.0/24, communities: [fast, '65000:1:2']}]}
            """));
    put(
        resource(
            "BGPFilter",
            "adds",
            """
            {exportV4: [{cidr: 10.65.2.0/25, matchOperator: In, action: Accept, operations: [
              {addCommunity: {value: '65000:200'}}, {addCommunity: {value: '4200000000:3:4'}},
              {prependASPath: {prefix: [65010, 65011]}}]}]}
            """));
    String local = "asNumber: 64601, localASNumber: 64777, filters: [adds]";
    put(resource("BGPPeer", "one", "{node: n2, peerIP: 10.99.0.1, " + local + "}"));
    put(resource("BGPPeer", "two", "{node: n1, peerIP: 10.99.0.2, asNumber: 64777}"));
    start();
    Await.until("all routes", SOON, () -> !line("10.65.2.128/27").isEmpty());
    String added = "64777 65010 65011; (65000,200); (4200000000, 3, 4)";
    assertEquals(added, attributes("10.65.2.0/26"));
    assertEquals(added, attributes("10.65.2.64/26"));
    assertEquals("64777; (65000,7); (65000, 1, 2)", attributes("10.65.2.128/27"));
  }

  /** AS path and communities of a route that n1 has. */
  private String attributes(String prefix) throws Exception {
    return show(cluster.birds.getFirst(), prefix)
        .lines()
        .map(String::strip)
        .filter(l -> l.matches("BGP\\.(as_path|(large_)?community): .*"))
        .map(l -> l.substring(l.indexOf(' ') + 1))
        .collect(Collectors.joining("; "));
  }

  @Test
  void packetsOfAPeerWithoutTtlSecurityAreDropped() throws Exception {
    String secured = "{node: n1, peerIP: 10.99.0.2, asNumber: 64602, ttlSecurity: 1}";
    put(resource("BGPPeer", "two", secured));
    start();
    Await.until("drops", SOON, () -> dropsForTtl() > 0);
    assertEquals(0, established(cluster.birds.getFirst()));
  }

  private long dropsForTtl() throws Exception {
    String namespace = cluster.fabric.namespace(1);
    List<String> command = List.of("ip", "netns", "exec", namespace, "cat", "/proc/net/netstat");
    List<String> lines = ShortCommand.run(command).words().lines().toList();
    int counter = List.of(lines.get(0).split(" ")).indexOf("TCPMinTTLDrop");
    return Long.parseLong(lines.get(1).split(" ")[counter]);
  }

  @Test
  void aFilterThatIsRefusedRejectsEverything() throws Exception {
    filter("{importV4: [{cidr: 10.65.9.0/24, matchOperator: In, action: Reject}]}");
    start();
    Await.until("a route", SOON, () -> routes().contains("10.65.2.0/26"));
    filter(
        """
        {importV4: [
          {cidr: 10.65.9.0/24, matchOperator: In, prefixLength: {max: 8}, action: Reject}]}
        """);
    Await.until("nothing", SOON, () -> !routes().contains("10.65.2."));
    Await.until("a fault", SOON, () -> !confds.getFirst().status().faults().isEmpty());
    String faults = confds.getFirst().status().faults().toString();
    assertTrue(faults.contains("BGPFilter(f): spec.importV4[0].prefixLength"), faults);
    assertTrue(confds.getFirst().status().healthy());
  }
}
