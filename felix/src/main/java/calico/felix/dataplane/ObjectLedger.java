package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.Rendering;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.StateKey;
import calico.reconcile.Reconciler;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which record wants which object: an object is desired while any record's rendering has it. A
 * chain that is referred to and that no rendering has is there too, and denies.
 */
final class ObjectLedger {
  private final RuleRenderer renderer;
  private final Reconciler<NftKey, NftObject> table;
  private final Map<StateKey<?>, Rendering> renderings = new HashMap<>();
  private final Map<NftKey, Entry> entries = new HashMap<>();

  private static final class Entry {
    @Nullable NftObject object;
    final Set<StateKey<?>> owners = new HashSet<>();
    final Set<StateKey<?>> referrers = new HashSet<>();
  }

  ObjectLedger(RuleRenderer renderer, Reconciler<NftKey, NftObject> table) {
    this.renderer = renderer;
    this.table = table;
  }

  /** Sets what a record's objects are now. Costs as much as its old and new rendering. */
  void put(StateKey<?> record, Rendering rendering) {
    Rendering old = renderings.put(record, rendering);
    replace(record, old == null ? Rendering.NOTHING : old, rendering);
  }

  void remove(StateKey<?> record) {
    Rendering old = renderings.remove(record);
    if (old != null) {
      replace(record, old, Rendering.NOTHING);
    }
  }

  private void replace(StateKey<?> record, Rendering from, Rendering to) {
    to.objects()
        .forEach(
            (key, object) -> {
              Entry entry = entries.computeIfAbsent(key, _ -> new Entry());
              entry.object = object;
              entry.owners.add(record);
              desire(key, entry);
            });
    for (NftKey key : to.references()) {
      Entry entry = entries.computeIfAbsent(key, _ -> new Entry());
      if (entry.referrers.add(record)) {
        desire(key, entry);
      }
    }
    for (NftKey key : from.objects().keySet()) {
      Entry entry = entries.get(key);
      if (entry != null && !to.objects().containsKey(key)) {
        entry.owners.remove(record);
        if (entry.owners.isEmpty()) {
          entry.object = null;
        }
        desire(key, entry);
      }
    }
    for (NftKey key : from.references()) {
      Entry entry = entries.get(key);
      if (entry != null && !to.references().contains(key)) {
        entry.referrers.remove(record);
        desire(key, entry);
      }
    }
  }

  private void desire(NftKey key, Entry entry) {
    if (entry.object != null) {
      table.desire(key, entry.object);
    } else if (!entry.referrers.isEmpty()) {
      if (key instanceof NftKey.ChainKey) {
        table.desire(key, renderer.closed("Referred to, but not there"));
      } else {
        table.undesire(key);
      }
    } else {
      entries.remove(key);
      table.undesire(key);
    }
  }

  /** Records that lack something without the object: whose it is, or for a set, who uses it. */
  Set<StateKey<?>> lacking(NftKey key) {
    Entry entry = entries.get(key);
    if (entry == null && key instanceof NftKey.ElementKey e) {
      entry = entries.get(new NftKey.SetKey(e.set()));
    }
    if (entry == null) {
      return Set.of();
    }
    return entry.owners.isEmpty() ? entry.referrers : entry.owners;
  }

  /** Records whose rendering has or refers to the object. */
  Set<StateKey<?>> concerned(NftKey key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return Set.of();
    }
    Set<StateKey<?>> all = new HashSet<>(entry.owners);
    all.addAll(entry.referrers);
    return all;
  }

  /**
   * Why one of a record's objects, or of those that it refers to, is not in the kernel; or null.
   */
  @Nullable String problem(StateKey<?> record) {
    Rendering rendering = renderings.get(record);
    if (rendering == null) {
      return "not rendered";
    }
    for (Set<NftKey> keys : List.of(rendering.objects().keySet(), rendering.references())) {
      for (NftKey key : keys) {
        Exception failure = table.failure(key);
        if (failure != null) {
          return key + ": " + failure.getMessage();
        }
        if (!table.isApplied(key)) {
          return key + " is not in the kernel";
        }
      }
    }
    return null;
  }
}
