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
import calico.model.ipam.IpamHandle;
import calico.model.key.IpamKey;
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

/** The verbs of {@code calicoctl ipam}, on a real etcd. */
class IpamVerbsTest {
  @TempDir Path directory;
  private EtcdCluster cluster;
  private Datastore datastore;

  @BeforeEach
  void start() throws Exception {
    cluster = new EtcdCluster(directory);
    datastore = cluster.datastore();
    succeed(
        cluster.runWithInput(
            """
            apiVersion: projectcalico.org/v3
            kind: IPPool
            metadata: {name: pool}
            spec: {cidr: 10.0.0.0/24, blockSize: 28}
            ---
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n1}
            ---
            apiVersion: projectcalico.org/v3
            kind: Node
            metadata: {name: n2}
            ---
            apiVersion: projectcalico.org/v3
            kind: WorkloadEndpoint
            metadata: {name: n1-k8s-web-eth0, namespace: shop}
            spec: {node: n1, orchestrator: k8s, pod: web, endpoint: eth0, interfaceName: cali1, ipNetworks: [10.0.0.2/32]}
            """,
            "apply",
            "-f",
            "-"));
    assign("10.0.0.2", "n1", "used", "web");
    assign("10.0.0.3", "n1", "leaked", "gone");
    assign("10.0.0.4", "n2", "borrowed", "guest");
  }

  @AfterEach
  void stop() {
    datastore.close();
    cluster.close();
  }

  @Test
  void checkThenReleaseWhatIsLeaked() throws Exception {
    datastore.create(new IpamKey.Handle("orphan"), new IpamHandle(Map.of(), false));
    IpamKey.Affinity begun = IpamKey.Affinity.ofHost("n2", Cidr.parse("10.0.0.16/28"));
    datastore.create(begun, new BlockAffinity("pending", false));
    String checked = succeed(cluster.run("ipam", "check", "--show-problem-ips"));
    assertTrue(
        checked.contains(
            "  10.0.0.3 leaked; attrs Main:leaked Extra:namespace=shop,node=n1,pod=gone"),
        checked);
    assertTrue(
        checked.contains("Found 2 IPs that are allocated in IPAM but not actually"), checked);
    assertTrue(checked.contains("  orphan doesn't have any active IPs."), checked);
    assertTrue(
        checked.contains("  the affinity of host:n2 to block 10.0.0.16/28: there is no such block"),
        checked);
    assertTrue(checked.endsWith("Check complete; found 4 problems.\n"), checked);

    String early = report("early.json");
    assertTrue(Files.readString(Path.of(early)).contains("\"handle\": \"leaked\""));
    fails("not locked", "ipam", "release", "--from-report", early);
    assertEquals("Datastore locked.\n", succeed(cluster.run("datastore", "migrate", "lock")));
    fails("all stale", "ipam", "release", "--from-report", early);
    datastore.delete(new IpamKey.Handle("orphan"), null);
    datastore.create(new IpamKey.Handle("orphan"), new IpamHandle(Map.of(), false));
    String late = report("late.json");
    String released =
        succeed(cluster.run("ipam", "release", "--from-report", early, "--from-report", late));
    assertTrue(released.contains("Released 2 IPs successfully"), released);
    assertTrue(released.contains("Report didn't contain any handles"), released);
    assertTrue(released.contains("Released 1 blocks and affinities, completed 0; "), released);
    assertTrue(datastore.get(begun).isEmpty());
    String twice = succeed(cluster.run("ipam", "release", "--from-report", late));
    assertTrue(twice.contains("2 addresses marked as leaked in the report had already"), twice);
    assertTrue(twice.contains("0 are in use, 1 skipped because they have changed."), twice);
    assertTrue(twice.contains("Released 1 handles; 0 skipped"), twice);
    assertTrue(succeed(cluster.run("ipam", "check")).endsWith("found 0 problems.\n"));
    assertEquals("Datastore unlocked.\n", succeed(cluster.run("datastore", "migrate", "unlock")));
    var info = datastore.get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default")).orElseThrow();
    assertEquals(true, info.value().spec().datastoreReady());
  }

  @Test
  void reportsOfOtherClustersAndFilesThatAreNone() throws Exception {
    String report = report("report.json");
    Path other = directory.resolve("other.json");
    Files.writeString(
        other,
        Files.readString(Path.of(report)).replaceAll("(clusterGUID\": \")[0-9a-f]+", "$1ff"));
    fails(
        "mismatched cluster GUID", "ipam", "release", "--force", "--from-report", other.toString());
    Files.writeString(other, "\u0000\u0001{");
    fails("cannot read the report", "ipam", "release", "--from-report", other.toString());
    Files.writeString(other, "[]");
    fails("this is no report", "ipam", "release", "--from-report", other.toString());
    fails("either --ip or --from-report", "ipam", "release");
  }

  @Test
  void releaseOfOneAddress() {
    assertEquals(
        "Successfully released IP address 10.0.0.3\n",
        succeed(cluster.run("ipam", "release", "--ip=10.0.0.3")));
    fails("IP address 10.0.0.3 is not assigned", "ipam", "release", "--ip=10.0.0.3");
    fails("not an IP address", "ipam", "release", "--ip=10.0.0");
  }

  @Test
  void settingsAndBorrowedAddresses() {
    fails("at least one", "ipam", "configure");
    fails("MaxBlocksPerHost requires", "ipam", "configure", "--max-blocks-per-host=3");
    fails("Use true or false", "ipam", "configure", "--strictaffinity=maybe");
    fails("--max-blocks-per-host", "ipam", "configure", "--max-blocks-per-host=x");
    assertEquals(
        "Successfully set StrictAffinity to: true\nSuccessfully set MaxBlocksPerHost to: 3\n",
        succeed(
            cluster.run("ipam", "configure", "--strictaffinity=true", "--max-blocks-per-host=3")));
    succeed(
        cluster.run(
            "ipam", "configure", "--ip-cooldown-seconds=7", "--kubevirt-ip-persistence=Disabled"));
    assertEquals(
        """
        +------------------------------+----------+
        | PROPERTY                     | VALUE    |
        +------------------------------+----------+
        | StrictAffinity               | true     |
        | AutoAllocateBlocks           | true     |
        | MaxBlocksPerHost             | 3        |
        | KubeVirtVMAddressPersistence | Disabled |
        | IPCooldownSeconds            | 7        |
        +------------------------------+----------+
        """,
        succeed(cluster.run("ipam", "show", "--show-configuration")));
    assertEquals(
        """
        +----------+----------------+-------------+-------------+------+--------------+
        | IP       | BORROWING-NODE | BLOCK       | BLOCK OWNER | TYPE | ALLOCATED-TO |
        +----------+----------------+-------------+-------------+------+--------------+
        | 10.0.0.4 | n2             | 10.0.0.0/28 | n1          | pod  | shop/guest   |
        +----------+----------------+-------------+-------------+------+--------------+
        """,
        succeed(cluster.run("ipam", "show", "--show-borrowed")));
  }

  @Test
  void split() {
    fails("not locked", "ipam", "split", "2", "--name=pool");
    succeed(cluster.run("datastore", "migrate", "lock"));
    fails("power of 2", "ipam", "split", "3", "--name=pool");
    fails("not large enough", "ipam", "split", "32", "--name=pool");
    fails("unable to find IP pool nosuch", "ipam", "split", "2", "--name=nosuch");
    fails("either --name or --cidr", "ipam", "split", "2");
    String out = succeed(cluster.run("ipam", "split", "2", "--cidr=10.0.0.0/24"));
    assertTrue(out.startsWith("IP Pool pool was successfully split into 2 smaller pools.\n"), out);
    String pools =
        succeed(cluster.run("get", "ippools", "-o", "custom-columns=NAME,CIDR,DISABLED"));
    assertTrue(pools.contains("\nsplit-pool-0   10.0.0.0/25     false "), pools);
    assertTrue(pools.contains("\nsplit-pool-1   10.0.0.128/25   false "), pools);
    assertFalse(pools.contains("\npool"), pools);
    assertTrue(
        succeed(cluster.run("ipam", "check"))
            .contains("Found 0 in-use IPs that are not in active"));
  }

  private String report(String name) {
    String path = directory.resolve(name).toString();
    succeed(cluster.run("ipam", "check", "-o", path));
    return path;
  }

  private void assign(String ip, String node, String handle, String pod) {
    new Ipam(datastore, Clock.systemUTC(), new Random(1))
        .assignIp(
            new AssignIpRequest(
                Ip.parse(ip),
                node,
                handle,
                Map.of("node", node, "pod", pod, "namespace", "shop"),
                null));
  }

  private static String succeed(Console c) {
    assertEquals("", c.err());
    assertEquals(0, c.status(), c.out());
    return c.out();
  }

  private void fails(String message, String... args) {
    Console c = cluster.run(args);
    assertTrue(c.err().startsWith("Error: ") && c.err().contains(message), c.err());
    assertEquals(1, c.status());
  }
}
