package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.MemoryDatastore;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import org.junit.jupiter.api.Test;

/** Rules between the documents of one file: all of it can be written, or none of it is. */
class WholeFileTest {
  private static final String SET =
      """
      apiVersion: projectcalico.org/v3
      kind: GlobalNetworkSet
      metadata: {name: good}
      spec: {}
      ---
      """;

  private final MemoryDatastore datastore = new MemoryDatastore();

  @Test
  void poolsOfOneFileDoNotOverlap() {
    for (String verb : new String[] {"apply", "create"}) {
      Console c = write(verb, SET + pool("a", "10.0.0.0/16") + pool("b", "10.0.128.0/17"));
      assertTrue(
          c.err()
              .startsWith(
                  "Error: standard input:11: IPPool(b): error with field spec.cidr = '10.0.128.0/17'"
                      + " (overlaps with IPPool(a), 10.0.0.0/16)\nError: 1 problem(s)"),
          c.err());
      assertEquals("", c.out());
      assertEquals(1, c.status());
      assertEquals(0, datastore.list(Query.all(Kinds.GLOBAL_NETWORK_SET)).entries().size());
      assertEquals(0, datastore.list(Query.all(Kinds.IP_POOL)).entries().size());
    }
  }

  @Test
  void aMissingTierStopsTheWholeFile() {
    Console c = write("apply", SET + policy("red") + policy("blue"));
    assertTrue(c.err().contains("spec.tier = 'red'") && c.err().contains("2 problem(s)"), c.err());
    assertEquals(0, datastore.list(Query.all(Kinds.GLOBAL_NETWORK_SET)).entries().size());
  }

  @Test
  void theTierMayBeInTheFileEvenAfterThePolicy() {
    String tier =
        "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: red}\nspec: {order: 5}\n---\n";
    Console c = write("apply", policy("red") + tier);
    assertEquals("Successfully applied 2 resource(s)\n", c.out(), c.err());
    assertEquals(
        "Successfully deleted 2 resource(s)\n", write("delete", tier + policy("red")).out());
  }

  @Test
  void whatExistsIsNotPlannedToBeCreated() {
    assertEquals(0, write("apply", pool("a", "10.0.0.0/16")).status());
    Console c =
        Console.runWithInput(
            datastore, pool("a", "10.9.0.0/16"), "create", "--skip-exists", "-f", "-");
    assertEquals(0, c.status(), c.err());
    assertTrue(write("create", pool("a", "10.9.0.0/16")).err().contains("already exists"));
    assertTrue(write("replace", pool("b", "10.0.0.0/16")).err().contains("does not exist"));
  }

  @Test
  void theSameResourceTwiceIsDoubtful() {
    Console c = write("apply", SET + SET);
    assertEquals("Successfully applied 2 'GlobalNetworkSet' resource(s)\n", c.out());
    assertTrue(
        c.err().startsWith("Warning: standard input:6: GlobalNetworkSet(good): the input has"),
        c.err());
  }

  @Test
  void peersNeedTheirFilters() {
    String filter = document("BGPFilter", "f", "exportV4: [{action: Accept}]");
    String peer = document("BGPPeer", "p", "peerIP: 192.0.2.1, asNumber: 64512, filters: [f]");
    Console c = write("apply", SET + peer);
    assertTrue(
        c.err().contains("BGPPeer(p): error with field spec.filters = 'f' (there is no such"),
        c.err());
    assertEquals(0, datastore.list(Query.all(Kinds.GLOBAL_NETWORK_SET)).entries().size());
    assertEquals("Successfully applied 2 resource(s)\n", write("apply", peer + filter).out());
  }

  @Test
  void stagedPoliciesAreInTiersToo() {
    String staged = policy("red").replace("kind: Gl", "kind: StagedGl");
    assertTrue(write("apply", staged).err().contains("spec.tier = 'red'"));
    String tier = document("Tier", "red", "order: 5");
    assertEquals(0, write("apply", staged + tier).status());
    Console c = write("delete", tier);
    assertTrue(
        c.err().contains("it has policies such as StagedGlobalNetworkPolicy(p-red)"), c.err());
    assertEquals(0, write("delete", tier + staged).status());
  }

  @Test
  void aPolicyWhoseTierHasGoneCanStillBeChanged() {
    String tier = document("Tier", "red", "order: 5");
    assertEquals(0, write("apply", tier + policy("red")).status());
    datastore.delete(ResourceKey.of(Kinds.TIER, "red"), null);
    assertEquals(0, write("apply", policy("red").replace("all()", "has(x)")).status());
    String moved = policy("red").replace("tier: red", "tier: blue");
    assertTrue(write("apply", moved).err().contains("spec.tier = 'blue'"));
  }

  @Test
  void aPoolForLoadBalancersStaysOne() {
    String pool =
        document(
            "IPPool", "lb", "cidr: 10.0.0.0/16, nodeSelector: all(), allowedUses: [LoadBalancer]");
    assertEquals("", write("apply", pool).err().replaceAll("(?m)^Warning.*\n", ""));
    Console c = write("apply", pool.replace("[LoadBalancer]", "[Workload]"));
    assertTrue(c.err().contains("a pool for load balancers stays one"), c.err());
  }

  private Console write(String verb, String text) {
    return Console.runWithInput(datastore, text, verb, "-f", "-");
  }

  private static String pool(String name, String cidr) {
    return "apiVersion: projectcalico.org/v3\nkind: IPPool\nmetadata: {name: %s}\nspec: {cidr: %s}\n---\n"
        .formatted(name, cidr);
  }

  private static String policy(String tier) {
    return "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p-%s}\nspec: {tier: %s, selector: all()}\n---\n"
        .formatted(tier, tier);
  }

  private static String document(String kind, String name, String spec) {
    return "apiVersion: projectcalico.org/v3\nkind: %s\nmetadata: {name: %s}\nspec: {%s}\n---\n"
        .formatted(kind, name, spec);
  }
}
