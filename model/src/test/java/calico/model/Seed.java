package calico.model;

import java.util.Random;

/** A generator for property tests: its seed is printed, and replayed with {@code -Dseed=}. */
public final class Seed {
  private Seed() {}

  public static Random random(Class<?> test) {
    long seed = Long.getLong("seed", System.nanoTime());
    System.out.println(test.getSimpleName() + ": replay with -Dseed=" + seed);
    return new Random(seed);
  }
}
