package calico.datastore.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.RecordingListener;
import calico.datastore.SyncListener;
import calico.datastore.Syncer;
import calico.datastore.Watch;
import calico.model.key.Key;
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
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ways to etcd that break, freeze or come back too late for what was missed. */
class EtcdFailoverTest {
  private static final Query<Resource<NetworkSetSpec>> ALL = Query.all(Kinds.GLOBAL_NETWORK_SET);
  private static final long PROMPT_NANOS = TimeUnit.SECONDS.toNanos(1);

  @TempDir private Path dir;
  private TestEtcd etcd;
  private Datastore direct;

  @BeforeEach
  void start() throws Exception {
    etcd = new TestEtcd(dir, "http", "--experimental-watch-progress-notify-interval=50ms");
    direct = EtcdDatastore.forDaemon(etcd.config());
    Await.answer(direct);
  }

  @AfterEach
  void stop() throws Exception {
    direct.close();
    etcd.close();
  }

  private static ResourceKey<NetworkSetSpec> key(String name) {
    return ResourceKey.of(Kinds.GLOBAL_NETWORK_SET, name);
  }

  private void put(String name) {
    direct.put(
        key(name),
        Resource.of(
            Kinds.GLOBAL_NETWORK_SET,
            Metadata.named(name),
            new NetworkSetSpec(List.of("10.0.0.0/8"), Unknown.NONE)),
        null);
  }

  private Relay relay() throws IOException {
    return new Relay(etcd.endpoint().port());
  }

  private static Datastore through(Relay... relays) {
    String[] endpoints = new String[relays.length];
    for (int i = 0; i < relays.length; i++) {
      endpoints[i] = "http://127.0.0.1:" + relays[i].port();
    }
    return EtcdDatastore.forDaemon(EtcdConfig.of(endpoints));
  }

  /** What a syncer told since it was looked at last. */
  private static final class Told implements SyncListener {
    private final List<String> calls = new ArrayList<>();

    @Override
    public synchronized void onStatus(Status status) {
      calls.add(status.toString());
      notifyAll();
    }

    @Override
    public synchronized <V> void onUpdate(Key<V> key, @Nullable V value) {
      calls.add((value == null ? "delete " : "put ") + ((ResourceKey<?>) key).name());
      notifyAll();
    }

    /** Waits until {@code last} was told; everything up to there. */
    synchronized List<String> take(String last) throws InterruptedException {
      long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
      while (!calls.contains(last)) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        assertTrue(left > 0, () -> "waited for " + last + ", was told " + calls);
        wait(left);
      }
      List<String> taken = List.copyOf(calls);
      calls.clear();
      return taken;
    }
  }

  @Test
  void onlyTheDifferenceIsToldWhenWhatWasMissedIsCompacted() throws Exception {
    for (String name : List.of("changes", "goes", "stays")) {
      put(name);
    }
    Told told = new Told();
    try (Relay relay = relay();
        Datastore datastore = through(relay);
        Syncer syncer = new Syncer(datastore, List.of(ALL), told)) {
      syncer.start();
      told.take("IN_SYNC");
      relay.refuse(true);
      put("changes");
      direct.delete(key("goes"), null);
      put("passes");
      direct.delete(key("passes"), null);
      long revision = EtcdControl.revision(etcd.config());
      EtcdControl.post(etcd.config(), "kv/compaction", "{\"revision\":\"" + revision + "\"}");
      relay.refuse(false);
      List<String> missed = new ArrayList<>(told.take("delete goes"));
      put("last");
      missed.addAll(told.take("put last"));
      assertEquals(
          List.of("delete goes", "put changes", "put last"), missed.stream().sorted().toList());
    }
  }

  @Test
  void frozenEndpointIsFoundOutAndAvoided() throws Exception {
    Told told = new Told();
    try (Relay first = relay();
        Relay second = relay();
        Datastore datastore = through(first, second);
        Syncer syncer = new Syncer(datastore, List.of(ALL), told)) {
      syncer.start();
      told.take("IN_SYNC");
      for (int i = 0; i < 4; i++) {
        Await.answer(datastore);
      }
      first.freeze();
      long start = System.nanoTime();
      put("a");
      told.take("put a");
      awaitPrompt(datastore);
      System.out.printf(
          "EtcdFailoverTest: a frozen endpoint was avoided after %d ms%n",
          TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    }
  }

  /** Until ten calls in a row are answered promptly. */
  private static void awaitPrompt(Datastore datastore) throws InterruptedException {
    long deadline = System.nanoTime() + Duration.ofSeconds(40).toNanos();
    int prompt = 0;
    while (prompt < 10) {
      long start = System.nanoTime();
      Await.answer(datastore);
      prompt = System.nanoTime() - start < PROMPT_NANOS ? prompt + 1 : 0;
      assertTrue(System.nanoTime() < deadline, "calls still go to the frozen endpoint");
    }
  }

  /** etcd tells an idle watch every 50 ms here how far it is; nothing has changed by that. */
  @Test
  void progressNotificationsAreNotEvents() throws Exception {
    RecordingListener<Resource<NetworkSetSpec>> idle = new RecordingListener<>();
    RecordingListener<Resource<NetworkSetSpec>> other = new RecordingListener<>();
    try (Watch _ = direct.watch(ALL, direct.list(ALL).revision(), idle)) {
      long deadline = System.nanoTime() + Duration.ofMillis(500).toNanos();
      while (System.nanoTime() < deadline) {
        EtcdControl.put(etcd.config(), "/elsewhere", "x");
      }
      assertEquals(List.of(), idle.events());
      try (Watch _ = direct.watch(ALL, direct.list(ALL).revision(), other)) {
        put("a");
        assertEquals(List.of("put " + key("a")), idle.awaitEvents(1));
        assertEquals(List.of("put " + key("a")), other.awaitEvents(1));
      }
    }
  }
}
