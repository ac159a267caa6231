package calico.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class AlarmTest {
  private static final Duration NEVER = Duration.ofHours(1);

  @Test
  void onlyTheLastTimeCounts() throws InterruptedException {
    AtomicInteger rings = new AtomicInteger();
    CountDownLatch rung = new CountDownLatch(1);
    try (EventLoop loop = new EventLoop("alarm-test", AssertionError::new)) {
      Alarm alarm =
          new Alarm(
              loop,
              () -> {
                rings.incrementAndGet();
                rung.countDown();
              });
      loop.execute(
          () -> {
            alarm.set(Optional.of(NEVER));
            alarm.set(Optional.of(Duration.ofMillis(1)));
            alarm.set(Optional.of(Duration.ofMillis(2)));
          });
      assertTrue(rung.await(10, TimeUnit.SECONDS), "the alarm rings");
      drain(loop);
      assertEquals(1, rings.get());
    }
  }

  @Test
  void canBeSilenced() throws InterruptedException {
    AtomicInteger rings = new AtomicInteger();
    try (EventLoop loop = new EventLoop("alarm-test", AssertionError::new)) {
      Alarm alarm = new Alarm(loop, rings::incrementAndGet);
      loop.execute(
          () -> {
            alarm.set(Optional.of(Duration.ZERO));
            alarm.set(Optional.empty());
          });
      drain(loop);
      assertEquals(0, rings.get());
    }
  }

  private static void drain(EventLoop loop) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    loop.schedule(Duration.ofMillis(5), done::countDown);
    assertTrue(done.await(10, TimeUnit.SECONDS), "the loop runs");
  }
}
