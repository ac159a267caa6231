package calico.felix.calc;

import calico.felix.state.StateChange;
import calico.felix.state.StateKey.CodePointId;
import calico.model.Ip;
import calico.model.key.ResourceKey;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Differentiated services code points by the addresses of this node's endpoints. Of several for one
 * address the lowest counts.
 */
final class CodePoints {
  /** What one endpoint claims. */
  private record Claim(List<Ip> sources, int codePoint) {}

  private final Map<ResourceKey<?>, Claim> claims = new HashMap<>();
  private final Map<Ip, TreeMap<Integer, Integer>> bySource = new HashMap<>();
  private final Emission<CodePointId, Integer> emission = new Emission<>();

  /**
   * Sets an endpoint's.
   *
   * @param codePoint null for none
   */
  void put(ResourceKey<?> key, List<Ip> sources, @Nullable Integer codePoint) {
    Claim claim = codePoint == null ? null : new Claim(List.copyOf(sources), codePoint);
    Claim old = claim == null ? claims.remove(key) : claims.put(key, claim);
    if (old != null) {
      old.sources().forEach(source -> count(source, old.codePoint(), -1));
    }
    if (claim != null) {
      claim.sources().forEach(source -> count(source, claim.codePoint(), 1));
    }
  }

  private void count(Ip source, int codePoint, int difference) {
    TreeMap<Integer, Integer> all = bySource.computeIfAbsent(source, _ -> new TreeMap<>());
    all.merge(codePoint, difference, (a, b) -> a + b == 0 ? null : a + b);
    if (all.isEmpty()) {
      bySource.remove(source);
      emission.remove(new CodePointId(source));
    } else {
      emission.put(new CodePointId(source), all.firstKey());
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
    return claims.isEmpty() && bySource.isEmpty();
  }
}
