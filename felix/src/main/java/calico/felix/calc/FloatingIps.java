package calico.felix.calc;

import calico.felix.state.FloatingIp;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey.FloatingIpId;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Floating addresses of this node's workloads. Of several workloads with one the first counts, by
 * their own addresses as text.
 */
final class FloatingIps {
  static final Comparator<FloatingIp> PRECEDENCE =
      Comparator.comparing((FloatingIp f) -> f.internal().toString())
          .thenComparing(FloatingIp::interfaceName);

  private final Map<ResourceKey<?>, Workload> workloads = new HashMap<>();
  private final Map<Ip, TreeMap<FloatingIp, Integer>> claims = new HashMap<>();
  private final Emission<FloatingIpId, FloatingIp> emission = new Emission<>();

  /** An endpoint on this node; null if it is gone or on another. */
  void put(ResourceKey<?> key, @Nullable Workload workload) {
    Workload old = workload == null ? workloads.remove(key) : workloads.put(key, workload);
    if (old != null) {
      old.floating().forEach((external, to) -> count(external, to, -1));
    }
    if (workload != null) {
      workload.floating().forEach((external, to) -> count(external, to, 1));
    }
  }

  private void count(Ip external, FloatingIp to, int difference) {
    TreeMap<FloatingIp, Integer> all =
        claims.computeIfAbsent(external, _ -> new TreeMap<>(PRECEDENCE));
    all.merge(to, difference, (a, b) -> a + b == 0 ? null : a + b);
    if (all.isEmpty()) {
      claims.remove(external);
      emission.remove(new FloatingIpId(external));
    } else {
      emission.put(new FloatingIpId(external), all.firstKey());
    }
  }

  void emitAgain() {
    emission.again();
  }

  void flushPuts(Consumer<StateChange> out) {
    emission.flushPuts(out);
  }

  void flushRemovals(Consumer<StateChange> out) {
    emission.flushRemovals(out);
  }

  boolean isEmpty() {
    return workloads.isEmpty() && claims.isEmpty();
  }
}
