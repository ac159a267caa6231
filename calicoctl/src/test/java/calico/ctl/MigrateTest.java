package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.ipam.AssignIpRequest;
import calico.ipam.Ipam;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.ipam.BlockAffinity;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From one real etcd to another. */
class MigrateTest {
  @TempDir Path directory;
  private EtcdCluster from;
  private EtcdCluster to;

  @BeforeEach
  void start() throws Exception {
    from = new EtcdCluster(Files.createDirectory(directory.resolve("from")));
    to = new EtcdCluster(Files.createDirectory(directory.resolve("to")));
    String all = "[" + String.join(",\n", Golden.resources()) + "]";
    assertEquals(0, from.runWithInput(all, "apply", "-f", "-").status());
    try (Datastore datastore = from.datastore()) {
      new Ipam(datastore, Clock.systemUTC(), new Random(1))
          .assignIp(
              new AssignIpRequest(
                  Ip.parse("10.128.0.77"),
                  "node-a",
                  "vxlan-tunnel-addr-node-a",
                  Map.of("node", "node-a"),
                  null));
      // Named as a node is, which it is not.
      datastore.create(
          new IpamKey.Affinity("virtual", "node-a", Cidr.parse("10.128.9.0/26")),
          new BlockAffinity("confirmed", false));
    }
  }

  @AfterEach
  void stop() {
    from.close();
    to.close();
  }

  @Test
  void everythingArrives() throws Exception {
    fails(from, "not locked", "datastore", "migrate", "export", "--everything");
    succeed(from.run("datastore", "migrate", "lock"));
    String export = succeed(from.run("datastore", "migrate", "export", "--everything"));
    String exported = Files.writeString(directory.resolve("export"), export).toString();
    Console c = to.runWithInput(export, "datastore", "migrate", "import", "-f", "-");
    assertEquals("", Golden.withoutWarnings(c.err()));
    assertTrue(c.out().contains("Successfully applied 4 IPAM resource(s)"), c.out());
    String again = succeed(to.run("datastore", "migrate", "export", "--everything"));
    assertEquals(comparable(export), comparable(again));
    fails(to, "already has Calico resources", "datastore", "migrate", "import", "-f", exported);
    assertTrue(succeed(to.run("get", "clusterinfo")).contains("false"));
  }

  @Test
  void kubernetesNamesOfNodesReplaceTheirOwn() throws Exception {
    succeed(from.run("datastore", "migrate", "lock"));
    for (String node : new String[] {"node-a", "node-b"}) {
      succeed(
          from.run(
              "patch",
              "node",
              node,
              "-p",
              "{spec: {orchRefs: [{orchestrator: k8s, nodeName: k-" + node + "}]}}"));
    }
    String export = succeed(from.run("datastore", "migrate", "export"));
    assertFalse(export.contains("WorkloadEndpoint"), export);
    assertTrue(export.contains("name: node.k-node-a"), export);
    assertTrue(export.contains("/calico/ipam/v2/virtual/node-a/"), export);
    Path file = Files.writeString(directory.resolve("export"), export);
    Console c = to.run("datastore", "migrate", "import", "-f", file.toString());
    assertEquals("", Golden.withoutWarnings(c.err()));
    try (Datastore datastore = to.datastore()) {
      var block = datastore.list(new Query.Blocks(null)).entries().getFirst().value();
      assertEquals("host:k-node-a", block.affinity());
      assertEquals("vxlan-tunnel-addr-k-node-a", block.attributes().getFirst().handleId());
      assertTrue(datastore.get(ResourceKey.of(Kinds.NODE, "k-node-a")).isPresent());
    }
  }

  @Test
  void whatIsNoExportIsRefusedAndNothingWritten() throws Exception {
    Path file = Files.writeString(directory.resolve("bad"), "kind: x\n===\n{}\n");
    fails(to, "improperly formatted", "datastore", "migrate", "import", "-f", file.toString());
    Files.writeString(file, "===\n{\n===\n{}\n");
    fails(to, "the ClusterInformation: ", "datastore", "migrate", "import", "-f", file.toString());
    Files.writeString(file, "===\n{}\n===\n{\"blocks\": [{\"Key\": \"/x\"}]}\n");
    fails(to, "blocks: not a key", "datastore", "migrate", "import", "-f", file.toString());
    fails(to, "error while reading", "datastore", "migrate", "import", "-f", "/nowhere");
    try (Datastore datastore = to.datastore()) {
      assertTrue(datastore.get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default")).isEmpty());
    }
  }

  @Test
  void policyNamesOfOldVersions() {
    assertEquals(
        "Policy name migration complete, migrated 0 policies.\n",
        succeed(from.run("datastore", "migrate-policy-names")));
    try (Datastore datastore = from.datastore()) {
      var policy =
          datastore.get(ResourceKey.of(Kinds.GLOBAL_NETWORK_POLICY, "host-ssh")).orElseThrow();
      datastore.create(
          ResourceKey.of(Kinds.GLOBAL_NETWORK_POLICY, "default.host-ssh"),
          ResourceCommands.withoutVersion(policy.value()));
      datastore.delete(policy.key(), null);
      assertEquals(
          "Policy name migration complete, migrated 1 policies.\n",
          succeed(from.run("datastore", "migrate-policy-names")));
      assertTrue(datastore.get(policy.key()).isPresent());
      assertTrue(
          datastore.get(ResourceKey.of(Kinds.GLOBAL_NETWORK_POLICY, "default.host-ssh")).isEmpty());
    }
  }

  private static String comparable(String export) {
    return export.replaceAll("\"(resourceVersion|uid|creationTimestamp)\": .*", "");
  }

  private static String succeed(Console c) {
    assertEquals("", Golden.withoutWarnings(c.err()));
    assertEquals(0, c.status(), c.out());
    return c.out();
  }

  private static void fails(EtcdCluster cluster, String message, String... args) {
    Console c = cluster.run(args);
    String err = Golden.withoutWarnings(c.err());
    assertTrue(err.startsWith("Error: ") && err.contains(message), err);
    assertEquals(1, c.status());
  }
}
