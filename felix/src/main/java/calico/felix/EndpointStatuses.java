package calico.felix;

import calico.felix.state.StateKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is known of each local endpoint, for those who wait for one: the CNI service, the status
 * reporter. Thread-safe.
 */
public final class EndpointStatuses {
  private final Map<StateKey.Endpoint, Status> statuses = new HashMap<>();

  /**
   * How an endpoint is.
   *
   * @param reason why it is not up; empty if it is
   */
  public record Status(State state, String reason) {
    /** As in the datastore, in lower case. */
    public enum State {
      UP,
      DOWN,
      ERROR
    }
  }

  /** Records an endpoint's status. */
  synchronized void put(StateKey.Endpoint endpoint, Status status) {
    statuses.put(endpoint, status);
    notifyAll();
  }

  /** Forgets an endpoint that has gone. */
  synchronized void remove(StateKey.Endpoint endpoint) {
    statuses.remove(endpoint);
    notifyAll();
  }

  /** The status of an endpoint, or null if nothing is known of it. */
  public synchronized @Nullable Status get(StateKey.Endpoint endpoint) {
    return statuses.get(endpoint);
  }

  /** Waits until an endpoint is up: its routes and policy are in the kernel. */
  public synchronized boolean awaitUp(StateKey.Endpoint endpoint, Duration timeout)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      Status status = statuses.get(endpoint);
      if (status != null && status.state() == Status.State.UP) {
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
