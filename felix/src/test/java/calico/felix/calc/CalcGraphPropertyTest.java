package calico.felix.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * After any sequence of updates the graph's changes add up to the naive answer. Replay one sequence
 * with {@code -Dseed=SEED}.
 */
class CalcGraphPropertyTest {
  private static final int SEQUENCES = 3000;

  @Test
  void equalsTheNaiveAnswerAfterAnyUpdates() {
    Long replay = Long.getLong("seed");
    if (replay != null) {
      sequence(replay);
      return;
    }
    long first = System.nanoTime();
    for (long seed = first; seed < first + SEQUENCES; seed++) {
      try {
        sequence(seed);
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("replay with -Dseed=" + seed + ": " + e.getMessage(), e);
      }
    }
  }

  private static void sequence(long seed) {
    Random random = new Random(seed);
    RandomCluster cluster = new RandomCluster(random);
    CheckedGraph graph =
        new CheckedGraph(
            RandomCluster.NODE,
            r -> !r.metadata().annotations().containsKey(RandomCluster.INVALID));
    int inSyncAt = random.nextInt(30);
    for (int step = 0; step < 60; step++) {
      if (step == inSyncAt) {
        graph.inSync();
      }
      cluster.step(graph);
      if (random.nextInt(3) == 0) {
        graph.flush();
      }
      if (random.nextInt(50) == 0) {
        graph.tellAgain();
      }
    }
    graph.flush();
    RandomCluster.clear(graph);
    graph.flush();
    assertEquals(Map.of(), graph.state());
    assertTrue(graph.remembersNothing(), "something is remembered of what has gone");
  }
}
