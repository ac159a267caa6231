package calico.systemtest;

import calico.datastore.Datastore;
import calico.datastore.Datastores;
import calico.datastore.Entry;
import calico.datastore.Syncer;
import calico.model.key.ResourceKey;
import calico.model.resource.NetworkSetSpec;
import calico.model.resource.Resource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Writers and watchers in a process of their own: {@code EtcdClusterLoad WRITES SECONDS WATCHERS
 * SEED ENDPOINTS...}, each ENDPOINTS a way to reach the same etcd. Prints {@value #READY} when all
 * watchers are in sync, {@value #WRITTEN} when all is written, then figures; status 0 if all
 * watchers have what is stored and that is what was acknowledged.
 */
final class EtcdClusterLoad {
  static final String READY = "READY";
  static final String WRITTEN = "WRITTEN";
  private static final int WRITERS = 8;
  private static final int KEYS_PER_WRITER = 250;
  private static final int CONVERGENCE_SECONDS = 60;

  private final List<Datastore> datastores = new ArrayList<>();
  private final List<EtcdWatcher> watchers = new ArrayList<>();
  private final List<EtcdWrites> writers = new ArrayList<>();
  private final List<Syncer> syncers = new ArrayList<>();
  private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

  private EtcdClusterLoad() {}

  /** Started by {@link EtcdClusterTest}. */
  public static void main(String[] args) throws InterruptedException {
    EtcdClusterLoad load = new EtcdClusterLoad();
    for (int i = 4; i < args.length; i++) {
      load.datastores.add(Datastores.forDaemon(Map.of("ETCD_ENDPOINTS", args[i])));
    }
    load.watch(Integer.parseInt(args[2]));
    System.out.println(READY);
    load.write(
        Integer.parseInt(args[0]),
        Duration.ofSeconds(Long.parseLong(args[1])),
        Long.parseLong(args[3]));
    System.out.println(WRITTEN);
    System.exit(load.check() ? 0 : 1);
  }

  private Datastore datastore(int i) {
    return datastores.get(i % datastores.size());
  }

  private void watch(int count) throws InterruptedException {
    for (int i = 0; i < count; i++) {
      EtcdWatcher watcher = new EtcdWatcher();
      watchers.add(watcher);
      Syncer syncer = new Syncer(datastore(i), List.of(EtcdWrites.QUERY), watcher);
      syncers.add(syncer);
      syncer.start();
    }
    await(() -> watchers.stream().allMatch(EtcdWatcher::inSync));
  }

  private void write(int count, Duration duration, long seed) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      EtcdWrites writer = new EtcdWrites(datastore(i), "w" + i, KEYS_PER_WRITER, seed + i);
      writers.add(writer);
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      writer.write(count / WRITERS, duration);
                    } catch (InterruptedException | RuntimeException | AssertionError e) {
                      failures.add(e);
                    }
                  }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private boolean check() throws InterruptedException {
    Map<String, String> expected = new TreeMap<>();
    writers.forEach(writer -> expected.putAll(writer.expected()));
    long written = System.nanoTime();
    await(() -> watchers.stream().allMatch(watcher -> watcher.has(expected)));
    long converged = System.nanoTime();
    boolean good = failures.isEmpty();
    failures.forEach(failure -> System.out.println("FAILED " + failure));
    for (int i = 0; i < datastores.size(); i++) {
      Map<String, String> stored = new TreeMap<>();
      for (Entry<?> entry : datastore(i).list(EtcdWrites.QUERY).entries()) {
        stored.put(name(entry), text(entry));
      }
      if (!stored.equals(expected)) {
        good = false;
        System.out.println("FAILED: endpoint " + i + " has other data than was acknowledged");
      }
    }
    for (int i = 0; i < watchers.size(); i++) {
      EtcdWatcher watcher = watchers.get(i);
      if (!watcher.has(expected) || !watcher.faults().isEmpty()) {
        good = false;
        System.out.println(
            "FAILED: watcher " + i + ": " + watcher.difference(expected) + watcher.faults());
      }
    }
    System.out.printf(
        "%d writes acknowledged, %d unanswered, longest silence %d ms; %d keys; %d watchers told"
            + " %d updates, all as stored %d ms after the last write%n",
        writers.stream().mapToInt(EtcdWrites::acknowledged).sum(),
        writers.stream().mapToInt(EtcdWrites::unanswered).sum(),
        writers.stream().mapToLong(w -> w.longestSilence().toMillis()).max().orElse(0),
        expected.size(),
        watchers.size(),
        watchers.stream().mapToInt(EtcdWatcher::updates).sum(),
        TimeUnit.NANOSECONDS.toMillis(converged - written));
    return good;
  }

  private static String name(Entry<?> entry) {
    return ((ResourceKey<?>) entry.key()).name();
  }

  @SuppressWarnings("unchecked") // only network sets are listed
  private static String text(Entry<?> entry) {
    return EtcdWrites.text((Resource<NetworkSetSpec>) entry.value());
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CONVERGENCE_SECONDS);
    while (!condition.getAsBoolean() && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
  }
}
