package calico.felix.dataplane;

import calico.reconcile.Target;
import java.util.Map;
import java.util.Set;

/** A target that is somebody else's: nothing of it is ours, and whatever we want is there. */
record OfOthers<K, V>() implements Target<K, V> {
  @Override
  public Map<K, V> list() {
    return Map.of();
  }

  @Override
  public Map<K, Exception> apply(Map<K, V> updates, Set<K> deletions) {
    return Map.of();
  }
}
