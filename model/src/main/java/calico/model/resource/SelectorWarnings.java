package calico.model.resource;

import calico.model.selector.Selector;
import calico.model.selector.SelectorSyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Selectors that are possible, but hardly what their writer meant. */
final class SelectorWarnings {
  private static final Set<String> OPERATORS =
      Set.of("and", "or", "not", "in", "has", "all", "global", "contains", "starts", "ends");

  /** Labels that components set. */
  private static final List<String> SET_BY_COMPONENTS =
      List.of(
          "projectcalico.org/namespace",
          "projectcalico.org/orchestrator",
          "projectcalico.org/serviceaccount",
          "projectcalico.org/name");

  private static final int MOST_TYPOS = 2;

  private SelectorWarnings() {}

  static void check(String field, @Nullable String text, Problems problems) {
    if (text == null || text.isEmpty()) {
      return;
    }
    try {
      Selector selector = Selector.parse(text);
      if (Satisfiable.never(selector)) {
        problems.warning(field, text, "the selector contradicts itself: it never matches");
      }
      each(selector, field, text, problems);
    } catch (SelectorSyntaxException _) {
      // reported with the field
    }
  }

  private static void each(Selector selector, String field, String text, Problems problems) {
    switch (selector) {
      case Selector.And s -> s.operands().forEach(o -> each(o, field, text, problems));
      case Selector.Or s -> s.operands().forEach(o -> each(o, field, text, problems));
      case Selector.Not s -> each(s.operand(), field, text, problems);
      case Selector.Has s -> label(s.label(), field, text, problems);
      case Selector.Equal s -> {
        label(s.label(), field, text, problems);
        value(s.value(), field, text, problems);
      }
      case Selector.In s -> {
        label(s.label(), field, text, problems);
        s.values().forEach(v -> value(v, field, text, problems));
      }
      case Selector.NotEqual s -> {
        label(s.label(), field, text, problems);
        value(s.value(), field, text, problems);
      }
      case Selector.NotIn s -> {
        label(s.label(), field, text, problems);
        s.values().forEach(v -> value(v, field, text, problems));
      }
      case Selector.Contains s -> label(s.label(), field, text, problems);
      case Selector.StartsWith s -> label(s.label(), field, text, problems);
      case Selector.EndsWith s -> label(s.label(), field, text, problems);
      case Selector.All _, Selector.Global _ -> {}
    }
  }

  private static void label(String label, String field, String text, Problems problems) {
    if (OPERATORS.contains(label.toLowerCase(Locale.ROOT))) {
      problems.warning(field, text, "'" + label + "' is a label here, not an operator");
    }
    for (String known : SET_BY_COMPONENTS) {
      if (!SET_BY_COMPONENTS.contains(label) && typos(label, known) <= MOST_TYPOS) {
        problems.warning(
            field, text, "nothing has the label '" + label + "': is '" + known + "' meant?");
      }
    }
  }

  private static void value(String value, String field, String text, Problems problems) {
    if (value.indexOf('*') >= 0) {
      problems.warning(
          field,
          text,
          "no label's value is '"
              + value
              + "': * stands for itself; see 'contains', 'starts with' and 'ends with'");
    }
  }

  /** Characters to insert, delete or replace to get from one text to the other. */
  private static int typos(String a, String b) {
    if (Math.abs(a.length() - b.length()) > MOST_TYPOS) {
      return MOST_TYPOS + 1;
    }
    int[] above = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      above[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[b.length() + 1];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, Math.min(above[j], row[j - 1]) + 1);
      }
      above = row;
    }
    return above[b.length()];
  }
}
