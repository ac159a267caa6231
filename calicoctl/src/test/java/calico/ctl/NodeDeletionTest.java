package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.ClusterInit;
import calico.datastore.Entry;
import calico.datastore.MemoryDatastore;
import calico.ipam.AssignRequest;
import calico.ipam.Ipam;
import calico.ipam.Use;
import calico.model.Family;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes with a node, and what stays. */
class NodeDeletionTest {
  private static final String TWO_NODES =
      Stream.of("one", "two")
          .map(
              n ->
                  """
                  - {apiVersion: projectcalico.org/v3, kind: Node, metadata: {name: NODE}}
                  - {apiVersion: projectcalico.org/v3, kind: BGPPeer, metadata: {name: peer-NODE},
                     spec: {node: NODE, peerIP: 192.0.2.1, asNumber: 64512}}
                  - {apiVersion: projectcalico.org/v3, kind: HostEndpoint, metadata: {name: hep-NODE},
                     spec: {node: NODE, interfaceName: "*"}}
                  - {apiVersion: projectcalico.org/v3, kind: FelixConfiguration,
                     metadata: {name: node.NODE}}
                  - {apiVersion: projectcalico.org/v3, kind: BGPConfiguration,
                     metadata: {name: node.NODE}, spec: {logSeverityScreen: Info}}
                  - {apiVersion: projectcalico.org/v3, kind: WorkloadEndpoint,
                     metadata: {name: NODE-cni-c-eth0},
                     spec: {node: NODE, orchestrator: cni, containerID: c, endpoint: eth0,
                            interfaceName: cali1, ipNetworks: [ADDRESS]}}
                  """
                      .replace("NODE", n))
          .reduce("", String::concat);

  private final MemoryDatastore datastore = new MemoryDatastore();
  private final Ipam ipam = new Ipam(datastore, Clock.systemUTC(), new Random(1));

  @BeforeEach
  void store() {
    ClusterInit.ensure(datastore, ClusterInit.Options.MISSING_ONLY);
    apply(
        "{apiVersion: projectcalico.org/v3, kind: IPPool, metadata: {name: p}, spec: {cidr:"
            + " 10.0.0.0/16}}");
    apply(TWO_NODES.replace(", ipNetworks: [ADDRESS]", ""));
    String text = TWO_NODES;
    for (String node : List.of("one", "two")) {
      assign(node, "vxlan-tunnel-addr-" + node, Use.TUNNEL);
      text = text.replaceFirst("ADDRESS", assign(node, "workload-" + node, Use.WORKLOAD));
    }
    apply(text);
  }

  @Test
  void everythingOfItsOwnGoes() {
    List<Key<?>> before = keys();
    Console dryRun = Console.run(datastore, "delete", "node", "one", "--dry-run");
    assertTrue(dryRun.out().contains("with that: HostEndpoint(hep-one): deleted"), dryRun.out());
    assertTrue(
        dryRun.out().contains("with that: handle vxlan-tunnel-addr-one: deleted"), dryRun.out());
    assertEquals(before, keys());

    Console c = Console.run(datastore, "delete", "node", "one");
    assertEquals("Successfully deleted 1 'Node' resource(s)\n", c.out(), c.err());
    List<String> left = keys().stream().map(Rehearsal::describe).toList();
    assertEquals(List.of(), left.stream().filter(k -> k.contains("one")).toList());
    assertEquals(
        before.stream().map(Rehearsal::describe).filter(k -> k.contains("two")).toList(),
        left.stream().filter(k -> k.contains("two")).toList());
    assertEquals(1, datastore.list(new Query.Blocks(null)).entries().size());
  }

  @Test
  void whatIsLeftOfANodeThatHasGoneGoesToo() {
    Console.run(datastore, "delete", "node", "one");
    assign("one", "vxlan-tunnel-addr-one", Use.TUNNEL);
    Console c = Console.run(datastore, "delete", "node", "one");
    assertTrue(c.err().contains("resource does not exist: Node(one)"), c.err());
    assertEquals(1, datastore.list(new Query.Blocks(null)).entries().size());
  }

  @Test
  void anotherVersionOfTheNodeKeepsEverything() {
    List<Key<?>> before = keys();
    Console c =
        Console.runWithInput(
            datastore,
            "{apiVersion: projectcalico.org/v3, kind: Node, metadata: {name: one, resourceVersion:"
                + " '1'}}",
            "delete",
            "-f",
            "-");
    assertTrue(c.err().contains("update conflict: Node(one)"), c.err());
    assertEquals(before, keys());
  }

  private String assign(String node, String handle, Use use) {
    return ipam.autoAssign(
                new AssignRequest(
                    node,
                    handle,
                    Map.of(),
                    Map.of(Family.IPV4, 1),
                    List.of(),
                    Map.of(),
                    Map.of(),
                    use,
                    0))
            .addresses()
            .getFirst()
            .ip()
        + "/32";
  }

  private void apply(String text) {
    Console c = Console.runWithInput(datastore, text, "apply", "-f", "-");
    assertEquals(0, c.status(), c.err());
  }

  /** Of everything that is stored. */
  private List<Key<?>> keys() {
    List<Key<?>> out = new ArrayList<>();
    for (Kind<?> kind : Kinds.all()) {
      out.addAll(keys(Query.all(kind)));
    }
    for (Query<?> query :
        List.of(
            new Query.Blocks(null),
            new Query.Affinities("host", null, null),
            new Query.Handles())) {
      out.addAll(keys(query));
    }
    return out;
  }

  private <V> List<Key<V>> keys(Query<V> query) {
    return datastore.list(query).entries().stream().map(Entry::key).toList();
  }
}
