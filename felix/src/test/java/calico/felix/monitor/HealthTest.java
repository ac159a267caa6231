package calico.felix.monitor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.monitor.Health.Report;
import calico.reconcile.EventLoop;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class HealthTest {
  private final AtomicLong nanos = new AtomicLong();

  private Health health(Map<String, Duration> overrides) {
    return new Health(overrides, nanos::get);
  }

  @Test
  void allPartsHaveToBeWell() {
    Health health = health(Map.of());
    Health.Reporter first = health.register("First");
    Health.Reporter second = health.register("Second");
    assertTrue(health.summary().live());
    assertFalse(health.summary().ready(), "nobody has said so");
    first.report(Report.WELL);
    assertFalse(health.summary().ready());
    second.report(Report.WELL);
    assertTrue(health.summary().ready());
    second.report(new Report(false, true, "broken"));
    assertFalse(health.summary().live());
    assertTrue(health.summary().ready());
  }

  @Test
  void aPartThatDoesNotReportIsAsked() {
    Health health = health(Map.of());
    AtomicReference<Report> now = new AtomicReference<>(Report.WELL);
    health.ask("Quiet", now::get);
    assertTrue(health.summary().ready());
    now.set(new Report(true, false, "why"));
    assertFalse(health.summary().ready());
    assertTrue(health.summary().table().contains("| why "), health.summary().table());
  }

  @Test
  void theTableIsUpstreams() throws Exception {
    Health health = health(Map.of("Loop", Duration.ofSeconds(100)));
    health.register("Part").report(new Report(true, false, "not yet"));
    try (EventLoop loop = loop()) {
      CountDownLatch asked = new CountDownLatch(1);
      health.watch(
          "Loop",
          Duration.ofSeconds(30),
          loop,
          () -> {
            asked.countDown();
            return Report.WELL;
          });
      asked.await();
      flush(loop);
    }
    assertEquals(
        """
        +-----------+------------------+----------------+---------------------+---------+
        | COMPONENT | TIMEOUT          | LIVENESS       | READINESS           | DETAIL  |
        +-----------+------------------+----------------+---------------------+---------+
        | Loop      | 1m40s (override) | reporting live | reporting ready     |         |
        | Part      | -                | reporting live | reporting non-ready | not yet |
        +-----------+------------------+----------------+---------------------+---------+\
        """,
        health.summary().table());
  }

  @Test
  void aLoopThatIsStuckIsNeitherLiveNorReady() throws Exception {
    Health health = health(Map.of());
    try (EventLoop loop = loop()) {
      health.watch("Loop", Duration.ofSeconds(30), loop, () -> Report.WELL);
      flush(loop);
      assertTrue(health.summary().live() && health.summary().ready());
      nanos.addAndGet(Duration.ofSeconds(31).toNanos());
      Health.Summary stuck = health.summary();
      assertFalse(stuck.live());
      assertFalse(stuck.ready());
      assertTrue(stuck.table().contains("| timed out"), stuck.table());
    }
  }

  @Test
  void aLoopThatIsBusyIsNotStuck() throws Exception {
    Health health = health(Map.of());
    try (EventLoop loop = loop()) {
      Health.Pulse pulse = health.watch("Loop", Duration.ofSeconds(30), loop, () -> Report.WELL);
      flush(loop);
      for (int step = 0; step < 10; step++) {
        nanos.addAndGet(Duration.ofSeconds(29).toNanos());
        assertTrue(health.summary().live());
        pulse.goesOn();
      }
      nanos.addAndGet(Duration.ofSeconds(31).toNanos());
      assertFalse(health.summary().live());
    }
  }

  @Test
  void aLoopGoesOnReporting() throws Exception {
    Health health = new Health(Map.of("Loop", Duration.ofMillis(30)), System::nanoTime);
    CountDownLatch several = new CountDownLatch(3);
    try (EventLoop loop = loop()) {
      health.watch(
          "Loop",
          Duration.ofSeconds(30),
          loop,
          () -> {
            several.countDown();
            return Report.WELL;
          });
      several.await();
    }
  }

  @Test
  void anOverrideOfZeroIsPatient() throws Exception {
    Health health = health(Map.of("Loop", Duration.ZERO));
    try (EventLoop loop = loop()) {
      health.watch("Loop", Duration.ofSeconds(30), loop, () -> Report.WELL);
      flush(loop);
      nanos.addAndGet(Duration.ofHours(1).toNanos());
      assertTrue(health.summary().live());
    }
  }

  private static EventLoop loop() {
    return new EventLoop(
        "test",
        e -> {
          throw new AssertionError(e);
        });
  }

  private static void flush(EventLoop loop) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(done::countDown);
    done.await();
  }
}
