package calico.ipam;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Allocators of several processes on a few nodes, interleaved at every call of the datastore, with
 * answers that are lost and processes that are killed between any two writes. Each seed is one
 * interleaving; {@code -Dseed=} replays the one that a failure names. {@code -Dschedules=} says how
 * many, however long they take.
 */
class IpamScheduleTest {
  private static final Duration TIME = Duration.ofSeconds(12);
  private static final int SCHEDULES = 400;

  @Test
  void noAddressTwiceAndEveryLeakIsFound() {
    Long replayed = Long.getLong("seed");
    long seed = replayed == null ? System.nanoTime() : replayed;
    Integer wanted = Integer.getInteger("schedules");
    int schedules = replayed != null ? 1 : wanted != null ? wanted : SCHEDULES;
    System.out.println("first seed " + seed);
    long deadline = System.nanoTime() + TIME.toNanos();
    int done = 0;
    for (; done < schedules && (wanted != null || System.nanoTime() < deadline); done++) {
      try {
        new ClusterLife(seed + done).run();
      } catch (Throwable e) {
        throw new AssertionError("replay with -Dseed=" + (seed + done), e);
      }
    }
    assertTrue(done > 0);
    System.out.println(done + " schedules");
  }
}
