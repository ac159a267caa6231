package calico.felix.calc;

import calico.felix.calc.LabelIndex.Entry;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Each label name and each name-value pair that is in use, once. A node holds the groups that have
 * the label and the selectors that can only select what has it, so that neither has to search for
 * the other; and it is the one copy of the label's text.
 */
final class LabelNodes<S, I extends LabelGroup.Item<S, I>> {
  private final Map<String, Name<S, I>> names = new HashMap<>();

  /** A label name, with the selectors that any of its values may satisfy. */
  static final class Name<S, I extends LabelGroup.Item<S, I>> {
    final String text;
    final Map<String, Value<S, I>> values = new HashMap<>();
    final List<Entry<S>> selectors = new ArrayList<>(0);

    /** How many groups have the label, with any value. */
    int holders;

    private Name(String text) {
      this.text = text;
    }
  }

  /** A label name with a value: the groups that have it. */
  static final class Value<S, I extends LabelGroup.Item<S, I>> extends Unordered<LabelGroup<S, I>> {
    final Name<S, I> name;
    final String text;

    /** Fixed if there is at most one, else changeable. */
    List<Entry<S>> selectors = List.of();

    private Value(Name<S, I> name, String text) {
      this.name = name;
      this.text = text;
    }
  }

  /** The node of a label, made if there is none. */
  Value<S, I> value(String name, String value) {
    Name<S, I> node = names.computeIfAbsent(name, Name::new);
    return node.values.computeIfAbsent(value, v -> new Value<>(node, v));
  }

  /** Keeps a selector where it is restricted to. */
  void add(Restriction restriction, Entry<S> selector) {
    if (restriction.value() == null) {
      names.computeIfAbsent(restriction.label(), Name::new).selectors.add(selector);
      return;
    }
    Value<S, I> value = value(restriction.label(), restriction.value());
    switch (value.selectors.size()) {
      case 0 -> value.selectors = List.of(selector);
      case 1 -> value.selectors = new ArrayList<>(List.of(value.selectors.getFirst(), selector));
      default -> value.selectors.add(selector);
    }
  }

  /** Forgets a selector that was kept there. */
  void remove(Restriction restriction, Entry<S> selector) {
    if (restriction.value() == null) {
      names.computeIfAbsent(restriction.label(), Name::new).selectors.remove(selector);
    } else {
      Value<S, I> value = value(restriction.label(), restriction.value());
      if (value.selectors.size() > 1) {
        value.selectors.remove(selector);
        if (value.selectors.size() == 1) {
          value.selectors = List.of(value.selectors.getFirst());
        }
      } else if (value.selectors.contains(selector)) {
        value.selectors = List.of();
      }
    }
    discardIfUnused(restriction.label(), restriction.value());
  }

  private @Nullable Value<S, I> find(String name, String value) {
    Name<S, I> node = names.get(name);
    return node == null ? null : node.values.get(value);
  }

  /** The labels that a restriction asks for, with the groups that have them; not to be kept. */
  Collection<Value<S, I>> values(Restriction restriction) {
    if (restriction.value() == null) {
      Name<S, I> name = names.get(restriction.label());
      return name == null ? List.of() : name.values.values();
    }
    Value<S, I> value = find(restriction.label(), restriction.value());
    return value == null ? List.of() : List.of(value);
  }

  /**
   * What it costs to keep or scan by a restriction: each group that has the label is compared with
   * each selector there. A label with a value is preferred to the label alone.
   */
  long cost(Restriction restriction) {
    if (restriction.value() == null) {
      Name<S, I> name = names.get(restriction.label());
      return name == null ? 1 : 1L + name.holders + name.selectors.size();
    }
    Value<S, I> value = find(restriction.label(), restriction.value());
    return value == null ? 0 : (long) value.size() + value.selectors.size();
  }

  /** Forgets a label if nothing has it and no selector asks for it. */
  void discardIfUnused(String name, @Nullable String value) {
    Name<S, I> node = names.get(name);
    if (node == null) {
      return;
    }
    Value<S, I> valueNode = value == null ? null : node.values.get(value);
    if (valueNode != null && valueNode.isEmpty() && valueNode.selectors.isEmpty()) {
      node.values.remove(value);
    }
    if (node.values.isEmpty() && node.selectors.isEmpty()) {
      names.remove(name);
    }
  }

  boolean isEmpty() {
    return names.isEmpty();
  }
}
