package calico.felix.dataplane;

import java.time.Duration;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.Callable;
import java.util.concurrent.Delayed;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** An executor of the calling thread, with a clock that stands still unless it is told to run. */
final class VirtualTime extends AbstractExecutorService implements ScheduledExecutorService {
  /** More than there can be to do at one time. */
  private static final int BUSY = 10_000;

  private final PriorityQueue<Task> tasks = new PriorityQueue<>();
  private long nowNanos = 1_000_000_000;
  private long lastNumber;
  private int atOnce;

  private final class Task implements ScheduledFuture<Object> {
    final Runnable action;
    final long dueNanos;
    final long number = lastNumber++;
    boolean cancelled;

    Task(Runnable action, long dueNanos) {
      this.action = action;
      this.dueNanos = dueNanos;
    }

    @Override
    public int compareTo(Delayed o) {
      Task other = (Task) o;
      return dueNanos == other.dueNanos
          ? Long.compare(number, other.number)
          : Long.compare(dueNanos, other.dueNanos);
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(dueNanos - nowNanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      cancelled = true;
      return true;
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public boolean isDone() {
      return cancelled;
    }

    @Override
    public Object get() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Object get(long timeout, TimeUnit unit) {
      throw new UnsupportedOperationException();
    }
  }

  long nanoTime() {
    return nowNanos;
  }

  /** Something takes so long. */
  void pass(Duration duration) {
    nowNanos += duration.toNanos();
  }

  /** Does what is due until then, each at its time. */
  void run(Duration duration) {
    long end = nowNanos + duration.toNanos();
    for (Task task = tasks.peek(); task != null && task.dueNanos <= end; task = tasks.peek()) {
      tasks.remove();
      if (!task.cancelled) {
        atOnce = task.dueNanos > nowNanos ? 0 : atOnce + 1;
        if (atOnce > BUSY) {
          throw new AssertionError("a loop that never waits");
        }
        nowNanos = Math.max(nowNanos, task.dueNanos);
        task.action.run();
      }
    }
    nowNanos = Math.max(nowNanos, end);
  }

  /** Forgets what was to be done, as when its process ends. */
  void drop() {
    tasks.clear();
  }

  @Override
  public void execute(Runnable command) {
    tasks.add(new Task(command, nowNanos));
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
    Task task = new Task(command, nowNanos + unit.toNanos(delay));
    tasks.add(task);
    return task;
  }

  @Override
  public <V> ScheduledFuture<V> schedule(Callable<V> callable, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleAtFixedRate(
      Runnable command, long initialDelay, long period, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ScheduledFuture<?> scheduleWithFixedDelay(
      Runnable command, long initialDelay, long delay, TimeUnit unit) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void shutdown() {
    drop();
  }

  @Override
  public List<Runnable> shutdownNow() {
    drop();
    return List.of();
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return true;
  }
}
