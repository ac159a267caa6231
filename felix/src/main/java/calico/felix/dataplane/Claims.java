package calico.felix.dataplane;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Things that several claimants may want and only one can have: the lowest. */
final class Claims<T, C> {
  private final Comparator<C> order;
  private final Map<T, NavigableSet<C>> claimants = new HashMap<>();

  Claims(Comparator<C> order) {
    this.order = order;
  }

  void add(T thing, C claimant) {
    claimants.computeIfAbsent(thing, _ -> new TreeSet<>(order)).add(claimant);
  }

  void remove(T thing, C claimant) {
    NavigableSet<C> all = claimants.get(thing);
    if (all != null && all.remove(claimant) && all.isEmpty()) {
      claimants.remove(thing);
    }
  }

  @Nullable C winner(T thing) {
    NavigableSet<C> all = claimants.get(thing);
    return all == null ? null : all.first();
  }
}
