package calico.reconcile;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Runs one task on a loop at the time that was set last, such as a reconciler's next wake. Setting
 * it again replaces the earlier time, so that however often it is set, one timer waits. To be used
 * on the loop's thread only.
 */
public final class Alarm {
  private final EventLoop loop;
  private final Runnable task;
  private @Nullable Future<?> waiting;

  public Alarm(EventLoop loop, Runnable task) {
    this.loop = loop;
    this.task = task;
  }

  /** Rings after {@code delay}, or not at all if that is empty. */
  public void set(Optional<Duration> delay) {
    if (waiting != null) {
      waiting.cancel(false);
    }
    waiting = delay.map(d -> loop.later(d, task)).orElse(null);
  }
}
