package calico.reconcile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class MailboxTest {
  private final Deque<Runnable> tasks = new ArrayDeque<>();
  private final List<Map<String, String>> batches = new ArrayList<>();

  @Test
  void changesOfOneKeyBecomeOneAndTheLoopIsWokenOnce() {
    Mailbox<String, String> mailbox = new Mailbox<>(String::concat, tasks::add, batches::add);
    mailbox.put("b", "1");
    mailbox.put("a", "2");
    mailbox.put("b", "3");
    assertEquals(1, tasks.size());
    tasks.remove().run();
    assertEquals(List.of(Map.of("b", "13", "a", "2")), batches);
    assertEquals(List.of("b", "a"), List.copyOf(batches.getFirst().keySet()));
  }

  @Test
  void aBatchThatWasTakenIsNotTakenAgain() {
    Mailbox<String, String> mailbox = new Mailbox<>((_, b) -> b, tasks::add, batches::add);
    mailbox.put("a", "1");
    tasks.remove().run();
    mailbox.put("a", "2");
    tasks.remove().run();
    assertEquals(List.of(Map.of("a", "1"), Map.of("a", "2")), batches);
    assertTrue(tasks.isEmpty());
  }

  @Test
  void nothingIsLostBetweenManyThreadsAndALoop() throws Exception {
    Map<Integer, Integer> sums = new HashMap<>();
    CountDownLatch done = new CountDownLatch(1);
    int[] total = {0};
    try (EventLoop loop = new EventLoop("test", Throwable::printStackTrace)) {
      Mailbox<Integer, Integer> mailbox =
          new Mailbox<>(
              Integer::sum,
              loop,
              batch -> {
                batch.forEach((k, v) -> sums.merge(k, v, Integer::sum));
                total[0] += batch.values().stream().mapToInt(Integer::intValue).sum();
                if (total[0] == 40_000) {
                  done.countDown();
                }
              });
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        threads.add(
            Thread.ofVirtual()
                .start(
                    () -> {
                      for (int i = 0; i < 10_000; i++) {
                        mailbox.put(i % 10, 1);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      assertTrue(done.await(10, TimeUnit.SECONDS));
    }
    for (int k = 0; k < 10; k++) {
      assertEquals(4000, sums.get(k));
    }
  }
}
