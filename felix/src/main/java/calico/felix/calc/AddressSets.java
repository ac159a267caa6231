package calico.felix.calc;

import calico.felix.monitor.GraphSize;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey.SetId;
import calico.model.key.ResourceKey;
import calico.model.resource.Kind;
import calico.model.selector.Selector;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The sets that active rules refer to, and their members. A set lives while it is referred to; one
 * that loses and regains all references between two flushes is not touched.
 */
final class AddressSets {

  /** What is kept of each workload and network set of the cluster: the labels are its group's. */
  private static final class Item extends LabelGroup.Item<ActiveSet, Item> {
    final List<Member.Net> nets;
    final List<Addressed.Named> ports;

    Item(Addressed addressed) {
      this.nets = addressed.nets();
      this.ports = addressed.ports();
    }

    boolean holds(Addressed addressed) {
      return nets.equals(addressed.nets()) && ports.equals(addressed.ports());
    }
  }

  /** A set that is, or until now was, referred to. */
  private static final class ActiveSet {
    final SetSource source;

    /** How many items give each member: two endpoints may have one address. */
    final Map<Member, Integer> counts = new HashMap<>();

    /** Differences to what has been emitted. */
    final Set<Member> added = new HashSet<>();

    final Set<Member> removed = new HashSet<>();
    boolean emitted;
    int references;

    ActiveSet(SetSource source) {
      this.source = source;
    }

    void increment(Member member) {
      if (counts.merge(member, 1, Integer::sum) == 1 && emitted && !removed.remove(member)) {
        added.add(member);
      }
    }

    void decrement(Member member) {
      if (counts.merge(member, -1, (a, b) -> a + b == 0 ? null : a + b) == null
          && emitted
          && !added.remove(member)) {
        removed.add(member);
      }
    }
  }

  private final Map<SetId, ActiveSet> sets = new HashMap<>();
  private final Map<ResourceKey<?>, Item> items = new HashMap<>();
  private final Map<Kind<?>, Integer> counts = new HashMap<>();
  private final Set<ActiveSet> dirty = new LinkedHashSet<>();
  private final Set<ActiveSet> unreferenced = new LinkedHashSet<>();
  private final LabelIndex<ActiveSet, Item> index;

  AddressSets(Profiles profiles) {
    this.index =
        new LabelIndex<>(
            profiles::labels,
            new LabelIndex.Listener<ActiveSet, Item>() {
              @Override
              public void matched(ActiveSet set, Item item) {
                dirty.add(set);
                Addressed.members(set.source, item.nets, item.ports).forEach(set::increment);
              }

              @Override
              public void unmatched(ActiveSet set, Item item) {
                dirty.add(set);
                Addressed.members(set.source, item.nets, item.ports).forEach(set::decrement);
              }
            });
  }

  /** A workload or network set; null if it is gone. */
  void put(ResourceKey<?> key, @Nullable Addressed addressed) {
    Item old = items.get(key);
    if (addressed == null) {
      if (old != null) {
        items.remove(key);
        counts.merge(key.kind(), -1, Integer::sum);
        index.remove(old);
      }
    } else if (old != null && old.holds(addressed)) {
      index.put(old, addressed.labels(), addressed.profiles());
    } else {
      Item item = new Item(addressed);
      items.put(key, item);
      index.put(item, addressed.labels(), addressed.profiles());
      if (old != null) {
        index.remove(old);
      } else {
        counts.merge(key.kind(), 1, Integer::sum);
      }
    }
  }

  /** How many sets there are. */
  int size() {
    return sets.size();
  }

  /** How many endpoints or network sets of a kind there are. */
  int count(Kind<?> kind) {
    return counts.getOrDefault(kind, 0);
  }

  void profileChanged(String name) {
    index.profileChanged(name);
  }

  /** Rules refer to a set. */
  void reference(SetSource source) {
    ActiveSet set = sets.computeIfAbsent(source.id(), _ -> new ActiveSet(source));
    if (set.references++ == 0 && !unreferenced.remove(set)) {
      dirty.add(set);
      Selector selector =
          switch (source) {
            case SetSource.Selected selected -> selected.selector();
            case SetSource.NamedPort named -> named.selector();
            case SetSource.Service _ -> null;
          };
      if (selector != null) {
        index.putSelector(set, selector);
      }
    }
  }

  /** One reference less. */
  void release(SetId id) {
    ActiveSet set = sets.get(id);
    if (set == null || set.references == 0) {
      throw new IllegalStateException("set " + id.id() + " is released, but nothing refers to it");
    }
    if (--set.references == 0) {
      unreferenced.add(set);
    }
  }

  void emitAgain() {
    for (ActiveSet set : sets.values()) {
      set.emitted = false;
      set.added.clear();
      set.removed.clear();
      dirty.add(set);
    }
  }

  /** Emits the sets that are new, then the changes of those that are not. */
  void flushMembers(Consumer<StateChange> out) {
    dirty.removeAll(unreferenced);
    for (ActiveSet set : dirty) {
      if (!set.emitted) {
        // A copy: the consumer may keep it.
        Set<Member> members = Collections.unmodifiableSet(new HashSet<>(set.counts.keySet()));
        out.accept(
            new StateChange.Put<>(set.source.id(), new AddressSet(set.source.type(), members)));
      }
    }
    for (ActiveSet set : dirty) {
      if (set.emitted && !(set.added.isEmpty() && set.removed.isEmpty())) {
        out.accept(
            new StateChange.MembersChanged(
                set.source.id(), Set.copyOf(set.added), Set.copyOf(set.removed)));
        set.added.clear();
        set.removed.clear();
      }
      set.emitted = true;
    }
    dirty.clear();
  }

  /** Emits the removal of the sets that nothing refers to any more. */
  void flushRemovals(Consumer<StateChange> out) {
    for (ActiveSet set : unreferenced) {
      sets.remove(set.source.id());
      // Taken from the dirty again, where losing all members puts it.
      index.removeSelector(set);
      dirty.remove(set);
      if (set.emitted) {
        out.accept(new StateChange.Removed(set.source.id()));
      }
    }
    unreferenced.clear();
  }

  /** How large the index is. */
  GraphSize.Index indexSize() {
    return index.size(items.size());
  }

  /** Whether nothing is left of what has come and gone. */
  boolean isEmpty() {
    return sets.isEmpty() && items.isEmpty() && dirty.isEmpty() && index.isEmpty();
  }
}
