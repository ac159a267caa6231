package calico.confd;

import static calico.confd.BirdCluster.SOON;
import static calico.confd.BirdCluster.awaitEstablished;
import static calico.confd.BirdCluster.established;
import static calico.confd.Resources.CONFIRMED;
import static calico.confd.Resources.block;
import static calico.confd.Resources.configuration;
import static calico.confd.Resources.node;
import static calico.confd.Resources.peer;
import static calico.confd.Resources.peerTo;
import static calico.confd.Resources.peerToNodes;
import static calico.confd.Resources.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.DatastoreException;
import calico.datastore.MemoryDatastore;
import calico.model.ipam.BlockAffinity;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.BgpPeerSpec;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** From writes to the datastore to routes in the kernels of three nodes, with real BIRDs. */
@Timeout(value = 300, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConfdTest {
  @TempDir Path directory;

  private BirdCluster cluster;
  private MemoryDatastore datastore;
  private Fabric fabric;
  private List<Bird> birds;

  @BeforeEach
  void populate() throws Exception {
    cluster = new BirdCluster(3, directory);
    datastore = cluster.datastore;
    fabric = cluster.fabric;
    birds = cluster.birds;
    cluster.addNodes(3);
  }

  @AfterEach
  void cleanUp() throws Exception {
    cluster.close();
  }

  private void put(Resource<?> resource) {
    cluster.put(resource);
  }

  private Bird bird(int i) {
    return cluster.bird(i);
  }

  private Confd confd(int i, Bird bird) {
    return cluster.confd(i, bird);
  }

  @Test
  void aMeshRoutesBlocksButNotTheAddressesInside() throws Exception {
    for (int i = 1; i <= 3; i++) {
      confd(i, bird(i));
    }
    long start = System.nanoTime();
    for (Bird bird : birds) {
      awaitEstablished(bird, 4);
    }
    System.out.println("mesh of three up in ms: " + (System.nanoTime() - start) / 1_000_000);
    cluster.awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
    cluster.awaitRoute(2, "10.65.1.0/26", "10.99.0.1");
    cluster.awaitRoute(3, "10.65.1.0/26", "10.99.0.1");
    cluster.awaitRoute(3, "fd65:0:0:2::/122", "fd99::2");
    String own = fabric.ipAt(1, "-4", "route", "show", "10.65.1.0/26");
    assertTrue(own.startsWith("blackhole"), own);

    // A workload of n1 with an address of its own block, and one with an address of n2's.
    fabric.ipAt(1, "link", "add", "cali1", "type", "veth", "peer", "w1");
    fabric.ipAt(1, "link", "set", "cali1", "up");
    fabric.ipAt(1, "link", "set", "w1", "up");
    fabric.ipAt(1, "route", "add", "10.65.1.5/32", "dev", "cali1", "metric", "1024");
    fabric.ipAt(1, "route", "add", "10.65.1.6/32", "dev", "cali1");
    fabric.ipAt(1, "-6", "route", "add", "fd65:0:0:1::5/128", "dev", "cali1");
    fabric.ipAt(1, "route", "add", "10.65.2.9/32", "dev", "cali1");
    fabric.ipAt(1, "-6", "route", "add", "fd65:0:0:2::9/128", "dev", "cali1");
    cluster.awaitRoute(2, "10.65.2.9", "10.99.0.1");
    cluster.awaitRoute(3, "fd65:0:0:2::9", "fd99::1");
    String known = fabric.ipAt(3, "-4", "route") + fabric.ipAt(3, "-6", "route");
    assertFalse(known.contains("10.65.1.5"), known);
    assertFalse(known.contains("10.65.1.6"), known);
    assertFalse(known.contains("fd65:0:0:1::5"), known);

    String log = Files.readString(birds.getFirst().paths().log());
    assertFalse(log.contains("filters, line"), log);
    assertFalse(log.contains("<ERR>"), log);
    assertFalse(log.contains("Netlink: "), log);
  }

  @Test
  void nodesOfDifferentAsMeshToo() throws Exception {
    put(node("n1", "10.99.0.1/24", "fd99::1/64", 64601L, null, Map.of()));
    put(node("n2", "10.99.0.2/24", "fd99::2/64", 64602L, null, Map.of()));
    for (int i = 1; i <= 3; i++) {
      confd(i, bird(i));
    }
    cluster.awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
    cluster.awaitRoute(2, "10.65.3.0/26", "10.99.0.3");
    cluster.awaitRoute(3, "fd65:0:0:1::/122", "fd99::1");
  }

  @Test
  void aRouteReflectorConnectsItsClients() throws Exception {
    put(configuration("default", null, false, null, 1790, List.of(), Map.of()));
    put(node("n2", "10.99.0.2/24", "fd99::2/64", null, "2.0.0.2", Map.of("role", "rr")));
    put(peerToNodes("reflectors", null, "role == 'rr'"));
    for (int i = 1; i <= 3; i++) {
      confd(i, bird(i));
    }
    cluster.awaitRoute(1, "10.65.3.0/26", "10.99.0.3");
    cluster.awaitRoute(3, "fd65:0:0:1::/122", "fd99::1");
    assertEquals(2, established(birds.get(0)));
    assertEquals(4, established(birds.get(1)));
  }

  @Test
  void poolsOfTunnelsAreAdvertisedButLeftToTheNodeAgent() throws Exception {
    put(pool("overlay", "10.66.0.0/16", "Always", false));
    put(pool("private", "10.67.0.0/16", "Never", true));
    datastore.create(block("n1", "10.66.1.0/26"), CONFIRMED);
    datastore.create(block("n1", "10.67.1.0/26"), CONFIRMED);
    for (int i = 1; i <= 2; i++) {
      confd(i, bird(i));
    }
    cluster.awaitRoute(2, "10.65.1.0/26", "10.99.0.1");
    String known = fabric.ipAt(2, "-4", "route");
    assertFalse(known.contains("10.66.1.0/26"), known);
    assertFalse(known.contains("10.67.1.0/26"), known);
    String own = fabric.ipAt(1, "-4", "route");
    assertFalse(own.contains("10.66.1.0/26"), own);
    assertTrue(own.contains("blackhole 10.67.1.0/26"), own);
  }

  @Test
  void aWriteReachesBirdWithinATenthOfASecond() throws Exception {
    Bird bird = bird(1);
    Confd confd = confd(1, bird);
    Await.until("in sync", SOON, () -> confd.status().healthy());
    long[] nanos = new long[21];
    for (int i = 0; i < nanos.length; i++) {
      long reloads = confd.status().reloads();
      long start = System.nanoTime();
      datastore.create(block("n1", "10.65.200." + i * 8 + "/29"), CONFIRMED);
      Await.until("reload", SOON, () -> confd.status().reloads() > reloads);
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    long median = nanos[10] / 1_000_000;
    System.out.println(
        "write to confirmation in ms: median " + median + ", worst " + nanos[20] / 1_000_000);
    assertTrue(median < 100, median + " ms");
    assertTrue(Files.readString(bird.paths().config()).contains("10.65.200.160/29"));
  }

  @Test
  void whatBgpDoesNotDependOnCausesNoReload() throws Exception {
    Confd confd = confd(1, bird(1));
    Await.until("in sync", SOON, () -> confd.status().healthy());
    long reloads = confd.status().reloads();
    put(node("n2", "10.99.0.2/24", "fd99::2/64").withMetadata(labelled("n2")));
    datastore.create(block("n2", "10.65.99.0/26"), CONFIRMED);
    datastore.create(block("n1", "10.65.98.0/26"), new BlockAffinity("pending", false));
    datastore.create(block("n1", "10.65.97.0/26"), CONFIRMED);
    Await.until("the last change", SOON, () -> confd.status().reloads() > reloads);
    assertEquals(reloads + 1, confd.status().reloads());
  }

  @Test
  void whatIsWrittenWhileTheDatastoreIsDeclaredNotReadyTakesEffectAtOnceAfterwards()
      throws Exception {
    Bird bird = bird(1);
    Confd confd = confd(1, bird);
    Await.until("in sync", SOON, () -> confd.status().healthy());
    String before = Files.readString(bird.paths().config());
    long reloads = confd.status().reloads();
    cluster.declareReady(false);
    Await.until("held back", SOON, () -> !confd.status().inSync());
    datastore.create(block("n1", "10.65.98.0/26"), CONFIRMED);
    put(pool("other", "10.66.0.0/16", "Never", false));
    assertEquals(before, Files.readString(bird.paths().config()));
    cluster.declareReady(true);
    Await.until("a reload", SOON, () -> confd.status().reloads() > reloads);
    String after = Files.readString(bird.paths().config());
    assertTrue(after.contains("10.65.98.0/26") && after.contains("10.66.0.0/16"), after);
    assertEquals(reloads + 1, confd.status().reloads());
  }

  private static Metadata labelled(String name) {
    return Metadata.named(name).withLabels(Map.of("a", "b"));
  }

  @Test
  void whatBirdRefusesIsNamedAndKeepsNothingElseFromHavingEffect() throws Exception {
    Bird bird = bird(1);
    Confd confd = confd(1, bird);
    Await.until("in sync", SOON, () -> confd.status().healthy());
    for (int i = 0; i < 5; i++) {
      put(peerTo("before" + i, null, "10.99.0.7" + i, 64999L));
    }
    put(peerTo("link-local", null, "fe80::7", 64999L)); // valid, but BIRD has multihop sessions
    put(peer("far", null, "10.99.0.77", 64999L, null, 300, Map.of()));
    put(peerTo("link-local-too", null, "fe80::8", 64999L));
    put(peerTo("near", null, "10.99.0.78", 64999L));
    put(node("n3", "10.99.0.3/24", "fe80::3/64"));
    datastore.create(block("n1", "10.65.98.0/26"), CONFIRMED);
    Await.until("the block", SOON, () -> config(bird).contains("10.65.98.0/26"));
    Await.until("the peer", SOON, () -> config(bird).contains("neighbor 10.99.0.78 "));
    Await.until("loaded", SOON, () -> confd.status().faults().size() == 4);
    assertTrue(confd.status().healthy(), confd.status().toString());
    String faults = confd.status().faults().toString();
    assertTrue(faults.contains("BGPPeer(link-local): spec: BIRD finds"), faults);
    assertTrue(faults.contains("BGPPeer(link-local-too): spec: BIRD finds"), faults);
    assertTrue(faults.contains("Node(n3): spec.bgp.ipv6Address = 'fe80::3/64'"), faults);
    assertTrue(faults.contains("BGPPeer(far): spec.ttlSecurity = '300'"), faults);
    assertFalse(config(bird).contains("neighbor fe80::"));

    put(peerTo("link-local", null, "fd99::7", 64999L));
    Await.until("the corrected one", SOON, () -> config(bird).contains("neighbor fd99::7 "));
    Await.until("three faults", SOON, () -> confd.status().faults().size() == 3);
  }

  @Test
  void whatCannotBeDecodedIsNamedAndTheOtherPeersGoOn() throws Exception {
    confd(2, bird(2));
    datastore.putUndecodable(
        ResourceKey.of(Kinds.BGP_PEER, "before"), "{\"spec\": {\"asNumber\": 4294967296}}");
    Bird bird = bird(1);
    Confd confd = confd(1, bird);
    awaitEstablished(bird, 2);
    String told = "refused: BGPPeer(before): spec.asNumber = '4294967296': ";
    assertTrue(confd.status().problems().getFirst().startsWith(told), confd.status().toString());

    ResourceKey<BgpPeerSpec> far = ResourceKey.of(Kinds.BGP_PEER, "far");
    put(peerTo("far", null, "10.99.0.77", 64999L));
    Await.until("the peer", SOON, () -> config(bird).contains("neighbor 10.99.0.77 "));
    datastore.putUndecodable(far, "{\"spec\": {\"asNumber\": 4294967296}}");
    datastore.putUndecodable(
        ResourceKey.of(Kinds.BGP_CONFIGURATION, "default"),
        "{\"spec\": {\"listenPort\": \"many\"}}");
    Await.until("three faults", SOON, () -> confd.status().faults().size() == 3);
    assertTrue(confd.status().healthy(), confd.status().toString());
    assertFalse(config(bird).contains("neighbor 10.99.0.77 "));
    assertEquals(2, established(bird));

    put(peerTo("far", null, "10.99.0.77", 64999L));
    put(configuration("default", null, true, null, null, List.of(), Map.of()));
    Await.until("the corrected one", SOON, () -> config(bird).contains("neighbor 10.99.0.77 "));
    Await.until("one fault", SOON, () -> confd.status().faults().size() == 1);
  }

  @Test
  void withoutAnythingAtFaultARefusedConfigurationIsNeverPutInPlace() throws Exception {
    Bird bird = bird(1);
    Confd confd = confd(1, bird);
    Await.until("in sync", SOON, () -> confd.status().healthy());
    confd.close();
    String good = config(bird);
    Confd wrong = cluster.confd(cluster.withFiles(1, "no id", Optional::empty), bird);
    Await.until("an error", SOON, () -> wrong.status().error().isPresent());
    String error = wrong.status().error().orElseThrow();
    assertTrue(error.contains("syntax error"), error);
    assertEquals(good, config(bird));
    assertFalse(bird.control().status().version().isEmpty());
  }

  @Test
  void aPasswordIsTakenFromItsFileAsSoonAsItIsThere() throws Exception {
    put(configuration("default", null, false, null, null, List.of(), Map.of()));
    put(Resources.resource("BGPPeer", "two", secured("10.99.0.2")));
    put(Resources.resource("BGPPeer", "one", secured("10.99.0.1")));
    for (int i = 1; i <= 2; i++) {
      Confd confd = cluster.confdWithFiles(i, bird(i));
      Await.until("named", SOON, () -> !confd.status().faults().isEmpty());
      assertTrue(confd.status().faults().toString().contains("bgp/key"));
    }
    assertEquals(0, established(birds.get(0)));
    Files.createDirectories(directory.resolve("secrets/bgp"));
    Files.writeString(directory.resolve("secrets/bgp/key"), "secret\n");
    awaitEstablished(birds.get(0), 1);
    assertTrue(config(birds.get(0)).contains("password \"secret\";"));
  }

  @Test
  void filesOfTheUsersOwnAreMadeAndWhatIsWrongWithThemIsNamed() throws Exception {
    Files.createDirectories(directory.resolve("confd/conf.d"));
    Path made = directory.resolve("made.json");
    Path description = directory.resolve("confd/conf.d/mine.yaml");
    Files.writeString(description, "{render_cmd: cat, dest: %s}".formatted(made));
    Files.writeString(directory.resolve("confd/conf.d/bad.yaml"), "{dest: /none}");
    Confd confd = cluster.confdWithFiles(1, bird(1));
    Await.until("the file", SOON, () -> Files.exists(made));
    Await.until("a problem", SOON, () -> confd.status().problems().size() == 1);
    String problem = confd.status().problems().getFirst();
    assertTrue(problem.endsWith("bad.yaml: render_cmd: is required"), problem);
    Await.until("in sync", SOON, () -> confd.status().healthy());
    datastore.create(block("n1", "10.65.98.0/26"), CONFIRMED);
    Await.until("the block", SOON, () -> Files.readString(made).contains("10.65.98.0/26"));
  }

  private static String secured(String ip) {
    return "{peerIP: %s, asNumber: 64512, password: {secretKeyRef: {name: bgp, key: key}}}"
        .formatted(ip);
  }

  private static String config(Bird bird) throws IOException {
    return Files.readString(bird.paths().config());
  }

  @Test
  void aKilledBirdComesBackAndTrafficKeepsItsRoutes() throws Exception {
    confd(1, bird(1));
    confd(2, bird(2));
    Bird first = birds.getFirst();
    cluster.awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
    cluster.awaitRoute(2, "fd65:0:0:1::/122", "fd99::1");
    cluster.awaitRoute(2, "10.65.1.0/26", "10.99.0.1");
    long old = first.pid().orElseThrow();
    ProcessHandle.of(old).orElseThrow().destroyForcibly();
    Await.until("another BIRD", SOON, () -> first.pid().filter(pid -> pid != old).isPresent());
    Await.until(
        "sessions again",
        SOON,
        () -> {
          String at1 = fabric.ipAt(1, "-4", "route", "show", "10.65.2.0/26");
          String at2 = fabric.ipAt(2, "-4", "route", "show", "10.65.1.0/26");
          assertTrue(at1.contains("via 10.99.0.2"), at1);
          assertTrue(at2.contains("via 10.99.0.1"), at2);
          return established(first) == 2;
        });
    Await.until("recovery", SOON, () -> !first.control().status().recovering());
    cluster.awaitRoute(1, "10.65.2.0/26", "10.99.0.2");
  }

  @Test
  void aRestartedAgentAdoptsBirdAndUsesTheLastGoodConfiguration() throws Exception {
    Bird first = bird(1);
    Confd confd = confd(1, first);
    Await.until("in sync", SOON, () -> confd.status().healthy());
    long pid = first.pid().orElseThrow();
    confd.close();
    first.close();

    datastore.setUnavailable(true);
    Bird second = bird(1);
    Confd restarted = confd(1, second);
    Await.until("adoption", SOON, () -> second.pid().isPresent());
    assertEquals(pid, second.pid().orElseThrow());
    assertFalse(restarted.status().inSync());
    datastore.setUnavailable(false);
    Await.until("in sync again", SOON, () -> restarted.status().healthy());
    assertEquals(pid, second.pid().orElseThrow());

    second.stop();
    assertTrue(second.pid().isEmpty());
    assertTrue(ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
    second.start();
    assertNotEquals(pid, second.pid().orElseThrow());
  }

  @Test
  void aDatastoreThatIsAwayIsNotAnEmptyOne() throws Exception {
    datastore.setUnavailable(true);
    Bird bird = bird(1);
    Confd confd = confd(1, bird);
    try {
      datastore.list(new Query.Handles());
      throw new AssertionError("the datastore answers");
    } catch (DatastoreException.Unavailable _) {
      assertFalse(confd.status().inSync());
      assertTrue(bird.pid().isEmpty());
      assertFalse(Files.exists(bird.paths().config()));
    }
  }
}
