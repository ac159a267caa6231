package calico.felix.dataplane;

import calico.felix.monitor.Observations;
import calico.reconcile.Target;
import java.util.Map;
import java.util.Set;

/** A target of which is recorded how long it takes to read it back. */
record TimedTarget<K, V>(Target<K, V> target, Observations seconds) implements Target<K, V> {
  @Override
  public Map<K, V> list() throws Exception {
    long began = System.nanoTime();
    Map<K, V> found = target.list();
    seconds.recordSince(began);
    return found;
  }

  @Override
  public boolean isUntouched() throws Exception {
    return target.isUntouched();
  }

  @Override
  public Map<K, Exception> apply(Map<K, V> updates, Set<K> deletions) throws Exception {
    return target.apply(updates, deletions);
  }
}
