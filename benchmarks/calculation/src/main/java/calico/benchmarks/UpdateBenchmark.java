package calico.benchmarks;

import calico.benchmarks.Resources.Update;
import calico.felix.calc.CalcConfig;
import calico.felix.calc.CalcGraph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
import org.openjdk.jmh.annotations.Warmup;

/** One change beside many selectors, from the decoded object to the emitted difference. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(value = 1, jvmArgs = "-XX:+UseSerialGC")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class UpdateBenchmark {
  private static final String LOCAL = "localhost";
  private static final int REMOTE = 1000;

  @Param({"1000", "10000"})
  public int selectors;

  private CalcGraph graph = new CalcGraph(new CalcConfig(LOCAL, _ -> true));
  private final List<Update<?>> one = new ArrayList<>();
  private final List<Update<?>> other = new ArrayList<>();
  private final List<Update<?>> policies = new ArrayList<>();
  private int next;
  private int emitted;

  /** As many policies as selectors, all for one local endpoint; and endpoints that move. */
  @Setup
  public void make() {
    Resources resources = new Resources();
    put(resources.endpoint(LOCAL, "default", "local", Map.of()));
    for (int n = 0; n < selectors; n++) {
      put(resources.policy("p" + n, "all()", List.of("alpha == 'beta' && has(ipset-" + n + ")")));
    }
    for (String set : List.of("ipset-1", "ipset-2")) {
      policies.add(
          resources.policy("changing", "all()", List.of("alpha == 'beta' && has(" + set + ")")));
    }
    for (int n = 0; n < REMOTE; n++) {
      Resources same = new Resources();
      one.add(
          same.endpoint("remote", "default", "w" + n, Map.of("alpha", "beta", "ipset-1", "true")));
      other.add(
          same.endpoint("remote", "default", "w" + n, Map.of("alpha", "beta", "ipset-2", "true")));
      put(other.getLast());
    }
    graph.onInSync();
    flush();
  }

  private <S> void put(Update<S> update) {
    graph.onUpdate(update.key(), update.resource());
  }

  private int flush() {
    graph.flush(_ -> emitted++);
    return emitted;
  }

  /** A remote endpoint leaves one set and joins another. */
  @Benchmark
  public int endpoint() {
    int n = next++;
    put(((n / REMOTE & 1) == 0 ? one : other).get(n % REMOTE));
    return flush();
  }

  /** A remote endpoint goes and comes back before anybody looks: nothing is emitted. */
  @Benchmark
  public int flapping() {
    Update<?> update = other.get(next++ % REMOTE);
    graph.onUpdate(update.key(), null);
    put(update);
    return flush();
  }

  /** A policy's rule gets another selector. */
  @Benchmark
  public int policy() {
    put(policies.get(next++ & 1));
    return flush();
  }
}
