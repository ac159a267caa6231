package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.ClusterInit;
import calico.datastore.Datastore;
import calico.datastore.MemoryDatastore;
import calico.model.Cidr;
import calico.model.ipam.BlockAffinity;
import calico.model.key.IpamKey;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A dry run says what happens then, and writes nothing. */
class DryRunTest {
  private final MemoryDatastore stored = new MemoryDatastore();
  private final Datastore datastore = Writes.refused(stored);

  @BeforeEach
  void initialize() {
    ClusterInit.ensure(stored, ClusterInit.Options.MISSING_ONLY);
  }

  @Test
  void applySaysWhatBecomesOfEach() {
    write(stored, "apply", set("same", "192.0.2.0/24") + set("other", "192.0.2.0/24"));
    Console c =
        dryRun(
            "apply",
            set("new", "192.0.2.0/24")
                + set("same", "192.0.2.0/24")
                + set("other", "198.51.100.0/24"));
    assertEquals("", c.err());
    assertEquals(
        """
        GlobalNetworkSet(new): created
        GlobalNetworkSet(same): unchanged
        GlobalNetworkSet(other): updated
        Successfully applied 3 'GlobalNetworkSet' resource(s) (dry run)
        """,
        c.out());
    assertEquals(0, c.status());
  }

  @Test
  void createAndReplaceMeetWhatExists() {
    write(stored, "apply", set("a", "192.0.2.0/24"));
    Console c = dryRun("create", set("a", "192.0.2.0/24") + set("b", "192.0.2.0/24"));
    assertTrue(c.err().contains("resource already exists: GlobalNetworkSet(a)"), c.err());
    assertEquals(
        """
        GlobalNetworkSet(b): created
        Partial success: created the first 1 out of 2 'GlobalNetworkSet' resources: (dry run)
        """,
        c.out());
    assertEquals(1, c.status());
    c = dryRun("replace", set("b", "192.0.2.0/24"));
    assertTrue(c.err().contains("resource does not exist: GlobalNetworkSet(b)"), c.err());
    assertEquals(1, c.status());
  }

  @Test
  void aVersionThatIsNotCurrentIsAnError() {
    write(stored, "apply", set("a", "192.0.2.0/24"));
    Console c =
        dryRun(
            "apply",
            set("a", "198.51.100.0/24").replace("name: a", "name: a, resourceVersion: '1'"));
    assertTrue(c.err().contains("out of date"), c.err());
    assertEquals(1, c.status());
  }

  @Test
  void whatIsRefusedBecauseOfOthersIsRefused() {
    String pools = pool("a", "10.0.0.0/16") + pool("b", "10.0.128.0/17");
    Console c = dryRun("apply", pools);
    assertTrue(c.err().contains("overlaps with IPPool(a)"), c.err());
    assertEquals("", c.out());
    c = dryRun("apply", policy("p", "red"));
    assertTrue(c.err().contains("there is no such tier"), c.err());
    c = dryRun("apply", policy("p", "red") + tier("red"));
    assertTrue(c.out().endsWith("Successfully applied 2 resource(s) (dry run)\n"), c.out());
  }

  @Test
  void deleteSaysWhatGoesWithIt() {
    write(stored, "apply", pool("a", "10.0.0.0/16"));
    IpamKey.Affinity claim = IpamKey.Affinity.ofHost("h", Cidr.parse("10.0.0.0/26"));
    stored.create(claim, new BlockAffinity("confirmed", false));
    Console c = Console.run(datastore, "delete", "ippool", "a", "--dry-run");
    assertEquals(
        """
        IPPool(a): deleted
          with that: claim of h on block 10.0.0.0/26: deleted
        Successfully deleted 1 'IPPool' resource(s) (dry run)
        """,
        c.out(),
        c.err());
    c = Console.run(datastore, "delete", "ippool", "b", "--dry-run");
    assertTrue(c.err().contains("does not exist"), c.err());
    c = Console.run(datastore, "delete", "ippool", "b", "--dry-run", "-s");
    assertTrue(c.out().startsWith("IPPool(b): unchanged\n"), c.out());
  }

  @Test
  void patchAndLabel() {
    write(stored, "apply", set("a", "192.0.2.0/24"));
    Console c =
        Console.run(
            datastore, "patch", "gnetsets", "a", "--dry-run", "-p", "{spec: {nets: [10.0.0.0/8]}}");
    assertEquals(
        """
        GlobalNetworkSet(a): updated
        Successfully patched 1 'GlobalNetworkSet' resource (dry run)
        """,
        c.out(),
        c.err());
    c = Console.run(datastore, "label", "gnetsets", "a", "x=y", "--dry-run");
    assertEquals(
        "GlobalNetworkSet(a): updated\nSuccessfully set label x on gnetsets a (dry run)\n",
        c.out(),
        c.err());
    c = Console.run(datastore, "label", "gnetsets", "b", "x=y", "--dry-run");
    assertTrue(c.err().contains("does not exist"), c.err());
  }

  private Console dryRun(String verb, String text) {
    return Console.runWithInput(datastore, text, verb, "--dry-run", "-f", "-");
  }

  private static void write(Datastore datastore, String verb, String text) {
    Console c = Console.runWithInput(datastore, text, verb, "-f", "-");
    assertEquals(0, c.status(), c.err());
  }

  private static String set(String name, String net) {
    return document("GlobalNetworkSet", name, "nets: [" + net + "]");
  }

  private static String pool(String name, String cidr) {
    return document("IPPool", name, "cidr: " + cidr);
  }

  private static String policy(String name, String tier) {
    return document("GlobalNetworkPolicy", name, "tier: " + tier + ", selector: all()");
  }

  private static String tier(String name) {
    return document("Tier", name, "order: 5");
  }

  private static String document(String kind, String name, String spec) {
    return "apiVersion: projectcalico.org/v3\nkind: %s\nmetadata: {name: %s}\nspec: {%s}\n---\n"
        .formatted(kind, name, spec);
  }
}
