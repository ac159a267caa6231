package calico.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventLoopTest {
  private final List<Throwable> errors = new CopyOnWriteArrayList<>();

  @Test
  void runsTasksInOrderOnItsOwnThread() throws Exception {
    List<Integer> order = new ArrayList<>();
    CompletableFuture<Boolean> inLoop = new CompletableFuture<>();
    try (EventLoop loop = new EventLoop("test", errors::add)) {
      for (int i = 0; i < 1000; i++) {
        int n = i;
        loop.execute(() -> order.add(n));
      }
      loop.execute(() -> inLoop.complete(loop.inLoop()));
      assertTrue(inLoop.get(10, TimeUnit.SECONDS));
      assertFalse(loop.inLoop());
    }
    assertEquals(java.util.stream.IntStream.range(0, 1000).boxed().toList(), order);
  }

  @Test
  void aTaskThatThrowsIsReportedAndTheLoopGoesOn() throws Exception {
    CompletableFuture<Boolean> after = new CompletableFuture<>();
    try (EventLoop loop = new EventLoop("test", errors::add)) {
      loop.execute(
          () -> {
            throw new IllegalStateException("expected");
          });
      loop.schedule(Duration.ofMillis(1), () -> after.complete(true));
      assertTrue(after.get(10, TimeUnit.SECONDS));
    }
    assertEquals(List.of("expected"), errors.stream().map(Throwable::getMessage).toList());
  }

  @Test
  void tasksAfterCloseAreDropped() {
    EventLoop loop = new EventLoop("test", errors::add);
    loop.close();
    loop.execute(() -> errors.add(new AssertionError("ran")));
    loop.schedule(Duration.ZERO, () -> errors.add(new AssertionError("ran")));
    assertEquals(List.of(), errors);
  }
}
