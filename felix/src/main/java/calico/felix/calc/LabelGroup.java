package calico.felix.calc;

import calico.felix.calc.LabelNodes.Value;
import calico.model.selector.Labels;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All items with the same own labels and the same profiles. They are selected by the same
 * selectors, so matching is done once for all of them: the replicas of a deployment are one group.
 *
 * @param <S> names a selector
 * @param <I> an item
 */
final class LabelGroup<S, I extends LabelGroup.Item<S, I>> extends Unordered<I> implements Labels {

  /** Base of what can be in a group. */
  abstract static class Item<S, I extends Item<S, I>> {
    @Nullable LabelGroup<S, I> group;
    int positionInGroup;
  }

  /** A profile, existing or not, and the groups that inherit its labels. */
  static final class Parent<S, I extends Item<S, I>> extends Unordered<LabelGroup<S, I>> {
    final String name;
    Map<String, String> labels;

    Parent(String name, Map<String, String> labels) {
      this.name = name;
      this.labels = labels;
    }
  }

  /**
   * What the items of a group have in common. Its parts are equal only if identical.
   *
   * @param own sorted by name
   * @param parents each once
   */
  record Key<S, I extends Item<S, I>>(List<Value<S, I>> own, List<Parent<S, I>> parents) {}

  final Key<S, I> key;

  /** Position in the index's list of all groups. */
  int position;

  /** The last scan that has been here. */
  long mark;

  /** Empty and fixed, or not empty and changeable. */
  private List<LabelIndex.Entry<S>> matches = List.of();

  /** What the parents give besides, sorted by name. */
  private List<Value<S, I>> inherited = List.of();

  /** This group's position among the holders of each label, first of its own. */
  private int[] positions = {};

  /** The same among the groups of each parent. */
  private final int[] parentPositions;

  LabelGroup(Key<S, I> key) {
    this.key = key;
    this.parentPositions = new int[key.parents.size()];
  }

  /** Joins the groups of each parent. */
  void join() {
    for (int i = 0; i < parentPositions.length; i++) {
      Parent<S, I> parent = key.parents.get(i);
      parentPositions[i] = parent.size();
      parent.add(this);
    }
  }

  /** Leaves the groups of each parent. */
  void leave() {
    for (int i = 0; i < parentPositions.length; i++) {
      Parent<S, I> parent = key.parents.get(i);
      LabelGroup<S, I> moved = parent.removeAt(parentPositions[i]);
      if (moved != null) {
        moved.parentPositions[moved.key.parents.indexOf(parent)] = parentPositions[i];
      }
    }
  }

  /** Its own and what it inherits. */
  List<Value<S, I>> labels() {
    List<Value<S, I>> labels = new ArrayList<>(positions.length);
    if (positions.length > 0) {
      labels.addAll(key.own);
      labels.addAll(inherited);
    }
    return labels;
  }

  @Override
  public @Nullable String get(String name) {
    String own = find(key.own, name);
    return own != null ? own : find(inherited, name);
  }

  private static <S, I extends Item<S, I>> @Nullable String find(
      List<Value<S, I>> labels, String name) {
    int low = 0;
    int high = labels.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      Value<S, I> value = labels.get(middle);
      int c = value.name.text.compareTo(name);
      if (c == 0) {
        return value.text;
      }
      if (c < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return null;
  }

  /** Takes the labels that the key gives now and joins the holders of each. */
  void attach(LabelNodes<S, I> nodes) {
    Map<String, Value<S, I>> besides = new TreeMap<>();
    for (Parent<S, I> parent : key.parents) {
      parent.labels.forEach(
          (name, value) -> {
            if (find(key.own, name) == null) {
              besides.computeIfAbsent(name, n -> nodes.value(n, value));
            }
          });
    }
    inherited = List.copyOf(besides.values());
    positions = new int[key.own.size() + inherited.size()];
    for (int i = 0; i < positions.length; i++) {
      Value<S, I> value = label(i);
      positions[i] = value.size();
      value.add(this);
      value.name.holders++;
    }
  }

  private Value<S, I> label(int i) {
    int own = key.own.size();
    return i < own ? key.own.get(i) : inherited.get(i - own);
  }

  private int indexOf(Value<S, I> label) {
    int own = key.own.indexOf(label);
    return own >= 0 ? own : key.own.size() + inherited.indexOf(label);
  }

  /** Leaves the holders of each label. */
  void detach() {
    for (int i = 0; i < positions.length; i++) {
      Value<S, I> value = label(i);
      LabelGroup<S, I> moved = value.removeAt(positions[i]);
      if (moved != null) {
        moved.positions[moved.indexOf(value)] = positions[i];
      }
      value.name.holders--;
    }
    inherited = List.of();
    positions = new int[0];
  }

  void put(I item) {
    item.group = this;
    item.positionInGroup = size();
    add(item);
  }

  void remove(I item) {
    I moved = removeAt(item.positionInGroup);
    if (moved != null) {
      moved.positionInGroup = item.positionInGroup;
    }
  }

  /** The selectors that select the group. */
  List<LabelIndex.Entry<S>> matches() {
    return matches;
  }

  /** All selectors that select the group, now. */
  void matches(List<LabelIndex.Entry<S>> all) {
    matches = all.isEmpty() ? List.of() : new ArrayList<>(all);
  }

  void addMatch(LabelIndex.Entry<S> selector) {
    if (matches.isEmpty()) {
      matches = new ArrayList<>(1);
    }
    matches.add(selector);
  }

  /** Whether it was one. */
  boolean removeMatch(LabelIndex.Entry<S> selector) {
    boolean removed = !matches.isEmpty() && matches.remove(selector);
    if (matches.isEmpty()) {
      matches = List.of();
    }
    return removed;
  }
}
