package calico.felix;

import calico.felix.dataplane.StatusListener;
import calico.felix.dataplane.StatusListener.Condition;
import calico.felix.dataplane.StatusListener.State;
import calico.felix.state.StateKey;
import calico.model.Family;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How each local endpoint is, for those who wait for one, such as the CNI service. Passes on what
 * it is told. Thread-safe.
 */
public final class EndpointStatuses implements StatusListener {
  private final List<StatusListener> next;
  private final Map<StateKey.EndpointKey<?>, Condition> conditions = new HashMap<>();

  /** Of endpoints that change: how many changes have not been tried yet. */
  private final Map<StateKey.EndpointKey<?>, Integer> untried = new HashMap<>();

  EndpointStatuses(List<StatusListener> next) {
    this.next = List.copyOf(next);
  }

  @Override
  public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {
    synchronized (this) {
      conditions.put(endpoint, condition);
      notifyAll();
    }
    next.forEach(listener -> listener.changed(endpoint, condition));
  }

  @Override
  public void removed(StateKey.EndpointKey<?> endpoint) {
    synchronized (this) {
      conditions.remove(endpoint);
    }
    next.forEach(listener -> listener.removed(endpoint));
  }

  @Override
  public void wireguardKeys(Map<Family, String> publicKeys) {
    next.forEach(listener -> listener.wireguardKeys(publicKeys));
  }

  @Override
  public void inSync() {
    next.forEach(StatusListener::inSync);
  }

  /** How an endpoint is, or null if nothing is known of it. */
  public synchronized @Nullable Condition get(StateKey.EndpointKey<?> endpoint) {
    return conditions.get(endpoint);
  }

  /** What is known of an endpoint does not count until a change of it has been {@link #tried}. */
  synchronized void changes(StateKey.EndpointKey<?> endpoint) {
    untried.merge(endpoint, 1, Integer::sum);
  }

  /** A change of an endpoint has been tried, and what came of it was told. */
  synchronized void tried(StateKey.EndpointKey<?> endpoint) {
    untried.computeIfPresent(endpoint, (_, changes) -> changes == 1 ? null : changes - 1);
    notifyAll();
  }

  /**
   * Waits until an endpoint is up: its routes and policy are in the kernel, those of announced
   * changes, too.
   *
   * @return whether it is
   */
  public synchronized boolean awaitUp(StateKey.EndpointKey<?> endpoint, Duration timeout)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      Condition condition = conditions.get(endpoint);
      if (condition != null && condition.state() == State.UP && !untried.containsKey(endpoint)) {
        return true;
      }
      long leftMillis = (deadline - System.nanoTime()) / 1_000_000;
      if (leftMillis <= 0) {
        return false;
      }
      wait(leftMillis);
    }
  }
}
