package calico.felix.calc;

import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A label that something must have to be selected: half of a cheap necessary condition. A selector
 * that implies "one of these restrictions holds" needs comparing only with things that satisfy one.
 *
 * @param value null for any
 */
record Restriction(String label, @Nullable String value) {

  /**
   * The cheapest list of restrictions of which a selector implies that one holds.
   *
   * @param cost of a restriction; a list costs the sum of its members
   * @return null if the selector implies none, such as {@code all()} or {@code a != "b"}; empty if
   *     it selects nothing
   */
  static @Nullable List<Restriction> cheapest(Selector selector, ToLongFunction<Restriction> cost) {
    return switch (selector) {
      case Selector.All _, Selector.Global _ -> null;
      case Selector.NotEqual _, Selector.NotIn _, Selector.Not _ -> null;
      case Selector.Has s -> List.of(new Restriction(s.label(), null));
      case Selector.Contains s -> List.of(new Restriction(s.label(), null));
      case Selector.StartsWith s -> List.of(new Restriction(s.label(), null));
      case Selector.EndsWith s -> List.of(new Restriction(s.label(), null));
      case Selector.Equal s -> List.of(new Restriction(s.label(), s.value()));
      case Selector.In s -> s.values().stream().map(v -> new Restriction(s.label(), v)).toList();
      case Selector.And s -> cheapestOf(s.operands(), cost);
      case Selector.Or s -> unionOf(s.operands(), cost);
    };
  }

  private static @Nullable List<Restriction> cheapestOf(
      List<Selector> operands, ToLongFunction<Restriction> cost) {
    List<Restriction> best = null;
    long bestCost = Long.MAX_VALUE;
    for (Selector operand : operands) {
      List<Restriction> candidate = cheapest(operand, cost);
      if (candidate != null) {
        long candidateCost = candidate.stream().mapToLong(cost).sum();
        if (candidateCost < bestCost) {
          best = candidate;
          bestCost = candidateCost;
        }
      }
    }
    return best;
  }

  private static @Nullable List<Restriction> unionOf(
      List<Selector> operands, ToLongFunction<Restriction> cost) {
    List<Restriction> union = new ArrayList<>();
    for (Selector operand : operands) {
      List<Restriction> candidate = cheapest(operand, cost);
      if (candidate == null) {
        return null;
      }
      union.addAll(candidate);
    }
    return union.stream().distinct().toList();
  }
}
