package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Changes of parts of a resource, on a real etcd. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PatchAndLabelTest {
  private EtcdCluster cluster;

  PatchAndLabelTest(@TempDir Path directory) throws Exception {
    cluster = new EtcdCluster(directory);
  }

  @BeforeAll
  void fill() {
    succeed(
        cluster.runWithInput(
            """
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n1, labels: {rack: r1}}
            spec: {bgp: {ipv4Address: 10.0.0.1/24, asNumber: 64513}}
            ---
            apiVersion: projectcalico.org/v3
            kind: NetworkPolicy
            metadata: {name: web, namespace: shop}
            spec: {order: 5, selector: all(), types: [Ingress], ingress: [{action: Log}, {action: Allow}]}
            """,
            "apply",
            "-f",
            "-"));
  }

  @AfterAll
  void close() {
    cluster.close();
  }

  @Test
  void mergesObjectsRemovesWithNullAndReplacesLists() {
    assertEquals(
        "Successfully patched 1 'NetworkPolicy' resource\n",
        succeed(
            cluster.run(
                "patch",
                "np",
                "web",
                "-n",
                "shop",
                "-p",
                "{\"metadata\":{\"annotations\":{\"a\":\"b\"}},\"spec\":{\"order\":null,"
                    + "\"ingress\":[{\"action\":\"Deny\"}]}}")));
    String yaml = succeed(cluster.run("get", "np", "web", "-n", "shop", "-o", "yaml"));
    assertTrue(yaml.contains("a: b"), yaml);
    assertFalse(yaml.contains("order"), yaml);
    assertTrue(yaml.contains("ingress:\n  - action: Deny\n  selector: all()"), yaml);
  }

  @Test
  void refusesWhatIsNoResourceAfterwards() {
    fails(
        "Failed to patch 'Node' resource: Node(n1): spec.bgp.ipv4Address = 'x'",
        "patch",
        "node",
        "n1",
        "-p",
        "{spec: {bgp: {ipv4Address: x}}}");
    fails("not recognized", "patch", "node", "n1", "-p", "{spec: {colour: red}}");
    fails("cannot turn", "patch", "node", "n1", "-p", "{metadata: {name: n2}}");
    fails("out of date", "patch", "node", "n1", "-p", "{metadata: {resourceVersion: \"1\"}}");
    fails("an object is expected", "patch", "node", "n1", "-p", "[]");
    fails("does not exist", "patch", "node", "nosuch", "-p", "{}");
    fails(
        "$deleteFromPrimitiveList/x",
        "patch",
        "node",
        "n1",
        "-p",
        "{$deleteFromPrimitiveList/x: []}");
    fails("RFC 6902", "patch", "node", "n1", "-t", "json", "-p", "{}");
    fails("read-only", "patch", "clusterinfo", "default", "-p", "{spec: {variant: x}}");
  }

  @Test
  void directivesReplaceAndDeleteObjects() {
    succeed(
        cluster.runWithInput(
            """
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n3}
            spec: {bgp: {ipv4Address: 10.0.0.3/24, asNumber: 64513}, wireguard: {interfaceIPv4Address: 10.1.1.1}}
            """,
            "apply",
            "-f",
            "-"));
    succeed(
        cluster.run(
            "patch",
            "node",
            "n3",
            "-p",
            "{spec: {bgp: {$patch: replace, ipv4Address: 10.0.0.4/24}, wireguard: {$patch: delete}}}"));
    String yaml = succeed(cluster.run("get", "node", "n3", "-o", "yaml"));
    assertTrue(yaml.contains("spec:\n  bgp:\n    ipv4Address: 10.0.0.4/24\nstatus"), yaml);
  }

  @Test
  void labels() {
    assertEquals(
        "Successfully set label zone on nodes n1\n",
        succeed(cluster.run("label", "nodes", "n1", "zone=a")));
    assertEquals(
        "Successfully updated label zone on nodes n1\n",
        succeed(cluster.run("label", "nodes", "n1", "zone=a")));
    fails(
        "failed to update label of nodes n1, key zone is already present. please use '--overwrite'",
        "label",
        "nodes",
        "n1",
        "free=1",
        "zone=b");
    assertEquals(
        "Successfully updated label zone on nodes n1\nSuccessfully removed label rack from nodes n1\n",
        succeed(cluster.run("label", "nodes", "n1", "zone=b", "rack-", "--overwrite")));
    assertEquals(
        "Successfully removed label zone from nodes n1\n",
        succeed(cluster.run("label", "nodes", "n1", "zone", "--remove")));
    fails(
        "cannot remove label of nodes n1, key zone does not exist",
        "label",
        "nodes",
        "n1",
        "zone-");
    fails("invalid label zone", "label", "nodes", "n1", "zone");
    fails("invalid label =x", "label", "nodes", "n1", "=x");
    fails("metadata.labels", "label", "nodes", "n1", "a b=x");
    String yaml = succeed(cluster.run("get", "node", "n1", "-o", "yaml"));
    assertFalse(yaml.contains("labels"), yaml);
    assertTrue(yaml.contains("asNumber: 64513"), yaml);
  }

  private static String succeed(Console c) {
    assertEquals("", c.err());
    assertEquals(0, c.status());
    return c.out();
  }

  private void fails(String message, String... args) {
    Console c = cluster.run(args);
    assertTrue(c.err().startsWith("Error: ") && c.err().contains(message), c.err());
    assertEquals("", c.out());
    assertEquals(1, c.status());
  }
}
