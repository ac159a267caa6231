package calico.datastore.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.RecordingListener;
import calico.datastore.Revision;
import calico.datastore.Watch;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Users and passwords: tokens that expire, are forgotten by etcd or outdated, and are not asked.
 */
class EtcdAuthTest {
  private static final Query<Resource<NetworkSetSpec>> ALL = Query.all(Kinds.GLOBAL_NETWORK_SET);

  @TempDir private Path dir;

  private static Resource<NetworkSetSpec> set(String name) {
    return Resource.of(
        Kinds.GLOBAL_NETWORK_SET,
        Metadata.named(name),
        new NetworkSetSpec(List.of("10.0.0.0/8"), Unknown.NONE));
  }

  private static ResourceKey<NetworkSetSpec> key(String name) {
    return ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, name);
  }

  private TestEtcd guarded(String... flags) throws IOException, InterruptedException {
    TestEtcd etcd = new TestEtcd(dir, "http", flags);
    Await.answer(etcd.config());
    etcd.enableAuth();
    return etcd;
  }

  /** A signed token says itself how long it is valid and of which state of the users it is. */
  private String signedTokens(int ttlSeconds) throws IOException, InterruptedException {
    Path key = dir.resolve("jwt.key");
    Path pub = dir.resolve("jwt.pub");
    for (String[] command :
        new String[][] {
          {"openssl", "genrsa", "-out", key.toString(), "2048"},
          {"openssl", "rsa", "-in", key.toString(), "-pubout", "-out", pub.toString()}
        }) {
      Process openssl =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(dir.resolve("openssl.log").toFile())
              .start();
      assertEquals(0, openssl.waitFor());
    }
    return "--auth-token=jwt,pub-key=%s,priv-key=%s,sign-method=RS256,ttl=%ds"
        .formatted(pub, key, ttlSeconds);
  }

  @Test
  void expiredTokenIsRenewedForCallsAndWatches() throws Exception {
    try (TestEtcd etcd = guarded(signedTokens(1));
        Datastore caller = EtcdDatastore.forDaemon(etcd.as("root", "secret"));
        Datastore oneShot = EtcdDatastore.forOneShot(etcd.as("root", "secret"));
        Datastore watcher = EtcdDatastore.forDaemon(etcd.as("root", "secret"))) {
      Revision start = caller.list(ALL).revision();
      oneShot.create(key("a"), set("a"));
      // Where a second passes before the watch begins, its token has expired: another one then.
      RecordingListener<Resource<NetworkSetSpec>> old = new RecordingListener<>();
      Watch begun = watcher.watch(ALL, start, old);
      for (int i = 0; i < 10 && !old.awaitEvents(1).getFirst().equals("put " + key("a")); i++) {
        old = new RecordingListener<>();
        begun = watcher.watch(ALL, start, old);
      }
      try (Watch _ = begun) {
        // Until the token that its stream was opened with has expired, the youngest of the three.
        long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (firstEvent(watcher, start).equals("put " + key("a"))) {
          assertTrue(System.nanoTime() < deadline, "the token does not expire");
          Thread.sleep(50);
        }
        assertEquals("put " + key("a"), firstEvent(watcher, start), "on a new stream");
        assertTrue(caller.get(key("a")).isPresent());
        oneShot.create(key("b"), set("b"));
        assertEquals(List.of("put " + key("a"), "put " + key("b")), old.awaitEvents(2));
      }
    }
  }

  private static String firstEvent(Datastore datastore, Revision from) throws InterruptedException {
    RecordingListener<Resource<NetworkSetSpec>> listener = new RecordingListener<>();
    try (Watch _ = datastore.watch(ALL, from, listener)) {
      return listener.awaitEvents(1).getFirst();
    }
  }

  @Test
  void tokenOfAnOlderStateOfTheUsersIsRenewed() throws Exception {
    try (TestEtcd etcd = guarded(signedTokens(300));
        Datastore daemon = EtcdDatastore.forDaemon(etcd.as("root", "secret"));
        Datastore oneShot = EtcdDatastore.forOneShot(etcd.as("root", "secret"))) {
      daemon.create(key("a"), set("a"));
      assertTrue(oneShot.get(key("a")).isPresent());
      etcd.control("--user=root:secret", "user", "add", "newcomer:secret");
      assertTrue(daemon.get(key("a")).isPresent());
      assertTrue(oneShot.get(key("a")).isPresent());
    }
  }

  /** etcd keeps simple tokens in memory; many callers find out at the same time. */
  @Test
  void tokensForgottenByARestartAreRenewedForAllCallers() throws Exception {
    try (TestEtcd etcd = guarded();
        Datastore daemon = EtcdDatastore.forDaemon(etcd.as("root", "secret"))) {
      daemon.create(key("a"), set("a"));
      etcd.restart();
      Await.answer(etcd.as("root", "secret"));
      ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
      List<Thread> callers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        callers.add(Thread.ofVirtual().start(() -> readAgain(daemon, failures)));
      }
      for (Thread caller : callers) {
        caller.join();
      }
      assertEquals(List.of(), List.copyOf(failures));
    }
  }

  private static void readAgain(Datastore datastore, Collection<Throwable> failures) {
    try {
      Await.answer(datastore);
      assertTrue(datastore.get(key("a")).isPresent());
    } catch (InterruptedException | RuntimeException | AssertionError e) {
      failures.add(e);
    }
  }

  @Test
  void userIsNotNeededWhereEtcdAsksForNone() throws Exception {
    try (TestEtcd etcd = new TestEtcd(dir, "http");
        Datastore daemon = EtcdDatastore.forDaemon(etcd.as("root", "secret"));
        Datastore oneShot = EtcdDatastore.forOneShot(etcd.as("root", "secret"))) {
      Await.answer(daemon);
      daemon.create(key("a"), set("a"));
      assertTrue(oneShot.get(key("a")).isPresent());
      etcd.enableAuth();
      assertTrue(daemon.get(key("a")).isPresent());
      assertTrue(oneShot.get(key("a")).isPresent());
    }
  }

  /** A refused watch comes with an id that may be another's. */
  @Test
  void refusedWatchDoesNotDisturbAnother() throws Exception {
    try (TestEtcd etcd = guarded();
        Datastore root = EtcdDatastore.forDaemon(etcd.as("root", "secret"));
        Datastore reader = EtcdDatastore.forDaemon(etcd.as("reader", "secret"))) {
      assertThrows(DatastoreException.class, () -> reader.create(key("a"), set("a")));
      RecordingListener<Resource<NetworkSetSpec>> allowed = new RecordingListener<>();
      Revision revision = reader.list(ALL).revision();
      try (Watch _ = reader.watch(ALL, revision, allowed)) {
        RecordingListener<Object> denied = new RecordingListener<>();
        watch(reader, new Query.Handles(), revision, denied);
        assertEquals(List.of("ended DatastoreException"), denied.awaitEvents(1));
        assertNotNull(denied.ends().getFirst().getMessage());
        root.create(key("a"), set("a"));
        assertEquals(List.of("put " + key("a")), allowed.awaitEvents(1));
      }
    }
  }

  @SuppressWarnings("unchecked") // the listener only keeps what it is given
  private static <V> void watch(
      Datastore datastore, Query<V> query, Revision from, RecordingListener<Object> listener) {
    datastore.watch(query, from, (RecordingListener<V>) (RecordingListener<?>) listener);
  }
}
