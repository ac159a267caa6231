package calico.datastore;

import static calico.datastore.DatastoreContract.key;
import static calico.datastore.DatastoreContract.nets;
import static calico.datastore.DatastoreContract.set;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.key.StatusKey;
import calico.model.resource.ClusterInformationSpec;
import calico.model.resource.EndpointStatus;
import calico.model.resource.Kinds;
import calico.model.resource.Metadata;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Problem;
import calico.model.resource.Resource;
import calico.model.resource.Unknown;
import calico.reconcile.Backoff;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SyncerTest {
  private static final Backoff FAST = new Backoff(Duration.ofNanos(100_000), Duration.ofMillis(2));
  private static final Query<Resource<NetworkSetSpec>> SETS = Query.all(Kinds.NETWORK_SET);
  private static final Query<EndpointStatus> STATUSES = new Query.HostStatuses("h");
  private static final ResourceKey<NetworkSetSpec> A = key("ns", "a");
  private static final ResourceKey<NetworkSetSpec> B = key("ns", "b");

  private final MemoryDatastore store = new MemoryDatastore();
  private final Seen seen = new Seen();

  /** What the listener was told, and the state that this amounts to. */
  private static final class Seen implements SyncListener {
    private final List<String> calls = new ArrayList<>();
    private final Map<Key<?>, Object> state = new HashMap<>();
    private final AtomicInteger inside = new AtomicInteger();
    private @Nullable Status status;
    private boolean overlapped;
    private boolean repeated;
    private volatile @Nullable Object unwanted;

    @Override
    public <V> boolean accepts(Key<V> key, V value) {
      return !(value instanceof Resource<?> resource && resource.spec().equals(unwanted));
    }

    @Override
    public <V> void onRefused(Key<V> key) {
      tell("refused " + key, () -> state.remove(key));
    }

    @Override
    public <V> void onUndecodable(Key<V> key, Problem problem) {
      tell("undecodable " + key + " " + problem.fieldPath(), () -> state.remove(key));
    }

    @Override
    public void onStatus(Status status) {
      tell(status.toString(), () -> this.status = status);
    }

    @Override
    public <V> void onUpdate(Key<V> key, @Nullable V value) {
      tell(
          (value == null ? "delete " : "put ") + key,
          () -> {
            Object before = value == null ? state.remove(key) : state.put(key, value);
            repeated |= Objects.equals(before, value);
          });
    }

    private void tell(String call, Runnable change) {
      overlapped |= inside.incrementAndGet() != 1;
      synchronized (this) {
        calls.add(call);
        change.run();
        notifyAll();
      }
      inside.decrementAndGet();
    }

    synchronized void await(BooleanSupplier condition) throws InterruptedException {
      long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (!condition.getAsBoolean()) {
        long left = (deadline - System.nanoTime()) / 1_000_000;
        assertTrue(left > 0, () -> "waited in vain, saw " + calls);
        wait(left);
      }
    }

    synchronized List<String> take() {
      List<String> taken = List.copyOf(calls);
      calls.clear();
      return taken;
    }
  }

  private Syncer syncer(Datastore datastore, Query<?>... queries) {
    return new Syncer(datastore, List.of(queries), seen, FAST, new Random(1));
  }

  @Test
  void listsEverythingThenIsInSyncOnce() throws Exception {
    store.create(A, set(A, "10.0.0.0/8"));
    store.put(new StatusKey.Host("h", "e"), new EndpointStatus("up"), null);
    try (Syncer syncer = syncer(store, SETS, STATUSES)) {
      syncer.start();
      seen.await(() -> seen.calls.contains("IN_SYNC"));
      List<String> calls = seen.take();
      assertEquals(List.of("WAIT_FOR_DATASTORE", "RESYNC_IN_PROGRESS"), calls.subList(0, 2));
      assertEquals("IN_SYNC", calls.getLast());
      assertEquals(5, calls.size(), calls::toString);
      store.delete(A, null);
      seen.await(() -> !seen.calls.isEmpty());
      assertEquals(List.of("delete " + A), seen.take());
    }
  }

  @Test
  void whatIsNotAcceptedIsRefusedOnceAndPassedOnWhenItIsBetter() throws Exception {
    seen.unwanted = nets("10.0.0.0/8");
    store.create(A, set(A, "10.0.0.0/8"));
    store.create(B, set(B, "10.1.0.0/16"));
    try (Syncer syncer = syncer(store, SETS)) {
      syncer.start();
      seen.await(() -> seen.calls.contains("IN_SYNC"));
      assertEquals(Set.of(B), seen.state.keySet());
      assertEquals(1, seen.take().stream().filter(("refused " + A)::equals).count());
      store.put(A, set(A, "10.0.0.0/16"), null);
      seen.await(() -> seen.state.containsKey(A));
      store.put(A, set(A, "10.0.0.0/8"), null);
      seen.await(() -> !seen.state.containsKey(A));
      assertEquals(List.of("put " + A, "refused " + A), seen.take());
    }
  }

  @Test
  void withoutQueriesIsInSyncAtOnce() {
    try (Syncer syncer = syncer(store)) {
      syncer.start();
      assertEquals(List.of("WAIT_FOR_DATASTORE", "RESYNC_IN_PROGRESS", "IN_SYNC"), seen.take());
    }
  }

  @Test
  void waitsForDatastoreAsLongAsItTakes() throws Exception {
    store.setUnavailable(true);
    AtomicInteger lists = new AtomicInteger();
    Datastore counting = new ListCounting(store, lists);
    try (Syncer syncer = syncer(counting, SETS)) {
      syncer.start();
      while (lists.get() < 20) {
        Thread.onSpinWait();
      }
      assertEquals(List.of("WAIT_FOR_DATASTORE"), seen.take());
      store.setUnavailable(false);
      seen.await(() -> seen.calls.contains("IN_SYNC"));
    }
  }

  @Test
  void passesOnOnlyTheDifferenceAfterBreak() throws Exception {
    ResourceKey<NetworkSetSpec> c = key("ns", "c");
    store.create(A, set(A, "10.0.0.0/8"));
    Entry<Resource<NetworkSetSpec>> b = store.create(B, set(B, "10.0.0.0/8"));
    store.create(c, set(c, "10.0.0.0/8"));
    try (Syncer syncer = syncer(store, SETS)) {
      syncer.start();
      seen.await(() -> seen.calls.contains("IN_SYNC"));
      seen.take();
      store.setUnavailable(true);
      store.setUnavailable(false);
      store.delete(A, null);
      store.update(B, b.value().withSpec(nets("11.0.0.0/8")), b.revision());
      store.compact();
      seen.await(() -> seen.state.size() == 2 && seen.calls.size() >= 2);
      // Once more: what did not change is not repeated.
      store.breakWatches();
      ResourceKey<NetworkSetSpec> d = key("ns", "d");
      store.create(d, set(d, "10.0.0.0/8"));
      seen.await(() -> seen.calls.contains("put " + d));
      assertEquals(
          List.of("delete " + A, "put " + B, "put " + d), seen.take().stream().sorted().toList());
    }
  }

  @Test
  void whatCannotBeDecodedIsToldOnceAndWithItsProblem() throws Exception {
    store.putUndecodable(A, "{\"spec\":{\"nets\":7}}");
    try (Syncer syncer = syncer(store, SETS)) {
      syncer.start();
      seen.await(() -> seen.calls.contains("IN_SYNC"));
      assertTrue(seen.take().contains("undecodable " + A + " spec.nets"));
      store.breakWatches();
      store.putUndecodable(B, "{");
      seen.await(() -> !seen.calls.isEmpty());
      store.delete(B, null);
      store.put(A, set(A, "10.0.0.0/8"), null);
      seen.await(() -> seen.calls.contains("put " + A));
      assertEquals(List.of("undecodable " + B + " object", "delete " + B, "put " + A), seen.take());
    }
  }

  @Test
  void listenerThatThrowsIsToldAgain() throws Exception {
    AtomicInteger refusals = new AtomicInteger(3);
    SyncListener throwing =
        new SyncListener() {
          @Override
          public void onStatus(Status status) {
            seen.onStatus(status);
          }

          @Override
          public <V> void onUpdate(Key<V> key, @Nullable V value) {
            if (refusals.getAndDecrement() > 0) {
              throw new IllegalStateException("thrown by the test");
            }
            seen.onUpdate(key, value);
          }
        };
    try (Syncer syncer = new Syncer(store, List.of(SETS), throwing, FAST, new Random(1))) {
      syncer.start();
      store.create(A, set(A, "10.0.0.0/8"));
      seen.await(() -> seen.state.containsKey(A));
    }
  }

  @Test
  void kindThatDatastoreDoesNotHaveIsEmpty() throws Exception {
    try (Syncer syncer = syncer(new WithoutStatuses(store), SETS, STATUSES)) {
      syncer.start();
      seen.await(() -> seen.calls.contains("IN_SYNC"));
    }
  }

  private void setFlag(@Nullable Boolean value) {
    var spec = new ClusterInformationSpec(null, null, null, value, null, Unknown.NONE);
    store.put(
        ReadyFlag.KEY, Resource.of(ReadyFlag.KEY.kind(), Metadata.named("default"), spec), null);
  }

  private Syncer whileReady(Datastore datastore, Query<?>... queries) {
    return new Syncer(datastore, List.of(queries), seen, FAST, new Random(1), true);
  }

  /** Waits until the syncer is in sync with the given updates told since the last time. */
  private void awaitInSync(String... updates) throws InterruptedException {
    seen.await(() -> seen.calls.contains("IN_SYNC"));
    List<String> calls = seen.take();
    assertEquals("RESYNC_IN_PROGRESS", calls.getFirst());
    assertEquals("IN_SYNC", calls.getLast());
    assertEquals(List.of(updates), calls.subList(1, calls.size() - 1).stream().sorted().toList());
  }

  @Test
  void tellsNothingWhileTheFlagIsNotTrue() throws Exception {
    ResourceKey<NetworkSetSpec> c = key("ns", "c");
    store.create(A, set(A, "10.0.0.0/8"));
    store.create(c, set(c, "10.0.0.0/8"));
    try (Syncer syncer = whileReady(store, SETS, STATUSES)) {
      syncer.start();
      setFlag(null);
      setFlag(false);
      assertEquals(List.of("WAIT_FOR_DATASTORE"), seen.take());
      setFlag(true);
      awaitInSync("put " + A, "put " + c);

      setFlag(false);
      seen.await(() -> seen.calls.contains("WAIT_FOR_DATASTORE"));
      store.delete(A, null);
      store.create(B, set(B, "10.0.0.0/8"));
      store.put(new StatusKey.Host("h", "e"), new EndpointStatus("up"), null);
      store.breakWatches();
      assertEquals(List.of("WAIT_FOR_DATASTORE"), seen.take());
      setFlag(true);
      awaitInSync("delete " + A, "put " + new StatusKey.Host("h", "e"), "put " + B);

      store.delete(c, null);
      seen.await(() -> !seen.calls.isEmpty());
      assertEquals(List.of("delete " + c), seen.take());
      store.delete(ReadyFlag.KEY, null);
      seen.await(() -> !seen.calls.isEmpty());
      assertEquals(List.of("WAIT_FOR_DATASTORE"), seen.take());
    }
  }

  @Test
  void theFlagStaysTrueWhileTheDatastoreIsAway() throws Exception {
    setFlag(true);
    store.create(A, set(A, "10.0.0.0/8"));
    try (Syncer syncer = whileReady(store, SETS)) {
      syncer.start();
      seen.await(() -> seen.calls.contains("IN_SYNC"));
      seen.take();
      store.setUnavailable(true);
      store.breakWatches();
      store.setUnavailable(false);
      store.create(B, set(B, "10.0.0.0/8"));
      seen.await(() -> !seen.calls.isEmpty());
      assertEquals(List.of("put " + B), seen.take());
    }
  }

  @Test
  void withoutQueriesTheFlagIsFollowed() throws Exception {
    try (Syncer syncer = whileReady(store)) {
      syncer.start();
      assertEquals(List.of("WAIT_FOR_DATASTORE"), seen.take());
      setFlag(true);
      awaitInSync();
    }
  }

  @Test
  void whatTheDatastoreDoesNotHaveDoesNotHoldUpTheFlag() throws Exception {
    setFlag(true);
    try (Syncer syncer = whileReady(new WithoutStatuses(store), SETS, STATUSES)) {
      syncer.start();
      seen.await(() -> seen.calls.contains("IN_SYNC"));
      seen.take();
      setFlag(false);
      seen.await(() -> seen.calls.contains("WAIT_FOR_DATASTORE"));
      seen.take();
      setFlag(true);
      awaitInSync();
    }
  }

  @Test
  void silentAfterClose() throws Exception {
    Syncer syncer = syncer(store, SETS);
    syncer.start();
    seen.await(() -> seen.calls.contains("IN_SYNC"));
    syncer.close();
    seen.take();
    RecordingListener<Resource<NetworkSetSpec>> other = new RecordingListener<>();
    try (Watch _ = store.watch(SETS, store.list(SETS).revision(), other)) {
      store.create(A, set(A, "10.0.0.0/8"));
      other.awaitEvents(1);
    }
    assertEquals(List.of(), seen.take());
  }

  @Test
  void listenerEndsUpWithWhatIsStored() throws Exception {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println("SyncerTest -Dseed=" + seed);
    Random random = new Random(seed);
    FaultyDatastore faulty = new FaultyDatastore(store, new Random(seed + 1));
    try (Syncer syncer = whileReady(faulty, SETS, STATUSES)) {
      syncer.start();
      for (int i = 0; i < 20_000; i++) {
        step(random);
        if (random.nextInt(500) == 0) {
          setFlag(random.nextBoolean());
        }
      }
      faulty.heal();
      setFlag(true);
      Map<Key<?>, Object> stored = new HashMap<>();
      store.list(SETS).entries().forEach(e -> stored.put(e.key(), e.value()));
      store.list(STATUSES).entries().forEach(e -> stored.put(e.key(), e.value()));
      seen.await(() -> seen.status == SyncListener.Status.IN_SYNC && seen.state.equals(stored));
      synchronized (seen) {
        assertFalse(seen.repeated, () -> "the same value twice, seed " + seed);
        assertOrderly(seen.calls);
      }
      assertFalse(seen.overlapped, () -> "two calls at a time, seed " + seed);
    }
  }

  /**
   * Nothing is told between WAIT_FOR_DATASTORE and RESYNC_IN_PROGRESS, and IN_SYNC is told once.
   */
  private static void assertOrderly(List<String> calls) {
    String status = "";
    for (String call : calls) {
      switch (call) {
        case "WAIT_FOR_DATASTORE" -> {
          assertNotEquals(call, status);
          status = call;
        }
        case "RESYNC_IN_PROGRESS" -> {
          assertEquals("WAIT_FOR_DATASTORE", status);
          status = call;
        }
        case "IN_SYNC" -> {
          assertEquals("RESYNC_IN_PROGRESS", status);
          status = call;
        }
        default -> assertNotEquals("WAIT_FOR_DATASTORE", status, call);
      }
    }
    assertEquals("IN_SYNC", status);
  }

  private void step(Random random) {
    ResourceKey<NetworkSetSpec> key = key("ns" + random.nextInt(3), "s" + random.nextInt(5));
    Entry<Resource<NetworkSetSpec>> entry = store.get(key).orElse(null);
    switch (random.nextInt(12)) {
      case 0 -> store.breakWatches();
      case 1 -> store.compact();
      case 2 -> {
        StatusKey.Host status = new StatusKey.Host("h", "e" + random.nextInt(3));
        store.put(status, new EndpointStatus("s" + random.nextInt()), null);
      }
      default -> {
        if (entry == null) {
          store.create(key, set(key, "10.0.0.0/8"));
        } else if (random.nextInt(3) == 0) {
          store.delete(key, null);
        } else {
          store.update(key, entry.value(), entry.revision());
        }
      }
    }
  }

  /** Has no statuses. */
  private static final class WithoutStatuses extends ForwardingDatastore {
    WithoutStatuses(Datastore inner) {
      super(inner);
    }

    @Override
    public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
      if (query.equals(STATUSES)) {
        throw new DatastoreException.NotSupported("List", query, "the test says so");
      }
      return super.scan(query, page);
    }
  }

  /** Counts the listings asked for. */
  private static final class ListCounting extends ForwardingDatastore {
    private final AtomicInteger lists;

    ListCounting(Datastore inner, AtomicInteger lists) {
      super(inner);
      this.lists = lists;
    }

    @Override
    public <V> Revision scan(Query<V> query, Predicate<Listing<V>> page) {
      lists.incrementAndGet();
      return super.scan(query, page);
    }
  }
}
