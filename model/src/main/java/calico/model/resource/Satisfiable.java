package calico.model.resource;

import calico.model.selector.Selector;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds selectors that no labels can satisfy. Only finds what people write by mistake: two values
 * demanded of one label, an empty set, a label both demanded and forbidden.
 */
final class Satisfiable {
  private Satisfiable() {}

  /** True only if the selector can never match. */
  static boolean never(Selector selector) {
    return switch (selector) {
      case Selector.In s -> s.values().isEmpty();
      case Selector.Or s -> s.operands().stream().allMatch(Satisfiable::never);
      case Selector.And s -> s.operands().stream().anyMatch(Satisfiable::never) || clash(s);
      case Selector.Not s -> always(s.operand());
      case Selector.All _,
          Selector.Global _,
          Selector.Has _,
          Selector.Equal _,
          Selector.NotEqual _,
          Selector.NotIn _,
          Selector.Contains _,
          Selector.StartsWith _,
          Selector.EndsWith _ ->
          false;
    };
  }

  private static boolean always(Selector selector) {
    return selector instanceof Selector.All || selector instanceof Selector.Global;
  }

  private static boolean clash(Selector.And and) {
    Map<String, Set<String>> possible = new HashMap<>();
    Set<String> present = new HashSet<>();
    Set<String> absent = new HashSet<>();
    for (Selector operand : and.operands()) {
      switch (operand) {
        case Selector.Equal s -> demand(possible, s.label(), List.of(s.value()));
        case Selector.In s -> demand(possible, s.label(), s.values());
        case Selector.Has s -> present.add(s.label());
        case Selector.Contains s -> present.add(s.label());
        case Selector.StartsWith s -> present.add(s.label());
        case Selector.EndsWith s -> present.add(s.label());
        case Selector.Not s when s.operand() instanceof Selector.Has has -> absent.add(has.label());
        case Selector.Not _,
            Selector.NotEqual _,
            Selector.NotIn _,
            Selector.And _,
            Selector.Or _,
            Selector.All _,
            Selector.Global _ -> {}
      }
    }
    present.addAll(possible.keySet());
    return possible.values().stream().anyMatch(Set::isEmpty)
        || absent.stream().anyMatch(present::contains);
  }

  private static void demand(Map<String, Set<String>> possible, String label, List<String> values) {
    Set<String> left = possible.computeIfAbsent(label, _ -> new HashSet<>(values));
    left.retainAll(Set.copyOf(values));
  }
}
