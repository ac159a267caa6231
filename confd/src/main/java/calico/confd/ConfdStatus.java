package calico.confd;

import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * How confd is doing.
 *
 * @param inSync everything has been read from the datastore at least once
 * @param applied when BIRD last confirmed a configuration of this process
 * @param reloads how often BIRD was given a new configuration
 * @param error why what the datastore says is not what BIRD does, or empty if it is
 * @param faults of single resources, which keep none of the others from having effect
 */
public record ConfdStatus(
    boolean inSync,
    Optional<Instant> applied,
    long reloads,
    Optional<String> error,
    Set<Fault> faults) {

  ConfdStatus withInSync(boolean reached) {
    return new ConfdStatus(reached, applied, reloads, error, faults);
  }

  ConfdStatus withError(Optional<String> why) {
    return new ConfdStatus(inSync, applied, reloads, why, faults);
  }

  ConfdStatus withFaults(Set<Fault> found) {
    return new ConfdStatus(inSync, applied, reloads, error, found);
  }

  /** One more configuration was confirmed. */
  ConfdStatus reloaded(Instant when) {
    return new ConfdStatus(inSync, Optional.of(when), reloads + 1, Optional.empty(), faults);
  }

  /** Whether BIRD runs what the datastore says, but for what is wrong with single resources. */
  public boolean healthy() {
    return inSync && applied.isPresent() && error.isEmpty();
  }
}
