package calico.felix.dataplane;

import calico.felix.monitor.DataplaneMetrics;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Opens dataplanes of which nobody asks how their endpoints are, and changes them. */
final class Dataplanes {
  private Dataplanes() {}

  private static final class NoListener implements StatusListener {
    @Override
    public void changed(StateKey.EndpointKey<?> endpoint, Condition condition) {}

    @Override
    public void removed(StateKey.EndpointKey<?> endpoint) {}
  }

  static Dataplane open(DataplaneConfig config) {
    return new Dataplane(config, new NoListener(), new DataplaneMetrics());
  }

  /** What it gives is done when the changes have been tried. */
  static CompletableFuture<Boolean> apply(Dataplane dataplane, List<StateChange> changes) {
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    dataplane.apply(changes, () -> done.complete(true));
    return done;
  }
}
