package calico.confd;

import java.time.Instant;
import java.util.Optional;

/**
 * How confd is doing.
 *
 * @param inSync everything has been read from the datastore at least once
 * @param applied when BIRD last confirmed a configuration of this process
 * @param reloads how often BIRD was given a new configuration
 * @param error why what the datastore says is not what BIRD does, or empty if it is
 */
public record ConfdStatus(
    boolean inSync, Optional<Instant> applied, long reloads, Optional<String> error) {

  /** Whether BIRD runs what the datastore says. */
  public boolean healthy() {
    return inSync && applied.isPresent() && error.isEmpty();
  }
}
