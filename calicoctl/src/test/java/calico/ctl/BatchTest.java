package calico.ctl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.Datastore;
import calico.datastore.DatastoreException;
import calico.datastore.MemoryDatastore;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.resource.Kinds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Many resources: in which order, how many at a time, and what failures do. */
class BatchTest {
  private final List<ResourceKey<?>> done = Collections.synchronizedList(new ArrayList<>());

  @Test
  void whatOthersReferToComesFirstAndGoesLast() {
    long seed = System.nanoTime();
    List<ResourceKey<?>> keys = new ArrayList<>();
    for (Kind<?> kind : Kinds.all()) {
      for (String name : List.of("a", "b", "c")) {
        keys.add(key(kind, name));
      }
    }
    Collections.shuffle(keys, new Random(seed));
    run(keys, Batch.Direction.WRITE);
    assertEquals(keys.size(), done.size());
    before(Kinds.TIER, Kinds.STAGED_NETWORK_POLICY, seed);
    before(Kinds.TIER, Kinds.GLOBAL_NETWORK_POLICY, seed);
    before(Kinds.GLOBAL_NETWORK_POLICY, Kinds.WORKLOAD_ENDPOINT, seed);
    before(Kinds.IP_POOL, Kinds.NODE, seed);
    before(Kinds.IP_POOL, Kinds.IP_RESERVATION, seed);
    before(Kinds.BGP_FILTER, Kinds.BGP_PEER, seed);
    before(Kinds.PROFILE, Kinds.HOST_ENDPOINT, seed);
    before(Kinds.NODE, Kinds.HOST_ENDPOINT, seed);
    before(Kinds.NODE, Kinds.BGP_PEER, seed);
    done.clear();
    run(keys, Batch.Direction.DELETE);
    before(Kinds.NETWORK_POLICY, Kinds.TIER, seed);
    before(Kinds.HOST_ENDPOINT, Kinds.NODE, seed);
    before(Kinds.FELIX_CONFIGURATION, Kinds.NODE, seed);
    before(Kinds.BGP_PEER, Kinds.BGP_FILTER, seed);
  }

  @Test
  void severalAtATimeButAResourceAfterItself() {
    List<ResourceKey<?>> keys = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      keys.add(key(Kinds.GLOBAL_NETWORK_SET, "s" + i));
      keys.add(key(Kinds.GLOBAL_NETWORK_SET, "twice"));
    }
    CountDownLatch together = new CountDownLatch(4);
    AtomicInteger twice = new AtomicInteger();
    List<Batch.Result> results =
        batch(keys, Batch.Direction.WRITE, Batch.OnError.CONTINUE)
            .run(
                silent(),
                key -> {
                  if (key.name().equals("twice")) {
                    assertEquals(1, twice.incrementAndGet());
                    twice.decrementAndGet();
                    return;
                  }
                  together.countDown();
                  await(together);
                });
    assertEquals(Collections.nCopies(8, new Batch.Result.Done()), results);
  }

  @Test
  void aFailureStopsNothingUnlessThatIsWanted() {
    List<ResourceKey<?>> keys =
        List.of(
            key(Kinds.HOST_ENDPOINT, "late"),
            key(Kinds.TIER, "a"),
            key(Kinds.TIER, "bad"),
            key(Kinds.TIER, "c"));
    for (Batch.OnError onError : Batch.OnError.values()) {
      List<Batch.Result> results =
          batch(keys, Batch.Direction.WRITE, onError)
              .run(
                  silent(),
                  key -> {
                    if (key.name().equals("bad")) {
                      throw new CommandException("refused");
                    }
                  });
      assertInstanceOf(Batch.Result.Failed.class, results.get(2));
      Batch.Result others =
          switch (onError) {
            case CONTINUE -> new Batch.Result.Done();
            case STOP -> new Batch.Result.Skipped();
          };
      assertEquals(List.of(others, others), List.of(results.get(0), results.get(3)));
      assertEquals(new Batch.Result.Done(), results.get(1));
    }
  }

  @Test
  void noAnswerIsSaidOnce() {
    List<ResourceKey<?>> keys = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      keys.add(key(Kinds.NETWORK_SET, "s" + i));
    }
    AtomicInteger tried = new AtomicInteger();
    List<Batch.Result> results =
        batch(keys, Batch.Direction.WRITE, Batch.OnError.CONTINUE)
            .run(
                silent(),
                _ -> {
                  tried.incrementAndGet();
                  throw new DatastoreException.Unavailable("no answer", null);
                });
    assertEquals(1, results.stream().filter(Batch.Result.Failed.class::isInstance).count());
    assertEquals(99, results.stream().filter(Batch.Result.Skipped.class::isInstance).count());
    assertTrue(tried.get() < 100, () -> tried.get() + " were tried");
  }

  @Test
  void aDefectIsNotAResult() {
    List<ResourceKey<?>> keys = List.of(key(Kinds.NODE, "a"), key(Kinds.NODE, "b"));
    assertThrows(
        IllegalStateException.class,
        () ->
            batch(keys, Batch.Direction.WRITE, Batch.OnError.CONTINUE)
                .run(
                    silent(),
                    _ -> {
                      throw new IllegalStateException();
                    }));
  }

  @Test
  void theOptionIsCalledOnError() {
    String text =
        """
        apiVersion: projectcalico.org/v3
        kind: GlobalNetworkSet
        metadata: {name: a}
        spec: {}
        ---
        apiVersion: projectcalico.org/v3
        kind: GlobalNetworkSet
        metadata: {name: b}
        spec: {}
        """;
    try (Datastore datastore = new MemoryDatastore()) {
      String[] replace = {"replace", "-f", "-", "--on-error=stop"};
      Console c = Console.runWithInput(datastore, text, replace);
      assertTrue(c.err().contains("does not exist: GlobalNetworkSet(a)"), c.err());
      assertTrue(c.err().contains("1 resource(s) have not been tried"), c.err());
      replace[3] = "--on-error=continue";
      c = Console.runWithInput(datastore, text, replace);
      assertTrue(c.err().contains("does not exist: GlobalNetworkSet(b)"), c.err());
      replace[3] = "--on-error=panic";
      c = Console.runWithInput(datastore, text, replace);
      assertTrue(c.err().contains("--on-error = 'panic': choose from"), c.err());
    }
  }

  private void before(Kind<?> first, Kind<?> second, long seed) {
    int last = -1;
    int next = done.size();
    for (int i = 0; i < done.size(); i++) {
      last = done.get(i).kind().equals(first) ? i : last;
      next = done.get(i).kind().equals(second) ? Math.min(i, next) : next;
    }
    assertTrue(last < next, first + " is not before " + second + ", seed " + seed);
  }

  private void run(List<ResourceKey<?>> keys, Batch.Direction direction) {
    List<Batch.Result> results =
        batch(keys, direction, Batch.OnError.CONTINUE).run(silent(), done::add);
    assertEquals(Collections.nCopies(keys.size(), new Batch.Result.Done()), results);
  }

  private static Batch<ResourceKey<?>> batch(
      List<ResourceKey<?>> keys, Batch.Direction direction, Batch.OnError onError) {
    return new Batch<>(keys, key -> key, direction, onError);
  }

  private static ResourceKey<?> key(Kind<?> kind, String name) {
    return new ResourceKey<>(kind, kind.namespaced() ? "default" : null, name);
  }

  private static Progress silent() {
    return new Progress(System.err, false, "", 0);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(10, TimeUnit.SECONDS), "four are not done at a time");
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
