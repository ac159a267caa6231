package calico.felix.dataplane;

import calico.reconcile.Backoff;
import calico.reconcile.Reconciler;
import calico.reconcile.Target;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A target that is empty and takes everything. */
final class Unresisting<K, V> implements Target<K, V> {
  static <K, V> Reconciler<K, V> reconciler() {
    Backoff backoff = new Backoff(Duration.ofMillis(1), Duration.ofSeconds(1));
    return new Reconciler<>(new Unresisting<>(), Duration.ZERO, backoff, () -> 0, new Random(1));
  }

  @Override
  public Map<K, V> list() {
    return Map.of();
  }

  @Override
  public Map<K, Exception> apply(Map<K, V> updates, Set<K> deletions) {
    return Map.of();
  }
}
