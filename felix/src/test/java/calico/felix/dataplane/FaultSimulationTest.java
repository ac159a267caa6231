package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Many lives of a node with a played kernel, see {@link Simulation}. {@code -Dseed} replays one;
 * {@code -Dseeds} says how many.
 */
class FaultSimulationTest {
  private static final int REPLAYED = 3;

  private static final int SEEDS = Integer.getInteger("seeds", 200);

  @Test
  void whateverHappensNothingIsLetThroughAndAllIsRepaired() {
    Long one = Long.getLong("seed");
    Random seeds = new Random();
    int kills = 0;
    int requests = 0;
    for (int i = 0; i < (one == null ? SEEDS : 1); i++) {
      long seed = one == null ? seeds.nextInt(Integer.MAX_VALUE) : one;
      Simulation simulation = new Simulation(seed);
      try {
        simulation.run();
      } catch (Throwable e) {
        throw new AssertionError("FaultSimulationTest -Dseed=" + seed, e);
      }
      kills += simulation.kills;
      requests += simulation.requests;
    }
    System.out.printf(
        "FaultSimulationTest: %d lives, %d requests, %d kills%n", SEEDS, requests, kills);
    assertTrue(one != null || kills > SEEDS, "the process is killed: " + kills);
  }

  @Test
  void aSeedGivesTheSameLifeEachTime() {
    for (long seed = 1; seed <= REPLAYED; seed++) {
      assertEquals(life(seed), life(seed), "FaultSimulationTest -Dseed=" + seed);
    }
  }

  private static List<String> life(long seed) {
    Simulation simulation = new Simulation(seed);
    simulation.run();
    return simulation.log;
  }
}
