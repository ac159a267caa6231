package calico.felix.dataplane;

import calico.felix.monitor.DataplaneMetrics;
import calico.reconcile.Reconciler;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What became of all that was to be written at once: logged, counted and summed up. */
final class Outcomes {
  private static final Logger LOG = LoggerFactory.getLogger(Dataplane.class);

  private final DataplaneMetrics metrics;
  private final Runnable onStep;
  private boolean readable = true;
  private boolean complete = true;

  /**
   * @param onStep run after each part that was tried
   */
  Outcomes(DataplaneMetrics metrics, Runnable onStep) {
    this.metrics = metrics;
    this.onStep = onStep;
  }

  void begin() {
    readable = true;
    complete = true;
  }

  /** Whether everything could be read and written, as far as it was not refused. */
  boolean readable() {
    return readable;
  }

  /** Whether nothing was refused. */
  boolean complete() {
    return complete;
  }

  /** The keys that failed; counts them, too. */
  <K> Set<K> logged(String what, Reconciler.Outcome<K> outcome) {
    count(what, outcome);
    outcome
        .failed()
        .forEach((key, e) -> LOG.warn("{}: {} failed; trying again: {}", what, key, e.toString()));
    return outcome.failed().keySet();
  }

  void count(String what, Reconciler.Outcome<?> outcome) {
    onStep.run();
    metrics.written(what, outcome.failed().size(), outcome.repaired());
    readable &= outcome.broken() == null;
    complete &= outcome.failed().isEmpty();
    if (outcome.broken() != null) {
      LOG.warn("{} cannot be read or written; trying again: {}", what, outcome.broken().toString());
    }
  }
}
