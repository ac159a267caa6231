package calico.felix.dataplane;

import calico.reconcile.Backoff;
import calico.reconcile.Reconciler;
import java.time.Duration;
import java.util.Random;

/** For tests that are about what is desired: reconcilers over what is empty and takes all. */
final class Unresisting {
  private Unresisting() {}

  static <K, V> Reconciler<K, V> reconciler() {
    Backoff backoff = new Backoff(Duration.ofMillis(1), Duration.ofSeconds(1));
    return new Reconciler<>(new OfOthers<>(), Duration.ZERO, backoff, () -> 0, new Random(1));
  }
}
