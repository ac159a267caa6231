package calico.benchmarks;

import calico.benchmarks.Resources.Update;
import calico.felix.calc.CalcConfig;
import calico.felix.calc.CalcGraph;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * From an empty graph to the first complete state of a node, and what heap the graph holds then:
 * without what was put in, as far as the graph does not keep it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(
    value = 1,
    // A full collection leaves nothing dead in place, which would be taken for live.
    jvmArgs = {
      "-Xmx3g",
      "-XX:+UseSerialGC",
      "-XX:MarkSweepDeadRatio=0",
      "-XX:+UseCompactObjectHeaders"
    })
@Warmup(iterations = 1)
@Measurement(iterations = 3)
public class SnapshotBenchmark {
  private static final String LOCAL = "localhost";
  private static final String REMOTE = "remotehost";

  /** What the cluster is like. */
  public enum Cluster {
    /** 250,000 endpoints, 200 local, 10,000 policies over labels. */
    LABELS,
    /** 10,000 endpoints, 200 local, 10,000 network sets with a policy each. */
    NETWORK_SETS,
    /** 100,000 customers with an endpoint each, 100 local, that only talk to themselves. */
    ISOLATED_CUSTOMERS
  }

  @Param public Cluster cluster = Cluster.LABELS;

  private List<Update<?>> updates = List.of();
  private CalcGraph graph = new CalcGraph(new CalcConfig(LOCAL, _ -> true));
  private int changes;

  @Setup
  public void make() {
    Resources resources = new Resources();
    updates = new ArrayList<>();
    switch (cluster) {
      case LABELS -> {
        updates.addAll(resources.labelPolicies(10_000));
        updates.addAll(resources.profiles(100));
        updates.addAll(resources.endpoints(REMOTE, 250_000));
        updates.addAll(resources.endpoints(LOCAL, 200));
      }
      case NETWORK_SETS -> {
        updates.addAll(resources.profiles(100));
        updates.addAll(resources.endpoints(REMOTE, 10_000));
        updates.addAll(resources.networkSets(10_000));
        updates.addAll(resources.endpoints(LOCAL, 200));
      }
      case ISOLATED_CUSTOMERS -> {
        for (int n = 0; n < 100_000; n++) {
          updates.addAll(resources.customer(n));
        }
        for (int n = 0; n < 100_000; n++) {
          updates.add(resources.customerEndpoint(n % 1000 == 0 ? LOCAL : REMOTE, n));
        }
      }
    }
  }

  @Benchmark
  public CalcGraph snapshot() {
    graph = new CalcGraph(new CalcConfig(LOCAL, _ -> true));
    updates.forEach(this::put);
    graph.onInSync();
    changes = 0;
    graph.flush(_ -> changes++);
    return graph;
  }

  private <S> void put(Update<S> update) {
    graph.onUpdate(update.key(), update.resource());
  }

  @TearDown
  public void tellHeap() {
    updates = List.of();
    System.gc();
    long bytes = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    System.out.printf(
        Locale.ROOT, "%nlive heap %d MB, %d changes%n", bytes / 1_000_000, changes);
  }
}
