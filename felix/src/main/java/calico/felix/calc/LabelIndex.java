package calico.felix.calc;

import calico.felix.calc.LabelGroup.Parent;
import calico.felix.calc.LabelNodes.Value;
import calico.felix.monitor.GraphSize;
import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Which selectors select which items, kept up to date as selectors, items and the labels that items
 * inherit from profiles come and go.
 *
 * <p>Items with the same labels form a {@link LabelGroup}. Each selector is kept at a label that it
 * implies ({@link Restriction}), so that a new group is compared only with the selectors at its
 * labels, and a new selector only with the groups that have that label.
 *
 * @param <S> names a selector
 * @param <I> an item, in at most one index at a time
 */
final class LabelIndex<S, I extends LabelGroup.Item<S, I>> {

  /** Is told of each match. Must not change the index meanwhile. */
  interface Listener<S, I> {
    void matched(S selector, I item);

    void unmatched(S selector, I item);
  }

  /** A selector in the index. */
  static final class Entry<S> {
    final S owner;
    final Selector selector;

    /** Where it is kept; null for with those that imply no label. */
    final @Nullable List<Restriction> restrictions;

    /** The last comparison that has seen this. */
    long mark;

    private Entry(S owner, Selector selector, @Nullable List<Restriction> restrictions) {
      this.owner = owner;
      this.selector = selector;
      this.restrictions = restrictions;
    }
  }

  private final Function<String, Map<String, String>> inherited;
  private final Listener<S, I> listener;
  private final LabelNodes<S, I> nodes = new LabelNodes<>();
  private final Map<LabelGroup.Key<S, I>, LabelGroup<S, I>> groups = new HashMap<>();
  private final ArrayList<LabelGroup<S, I>> allGroups = new ArrayList<>();

  /** The profiles that some item has. */
  private final Map<String, Parent<S, I>> parents = new HashMap<>();

  private final Map<S, Entry<S>> entries = new HashMap<>();
  private final List<Entry<S>> unrestricted = new ArrayList<>();
  private long lastMark;
  private long evaluations;
  private long matching;

  /**
   * An empty index.
   *
   * @param inherited the labels of a profile, none if it does not exist; they are kept, and so
   *     never to be changed
   */
  LabelIndex(Function<String, Map<String, String>> inherited, Listener<S, I> listener) {
    this.inherited = inherited;
    this.listener = listener;
  }

  /**
   * Adds an item, or gives it new labels. Matches that stay are not told.
   *
   * @param profiles from which it inherits; its own labels win, then those of the first
   */
  void put(I item, Map<String, String> labels, List<String> profiles) {
    LabelGroup<S, I> group = group(labels, profiles);
    LabelGroup<S, I> old = item.group;
    if (group == old) {
      return;
    }
    if (old != null) {
      old.remove(item);
    }
    group.put(item);
    tellDifference(old == null ? List.of() : old.matches(), group.matches(), item);
    discardIfEmpty(old);
  }

  void remove(I item) {
    LabelGroup<S, I> group = item.group;
    if (group == null) {
      return;
    }
    group.remove(item);
    item.group = null;
    group.matches().forEach(e -> listener.unmatched(e.owner, item));
    discardIfEmpty(group);
  }

  /** A profile has come, gone or changed. */
  void profileChanged(String name) {
    Parent<S, I> parent = parents.get(name);
    if (parent == null) {
      return;
    }
    Map<String, String> labels = inherited.apply(name);
    if (!parent.labels.equals(labels)) {
      parent.labels = labels;
      parent.forEach(this::relabel);
    }
  }

  /** Adds a selector, or changes it. */
  void putSelector(S owner, Selector selector) {
    Entry<S> old = entries.get(owner);
    if (old != null && old.selector.equals(selector)) {
      return;
    }
    removeSelector(owner);
    List<Restriction> restrictions = Restriction.cheapest(selector, nodes::cost);
    Entry<S> entry = new Entry<>(owner, selector, restrictions);
    entries.put(owner, entry);
    if (restrictions == null) {
      unrestricted.add(entry);
    } else {
      restrictions.forEach(r -> nodes.add(r, entry));
    }
    forEachCandidate(
        entry,
        group -> {
          if (selects(entry, group)) {
            group.addMatch(entry);
            group.forEach(i -> listener.matched(owner, i));
          }
        });
  }

  void removeSelector(S owner) {
    Entry<S> entry = entries.remove(owner);
    if (entry == null) {
      return;
    }
    forEachCandidate(
        entry,
        group -> {
          if (group.removeMatch(entry)) {
            group.forEach(i -> listener.unmatched(owner, i));
          }
        });
    if (entry.restrictions == null) {
      unrestricted.remove(entry);
    } else {
      entry.restrictions.forEach(r -> nodes.remove(r, entry));
    }
  }

  /** The selectors that select an item, in no meaningful order. */
  List<S> matches(I item) {
    return item.group == null
        ? List.of()
        : item.group.matches().stream().map(e -> e.owner).toList();
  }

  /** Gives all items that a selector selects. */
  void forEachMatch(S owner, Consumer<I> out) {
    Entry<S> entry = entries.get(owner);
    if (entry != null) {
      forEachCandidate(
          entry,
          group -> {
            if (group.matches().contains(entry)) {
              group.forEach(out);
            }
          });
    }
  }

  /** How often a selector has been evaluated so far: what this index is there to keep small. */
  long evaluations() {
    return evaluations;
  }

  /** How large it is, and what has been compared. */
  GraphSize.Index size(int items) {
    return new GraphSize.Index(
        items,
        entries.size() - unrestricted.size(),
        unrestricted.size(),
        matching,
        evaluations - matching);
  }

  /** Whether nothing is left, not even memory of a label. */
  boolean isEmpty() {
    return groups.isEmpty() && parents.isEmpty() && entries.isEmpty() && nodes.isEmpty();
  }

  private LabelGroup<S, I> group(Map<String, String> labels, List<String> profiles) {
    List<Value<S, I>> own = new ArrayList<>(labels.size());
    new TreeMap<>(labels).forEach((name, value) -> own.add(nodes.value(name, value)));
    List<Parent<S, I>> parentNodes = new ArrayList<>(profiles.size());
    profiles.stream().distinct().map(this::parent).forEach(parentNodes::add);
    var key = new LabelGroup.Key<S, I>(List.copyOf(own), List.copyOf(parentNodes));
    LabelGroup<S, I> found = groups.get(key);
    if (found != null) {
      return found;
    }
    LabelGroup<S, I> group = new LabelGroup<>(key);
    groups.put(key, group);
    group.position = allGroups.size();
    allGroups.add(group);
    group.join();
    group.attach(nodes);
    match(group);
    return group;
  }

  private void discardIfEmpty(@Nullable LabelGroup<S, I> group) {
    if (group == null || !group.isEmpty()) {
      return;
    }
    groups.remove(group.key);
    LabelGroup<S, I> last = allGroups.removeLast();
    if (last != group) {
      allGroups.set(group.position, last);
      last.position = group.position;
    }
    detach(group);
    group.leave();
    for (Parent<S, I> parent : group.key.parents()) {
      if (parent.isEmpty()) {
        parents.remove(parent.name);
      }
    }
  }

  private Parent<S, I> parent(String profile) {
    return parents.computeIfAbsent(profile, name -> new Parent<>(name, inherited.apply(name)));
  }

  private void detach(LabelGroup<S, I> group) {
    List<Value<S, I>> labels = group.labels();
    group.detach();
    labels.forEach(v -> nodes.discardIfUnused(v.name.text, v.text));
  }

  /** A profile of the group has new labels. */
  private void relabel(LabelGroup<S, I> group) {
    List<Value<S, I>> oldLabels = group.labels();
    List<Entry<S>> oldMatches = group.matches();
    group.detach();
    group.attach(nodes);
    match(group);
    oldLabels.forEach(v -> nodes.discardIfUnused(v.name.text, v.text));
    group.forEach(i -> tellDifference(oldMatches, group.matches(), i));
  }

  private void match(LabelGroup<S, I> group) {
    List<Entry<S>> matches = new ArrayList<>();
    long mark = ++lastMark;
    match(group, unrestricted, mark, matches);
    for (Value<S, I> value : group.labels()) {
      match(group, value.selectors, mark, matches);
      match(group, value.name.selectors, mark, matches);
    }
    group.matches(matches);
  }

  private void match(
      LabelGroup<S, I> group, List<Entry<S>> candidates, long mark, List<Entry<S>> matches) {
    for (Entry<S> entry : candidates) {
      // One that has several restrictions can come several times.
      if (entry.mark != mark) {
        entry.mark = mark;
        if (selects(entry, group)) {
          matches.add(entry);
        }
      }
    }
  }

  private boolean selects(Entry<S> entry, LabelGroup<S, I> group) {
    evaluations++;
    boolean matches = entry.selector.matches(group);
    if (matches) {
      matching++;
    }
    return matches;
  }

  /** Gives each group that a selector could select, once. */
  private void forEachCandidate(Entry<S> entry, Consumer<LabelGroup<S, I>> out) {
    List<Restriction> restrictions = Restriction.cheapest(entry.selector, nodes::cost);
    if (restrictions == null) {
      allGroups.forEach(out);
      return;
    }
    long mark = ++lastMark;
    for (Restriction restriction : restrictions) {
      for (Value<S, I> value : nodes.values(restriction)) {
        for (LabelGroup<S, I> group : value) {
          if (group.mark != mark) {
            group.mark = mark;
            out.accept(group);
          }
        }
      }
    }
  }

  private void tellDifference(List<Entry<S>> before, List<Entry<S>> after, I item) {
    mark(before);
    for (Entry<S> entry : after) {
      if (entry.mark != lastMark) {
        listener.matched(entry.owner, item);
      }
    }
    mark(after);
    for (Entry<S> entry : before) {
      if (entry.mark != lastMark) {
        listener.unmatched(entry.owner, item);
      }
    }
  }

  private void mark(List<Entry<S>> entries) {
    lastMark++;
    for (Entry<S> entry : entries) {
      entry.mark = lastMark;
    }
  }
}
