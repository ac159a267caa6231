package calico.reconcile;

import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One platform thread that runs tasks in order; the state that those tasks touch needs no locks.
 *
 * <p>A task that throws is reported to {@code onError} and the loop goes on. After {@link #close()}
 * tasks are dropped.
 */
public final class EventLoop implements Executor, AutoCloseable {
  private final ScheduledExecutorService executor;
  private final LongSupplier nanoTime;
  private final Consumer<Throwable> onError;
  private volatile Thread thread = Thread.currentThread();

  public EventLoop(String name, Consumer<Throwable> onError) {
    ScheduledThreadPoolExecutor own =
        new ScheduledThreadPoolExecutor(
            1,
            task -> {
              Thread t = Thread.ofPlatform().name(name).daemon().unstarted(task);
              thread = t;
              return t;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    own.setRemoveOnCancelPolicy(true);
    own.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    this.executor = own;
    this.nanoTime = System::nanoTime;
    this.onError = onError;
  }

  /**
   * A loop whose time is not the system's: with an executor of the calling thread, all that happens
   * on it can be repeated.
   *
   * @param nanoTime the executor's clock
   */
  public EventLoop(
      ScheduledExecutorService executor, LongSupplier nanoTime, Consumer<Throwable> onError) {
    this.executor = executor;
    this.nanoTime = nanoTime;
    this.onError = onError;
  }

  /** The time by which tasks are scheduled; monotonic, for differences only. */
  public long nanoTime() {
    return nanoTime.getAsLong();
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
      failed(e);
    }
  }

  /** Reports what a task has caught to {@code onError}, and goes on. To be called on the loop. */
  public void failed(Throwable e) {
    onError.accept(e);
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
