package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.DatastoreException;
import calico.datastore.MemoryDatastore;
import calico.model.Cidr;
import calico.model.ipam.BlockAffinity;
import calico.model.json.Json;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.CalicoNodeStatusSpec;
import calico.model.resource.IpPoolSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.PolicySpec;
import calico.model.resource.Resource;
import calico.model.resource.TierSpec;
import calico.model.resource.Unknown;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** The verbs, and the rules that look at what is stored. */
class ResourceCommandsTest {
  private final MemoryDatastore datastore = new MemoryDatastore();
  private final ResourceCommands commands = new ResourceCommands(datastore);

  @AfterEach
  void close() {
    datastore.close();
  }

  @Test
  void applyCreatesThenUpdatesAndKeepsTheIdentity() {
    Resource<NetworkSetSpec> first = commands.apply(set("a", "192.0.2.0/24"));
    Resource<NetworkSetSpec> second = commands.apply(set("a", "198.51.100.0/24"));
    assertEquals(first.metadata().uid(), second.metadata().uid());
    assertEquals(first.metadata().creationTimestamp(), second.metadata().creationTimestamp());
    assertNotEquals(first.metadata().resourceVersion(), second.metadata().resourceVersion());
    assertEquals(List.of("198.51.100.0/24"), second.spec().nets());
  }

  @Test
  void applyWithAVersionNeedsThatVersion() {
    Resource<NetworkSetSpec> first = commands.apply(set("a", "192.0.2.0/24"));
    commands.apply(set("a", "198.51.100.0/24"));
    DatastoreException e = assertThrows(DatastoreException.class, () -> commands.apply(first));
    assertTrue(String.valueOf(e.getMessage()).contains("out of date"), e.getMessage());
  }

  @Test
  void whatIsTheSameIsNotWritten() {
    Resource<NetworkSetSpec> first = commands.apply(set("a", "192.0.2.0/24"));
    assertEquals(first, commands.apply(set("a", "192.0.2.0/24")));
  }

  @Test
  void applyReplacesLabels() {
    Resource<NetworkSetSpec> set = set("a", "192.0.2.0/24");
    commands.apply(set.withMetadata(set.metadata().withLabels(Map.of("x", "1"))));
    assertEquals(Map.of(), commands.apply(set).metadata().labels());
  }

  @Test
  void aWriteThatComesBetweenIsNoError() {
    commands.apply(set("a", "192.0.2.0/24"));
    for (String verb : List.of("apply", "replace")) {
      AtomicInteger rivals = new AtomicInteger(4);
      Console c =
          Console.runWithInput(
              Intercepted.before(
                  "update",
                  datastore,
                  () -> {
                    if (rivals.getAndDecrement() > 0) {
                      commands.apply(set("a", "203.0.113." + rivals.get() + "/32"));
                    }
                  }),
              """
              apiVersion: projectcalico.org/v3
              kind: GlobalNetworkSet
              metadata: {name: a}
              spec: {nets: [198.51.100.0/24]}
              """,
              verb,
              "-f",
              "-");
      assertEquals(0, c.status(), c.err());
      assertEquals(
          List.of("198.51.100.0/24"),
          commands.get(ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, "a")).spec().nets());
    }
  }

  @Test
  void createNeedsAbsenceAndReplaceNeedsPresence() {
    assertThrows(
        DatastoreException.DoesNotExist.class, () -> commands.replace(set("a", "192.0.2.0/24")));
    commands.create(set("a", "192.0.2.0/24"));
    assertThrows(
        DatastoreException.AlreadyExists.class, () -> commands.create(set("a", "192.0.2.0/24")));
    assertEquals(
        List.of("198.51.100.0/24"), commands.replace(set("a", "198.51.100.0/24")).spec().nets());
  }

  @Test
  void poolsDoNotOverlapAndKeepTheirPrefixAndBlockSize() {
    commands.apply(pool("a", "10.0.0.0/16", 26));
    refused("overlaps with IPPool(a)", () -> commands.apply(pool("b", "10.0.128.0/17", 26)));
    refused("spec.cidr", () -> commands.apply(pool("a", "10.0.0.0/15", 26)));
    refused("spec.blockSize", () -> commands.apply(pool("a", "10.0.0.0/16", 27)));
    commands.apply(pool("a", "10.0.0.0/16", 26));
    commands.apply(pool("b", "10.1.0.0/16", 26));
  }

  @Test
  void deletingAPoolTakesTheClaimsOfHostsBack() {
    commands.apply(pool("a", "10.0.0.0/16", 26));
    IpamKey.Affinity inside = IpamKey.Affinity.ofHost("h", Cidr.parse("10.0.0.0/26"));
    IpamKey.Affinity outside = IpamKey.Affinity.ofHost("h", Cidr.parse("10.1.0.0/26"));
    datastore.create(inside, new BlockAffinity("confirmed", false));
    datastore.create(outside, new BlockAffinity("confirmed", false));
    commands.delete(ResourceKey.of(Kinds.IP_POOL, "a"), null);
    assertTrue(datastore.get(ResourceKey.of(Kinds.IP_POOL, "a")).isEmpty());
    assertTrue(datastore.get(inside).isEmpty());
    assertTrue(datastore.get(outside).isPresent());
  }

  @Test
  void tiersAreProtectedAndPoliciesNeedThem() {
    Console c =
        Console.runWithInput(
            datastore,
            """
            apiVersion: projectcalico.org/v3
            kind: GlobalNetworkPolicy
            metadata: {name: p}
            spec: {tier: red, selector: all(), types: [Ingress]}
            """,
            "apply",
            "-f",
            "-");
    assertEquals(1, c.status());
    assertTrue(
        c.err()
            .contains(
                "standard input:1: GlobalNetworkPolicy(p): error with field spec.tier = 'red'"),
        c.err());
    commands.apply(tier("red"));
    commands.apply(policy("p", "red"));
    refused("GlobalNetworkPolicy(p)", () -> delete("tier", "red"));
    refused("built-in", () -> delete("tier", "default"));
    delete("gnp", "p");
    delete("tier", "red");
  }

  /** Also of one that was stored without an order, by whom ever. */
  @Test
  void aTiersOrderIsStoredAndShown() {
    ResourceKey<TierSpec> old = ResourceKey.of(Kinds.TIER, "old");
    TierSpec spec = new TierSpec(null, "Deny", Unknown.NONE);
    datastore.create(old, Resource.of(Kinds.TIER, Metadata.named("old"), spec));
    Console c =
        Console.runWithInput(
            datastore,
            """
            apiVersion: projectcalico.org/v3
            kind: Tier
            metadata: {name: new}
            """,
            "apply",
            "-f",
            "-");
    assertEquals(0, c.status(), c.err());
    assertEquals(1_000_000, commands.get(ResourceKey.of(Kinds.TIER, "new")).spec().order());
    assertEquals(
        """
        NAME            ORDER
        kube-admin      1000
        default         1e+06
        new             1e+06
        old             1e+06
        kube-baseline   1e+07
        """,
        Console.run(datastore, "get", "tiers").out().strip().replaceAll(" +\n", "\n") + "\n");
  }

  /** And the label that Felix adds itself, when it reads the endpoint. */
  @Test
  void whatOnlyKubernetesKnowsIsNotStored() {
    apply(
        """
        apiVersion: projectcalico.org/v3
        kind: WorkloadEndpoint
        metadata: {name: n-k8s-web-eth0, namespace: shop, generateName: web-, finalizers: [a/b]}
        spec: {node: n, orchestrator: k8s, pod: web, endpoint: eth0, serviceAccountName: cook,
               interfaceName: cali1, ipNetworks: [10.0.0.2/32]}
        """);
    Metadata stored =
        commands.get(ResourceKey.of(Kinds.WORKLOAD_ENDPOINT, "shop", "n-k8s-web-eth0")).metadata();
    assertEquals(Unknown.NONE, stored.unknown());
    assertEquals(
        Map.of("projectcalico.org/namespace", "shop", "projectcalico.org/orchestrator", "k8s"),
        stored.labels());
  }

  @Test
  void aReportThatIsThereOutlivesAnApply() {
    String request =
        """
        apiVersion: projectcalico.org/v3
        kind: CalicoNodeStatus
        metadata: {name: s}
        spec: {node: n, classes: [%s], updatePeriodSeconds: 0}
        """;
    ResourceKey<CalicoNodeStatusSpec> key = ResourceKey.of(Kinds.CALICO_NODE_STATUS, "s");
    apply(request.formatted("BGP"));
    Resource<CalicoNodeStatusSpec> asked = commands.get(key);
    assertEquals(
        """
        {"lastUpdated":null,"agent":{"birdV4":{},"birdV6":{}},"bgp":{"numberEstablishedV4":0,\
        "numberNotEstablishedV4":0,"numberEstablishedV6":0,"numberNotEstablishedV6":0},"routes":{}}""",
        Json.print(asked.status()));
    Object report = Map.of("lastUpdated", "2026-01-01T00:00:00Z");
    datastore.put(key, asked.withStatus(report), null);
    apply(request.formatted("Agent"));
    assertEquals(List.of("Agent"), commands.get(key).spec().classes());
    assertEquals(report, commands.get(key).status());
  }

  private void apply(String text) {
    Console c = Console.runWithInput(datastore, text, "apply", "-f", "-");
    assertEquals(0, c.status(), c.err());
  }

  @Test
  void clusterInformationIsReadOnly() {
    commands.initialize(UUID::randomUUID);
    var info = commands.get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default"));
    refused("read-only", () -> commands.apply(info));
    assertEquals(32, String.valueOf(info.spec().clusterGUID()).length());
    commands.initialize(UUID::randomUUID);
    assertEquals(info, commands.get(ResourceKey.of(Kinds.CLUSTER_INFORMATION, "default")));
    assertEquals(3, datastore.list(Query.all(Kinds.TIER)).entries().size());
  }

  private void delete(String kind, String name) {
    Console c = Console.run(datastore, "delete", kind, name);
    if (c.status() != 0) {
      throw new CommandException(c.err());
    }
  }

  private static void refused(String reason, Executable action) {
    CommandException e = assertThrows(CommandException.class, action);
    assertTrue(String.valueOf(e.getMessage()).contains(reason), e.getMessage());
  }

  private static Resource<NetworkSetSpec> set(String name, String net) {
    return Resource.of(
        Kinds.GLOBAL_NETWORK_SET,
        Metadata.named(name),
        new NetworkSetSpec(List.of(net), Unknown.NONE));
  }

  private static Resource<IpPoolSpec> pool(String name, String cidr, int blockSize) {
    return Resource.of(
        Kinds.IP_POOL,
        Metadata.named(name),
        new IpPoolSpec(
            cidr, null, null, null, null, null, blockSize, null, null, null, null, Unknown.NONE));
  }

  private static Resource<TierSpec> tier(String name) {
    return Resource.of(Kinds.TIER, Metadata.named(name), new TierSpec(5.0, "Deny", Unknown.NONE));
  }

  private static Resource<PolicySpec> policy(String name, String tier) {
    return Resource.of(
        Kinds.GLOBAL_NETWORK_POLICY,
        Metadata.named(name),
        new PolicySpec(
            tier,
            null,
            null,
            null,
            "all()",
            null,
            null,
            null,
            null,
            null,
            null,
            null,
            Unknown.NONE));
  }
}
