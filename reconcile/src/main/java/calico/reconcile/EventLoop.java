package calico.reconcile;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One platform thread that runs tasks in order; the state that those tasks touch needs no locks.
 *
 * <p>A task that throws is reported to {@code onError} and the loop goes on. After {@link #close()}
 * tasks are dropped.
 */
public final class EventLoop implements Executor, AutoCloseable {
  private final ScheduledThreadPoolExecutor executor;
  private final Consumer<Throwable> onError;
  private volatile Thread thread = Thread.currentThread();

  public EventLoop(String name, Consumer<Throwable> onError) {
    this.onError = onError;
    this.executor =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread t = Thread.ofPlatform().name(name).daemon().unstarted(task);
              thread = t;
              return t;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    executor.setRemoveOnCancelPolicy(true);
    executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Runs {@code task} on the loop's thread, after the tasks before it. */
  @Override
  public void execute(Runnable task) {
    executor.execute(() -> guarded(task));
  }

  /** Runs {@code task} once after {@code delay}. */
  public void schedule(Duration delay, Runnable task) {
    var _ = later(delay, task);
  }

  /** As {@link #schedule}; the task does not run if the future is cancelled before. */
  Future<?> later(Duration delay, Runnable task) {
    return executor.schedule(() -> guarded(task), delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Whether the caller runs on the loop's thread. */
  public boolean inLoop() {
    return Thread.currentThread().equals(thread);
  }

  private void guarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) {
      onError.accept(e);
    }
  }

  /** Ends the loop after the task that is running, dropping those that wait. */
  @Override
  public void close() {
    executor.shutdownNow();
    if (!inLoop()) {
      try {
        var _ = executor.awaitTermination(10, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
