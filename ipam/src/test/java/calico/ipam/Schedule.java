package calico.ipam;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Runs threads of which one has the turn at any time. At each {@link #step} a seeded dice says who
 * goes on, so that a seed stands for one interleaving.
 */
final class Schedule {
  private final Random dice;
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final Semaphore finished = new Semaphore(0);

  // Of the thread that has the turn.
  private final List<Semaphore> waiting = new ArrayList<>();
  private int running;

  Schedule(Random dice) {
    this.dice = dice;
  }

  /** Runs them all to their ends, or until one fails. */
  void run(List<Runnable> tasks) throws Throwable {
    running = tasks.size();
    for (Runnable task : tasks) {
      Semaphore turn = new Semaphore(0);
      waiting.add(turn);
      Thread.ofVirtual()
          .start(
              () -> {
                turn.acquireUninterruptibly();
                try {
                  if (failure.get() == null) {
                    task.run();
                  }
                } catch (Throwable e) {
                  failure.compareAndSet(null, e);
                } finally {
                  end();
                }
              });
    }
    passOn();
    finished.acquire();
    Throwable failed = failure.get();
    if (failed != null) {
      throw failed;
    }
  }

  /** Before each thing that others can see; called by who has the turn. */
  void step() {
    if (failure.get() != null) {
      throw new IllegalStateException("another thread has failed", failure.get());
    }
    Semaphore mine = new Semaphore(0);
    waiting.add(mine);
    passOn();
    mine.acquireUninterruptibly();
  }

  private void end() {
    running--;
    if (running == 0) {
      finished.release();
    } else {
      passOn();
    }
  }

  private void passOn() {
    waiting.remove(dice.nextInt(waiting.size())).release();
  }
}
