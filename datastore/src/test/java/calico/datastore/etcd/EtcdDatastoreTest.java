package calico.datastore.etcd;

import static calico.datastore.Mentions.assertMentions;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.Listing;
import calico.datastore.RecordingListener;
import calico.datastore.Revision;
import calico.datastore.Undecodable;
import calico.datastore.Watch;
import calico.model.key.IpamKey;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What only etcd does: its keyspace, values that others wrote, failures and their messages. */
class EtcdDatastoreTest {
  private static final String SETS = "/calico/resources/v3/projectcalico.org/globalnetworksets/";
  private static final Query<Resource<NetworkSetSpec>> ALL = Query.all(Kinds.GLOBAL_NETWORK_SET);

  @TempDir private static Path dir;
  private static ManagedEtcd etcd;

  @BeforeAll
  static void startEtcd() {
    etcd = ManagedEtcd.start(ManagedEtcd.Settings.DEFAULT.withDataDir(dir).withClientPort(0));
  }

  @AfterAll
  static void stopEtcd() {
    etcd.close();
  }

  private static Resource<NetworkSetSpec> set(String name) {
    return Resource.of(
        Kinds.GLOBAL_NETWORK_SET,
        Metadata.named(name),
        new NetworkSetSpec(List.of("10.0.0.0/8"), Unknown.NONE));
  }

  private static ResourceKey<NetworkSetSpec> key(String name) {
    return ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, name);
  }

  @Test
  void whatCannotBeDecodedIsNamedAndCanBeDeleted() throws Exception {
    try (Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
      Revision first = datastore.create(key("bad"), set("bad")).revision();
      datastore.create(key("good"), set("good"));
      RecordingListener<Resource<NetworkSetSpec>> listener = new RecordingListener<>();
      try (Watch _ = datastore.watch(ALL, datastore.list(ALL).revision(), listener)) {
        EtcdControl.put(etcd.config(), SETS + "bad", "{\"spec\":{\"nets\":7}}");
        EtcdControl.put(etcd.config(), SETS + "bad", "{");
        List<String> events = listener.awaitEvents(2);
        assertEquals(
            "undecodable %s: spec.nets = '7': %s".formatted(key("bad"), "expected a list"),
            events.get(0));
        assertTrue(
            events.get(1).startsWith("undecodable " + key("bad") + ": object: "), events.get(1));
      }
      EtcdControl.put(etcd.config(), SETS + "bad", "{\"spec\":{\"nets\":7}}");
      Listing<Resource<NetworkSetSpec>> listing = datastore.list(ALL);
      assertEquals(List.of(key("good")), listing.entries().stream().map(Entry::key).toList());
      Undecodable<?> bad = listing.undecodable().getFirst();
      assertEquals(List.of(bad), listing.undecodable());
      assertEquals(key("bad"), bad.key());
      assertEquals(Problem.error("spec.nets", "7", "expected a list"), bad.problem());
      assertMentions(
          assertThrows(DatastoreException.class, () -> datastore.get(key("bad"))),
          SETS + "bad",
          "nets");
      assertThrows(DatastoreException.Conflict.class, () -> datastore.delete(key("bad"), first));
      datastore.delete(key("bad"), bad.revision());
      datastore.delete(key("good"), null);
    }
    EtcdControl.put(etcd.config(), SETS + "bad", "{");
    try (Datastore datastore = EtcdDatastore.forOneShot(etcd.config())) {
      datastore.delete(key("bad"), null);
      assertEquals(List.of(), datastore.keys(ALL));
    }
  }

  @Test
  void storesWhatUpstreamStores() throws Exception {
    try (Datastore datastore = EtcdDatastore.forOneShot(etcd.config())) {
      var key = ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, "threats");
      Entry<Resource<NetworkSetSpec>> entry = datastore.create(key, set("threats"));
      Metadata m = entry.value().metadata();
      assertEquals(
          "{\"kind\":\"GlobalNetworkSet\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":"
              + "{\"name\":\"threats\",\"uid\":\""
              + m.uid()
              + "\",\"creationTimestamp\":\""
              + m.creationTimestamp()
              + "\"},\"spec\":{\"nets\":[\"10.0.0.0/8\"]}}",
          EtcdControl.get(etcd.config(), SETS + "threats"));
      datastore.delete(key, entry.revision());
    }
  }

  @Test
  void listingsLongerThanAPage() throws Exception {
    // 5001 handles, written a hundred per transaction.
    for (int i = 0; i <= 50; i++) {
      StringBuilder puts = new StringBuilder();
      String[] keys = new String[i == 50 ? 1 : 100];
      for (int j = 0; j < keys.length; j++) {
        keys[j] = String.format("/calico/ipam/v2/handle/h%04d", i * 100 + j);
        puts.append(j == 0 ? "" : ",")
            .append("{\"request_put\":{\"key\":\"%s\",\"value\":\"e30=\"}}");
      }
      EtcdControl.post(etcd.config(), "kv/txn", "{\"success\":[" + puts + "]}", keys);
    }
    try (Datastore datastore = EtcdDatastore.forDaemon(etcd.config())) {
      List<?> keys =
          datastore.list(new Query.Handles()).entries().stream()
              .map(Entry::key)
              .distinct()
              .toList();
      assertEquals(5001, keys.size());
      assertEquals(new IpamKey.Handle("h5000"), keys.getLast());
    }
    String from = "/calico/ipam/v2/handle/";
    EtcdControl.post(
        etcd.config(), "kv/deleterange", "{\"key\":\"%s\",\"range_end\":\"%s\"}", from, from + "~");
  }

  @Test
  void deadEndpointIsPassedOver() {
    String[] endpoints = {"http://127.0.0.1:1", etcd.config().endpoints().getFirst().toString()};
    EtcdConfig config = EtcdConfig.of(endpoints);
    try (Datastore daemon = EtcdDatastore.forDaemon(config);
        Datastore oneShot = EtcdDatastore.forOneShot(config)) {
      for (int i = 0; i < 4; i++) {
        assertTrue(daemon.get(key("none")).isEmpty());
        assertTrue(oneShot.get(key("none")).isEmpty());
      }
    }
  }

  @Test
  void unreachableEtcdIsNamed() {
    EtcdConfig config = EtcdConfig.of("http://127.0.0.1:1");
    for (Datastore datastore :
        List.of(EtcdDatastore.forDaemon(config), EtcdDatastore.forOneShot(config))) {
      try (datastore) {
        assertMentions(
            assertThrows(DatastoreException.Unavailable.class, () -> datastore.get(key("a"))),
            "http://127.0.0.1:1",
            "read " + SETS + "a",
            "ETCD_ENDPOINTS");
      }
    }
  }

  @Test
  void watchesEndWhenEtcdDiesAndCallsSucceedWhenItIsBack(@TempDir Path other) throws Exception {
    ManagedEtcd.Settings settings =
        ManagedEtcd.Settings.DEFAULT.withDataDir(other).withClientPort(0);
    try (ManagedEtcd mortal = ManagedEtcd.start(settings);
        Datastore datastore = EtcdDatastore.forDaemon(mortal.config())) {
      RecordingListener<Resource<NetworkSetSpec>> listener = new RecordingListener<>();
      datastore.create(key("a"), set("a"));
      datastore.watch(ALL, datastore.list(ALL).revision(), listener);
      ProcessHandle.of(mortal.pid()).orElseThrow().destroyForcibly();
      assertEquals(
          List.of("ended Unavailable"), listener.awaitEvents(1), () -> "" + listener.ends());
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (true) {
        try {
          assertEquals(1, datastore.list(ALL).entries().size());
          break;
        } catch (DatastoreException.Unavailable e) {
          assertTrue(System.nanoTime() < deadline, e::getMessage);
          Thread.sleep(10);
        }
      }
    }
  }

  @Test
  void grpcProxyServesBoth(@TempDir Path proxyDir) throws Exception {
    int port;
    try (Relay relay = new Relay(1)) {
      port = relay.port();
    }
    Process proxy =
        new ProcessBuilder(
                "etcd",
                "grpc-proxy",
                "start",
                "--endpoints=" + etcd.config().endpoints().getFirst().authority(),
                "--listen-addr=127.0.0.1:" + port,
                "--data-dir=" + proxyDir)
            .redirectErrorStream(true)
            .redirectOutput(proxyDir.resolve("log").toFile())
            .start();
    EtcdConfig config = EtcdConfig.of("http://127.0.0.1:" + port);
    try (Datastore daemon = EtcdDatastore.forDaemon(config);
        Datastore oneShot = EtcdDatastore.forOneShot(config)) {
      awaitAnswer(oneShot);
      RecordingListener<Resource<NetworkSetSpec>> listener = new RecordingListener<>();
      try (Watch _ = daemon.watch(ALL, daemon.list(ALL).revision(), listener)) {
        oneShot.create(key("p"), set("p"));
        oneShot.delete(key("p"), null);
        assertEquals(List.of("put " + key("p"), "delete " + key("p")), listener.awaitEvents(2));
      }
    } finally {
      proxy.destroy();
      proxy.waitFor();
    }
  }

  private static void awaitAnswer(Datastore datastore) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try {
        datastore.get(key("none"));
        return;
      } catch (DatastoreException.Unavailable e) {
        assertTrue(System.nanoTime() < deadline, e::getMessage);
        Thread.sleep(10);
      }
    }
  }

  @Test
  void userAndPassword(@TempDir Path other) throws Exception {
    ManagedEtcd.Settings settings =
        ManagedEtcd.Settings.DEFAULT.withDataDir(other).withClientPort(0);
    try (ManagedEtcd guarded = ManagedEtcd.start(settings)) {
      EtcdConfig open = guarded.config();
      EtcdControl.post(open, "auth/user/add", "{\"name\":\"root\",\"password\":\"secret\"}");
      EtcdControl.post(open, "auth/role/add", "{\"name\":\"root\"}");
      EtcdControl.post(open, "auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
      EtcdControl.post(open, "auth/enable", "{}");
      Map<String, String> env =
          Map.of(
              "ETCD_ENDPOINTS", open.endpoints().getFirst().toString(),
              "ETCD_USERNAME", "root",
              "ETCD_PASSWORD", "secret");
      EtcdConfig right = EtcdConfig.fromEnvironment(env).orElseThrow();
      EtcdConfig wrong = new EtcdConfig(right.endpoints(), null, null, null, "root", "wrong");
      try (Datastore daemon = EtcdDatastore.forDaemon(right);
          Datastore oneShot = EtcdDatastore.forOneShot(right)) {
        daemon.create(key("a"), set("a"));
        assertTrue(oneShot.get(key("a")).isPresent());
        RecordingListener<Resource<NetworkSetSpec>> listener = new RecordingListener<>();
        try (Watch _ = daemon.watch(ALL, daemon.list(ALL).revision(), listener)) {
          oneShot.delete(key("a"), null);
          assertEquals(List.of("delete " + key("a")), listener.awaitEvents(1));
        }
      }
      for (EtcdConfig config : List.of(wrong, open)) {
        for (Datastore datastore :
            List.of(EtcdDatastore.forDaemon(config), EtcdDatastore.forOneShot(config))) {
          try (datastore) {
            DatastoreException e =
                assertThrows(DatastoreException.class, () -> datastore.get(key("a")));
            assertMentions(e, "ETCD_USERNAME");
          }
        }
      }
    }
  }
}
