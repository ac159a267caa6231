package calico.felix.dataplane;

import static java.util.Objects.requireNonNull;
import static java.util.Objects.requireNonNullElse;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.Rendering;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.StateKey;
import calico.reconcile.Reconciler;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Which record wants which object: an object is desired while any record's rendering has it. A
 * chain that is referred to and that no rendering has is there too, and denies. A shared chain is
 * desired while any record refers to it.
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

    /** The shared chains that refer to it. */
    final Set<NftKey> sharedReferrers = new HashSet<>();

    /** What it refers to, if it is a shared chain; null if it is none. */
    @Nullable Set<NftKey> sharedReferences;

    boolean isReferredTo() {
      return !referrers.isEmpty() || !sharedReferrers.isEmpty();
    }
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
              Entry entry = entry(key);
              entry.object = object;
              entry.owners.add(record);
              desire(key, entry);
            });
    for (NftKey key : to.references()) {
      Entry entry = entry(key);
      if (entry.referrers.add(record)) {
        Supplier<Rendering> shared = key instanceof ChainKey k ? to.shared().get(k) : null;
        if (shared != null && entry.sharedReferences == null) {
          share(key, entry, shared.get());
        }
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
        if (entry.referrers.isEmpty()) {
          unshare(key, entry);
        }
        desire(key, entry);
      }
    }
  }

  private Entry entry(NftKey key) {
    return entries.computeIfAbsent(key, _ -> new Entry());
  }

  private void share(NftKey key, Entry entry, Rendering rendering) {
    entry.object = requireNonNull(rendering.objects().get(key));
    entry.sharedReferences = rendering.references();
    for (NftKey reference : rendering.references()) {
      Entry to = entry(reference);
      to.sharedReferrers.add(key);
      desire(reference, to);
    }
  }

  private void unshare(NftKey key, Entry entry) {
    if (entry.sharedReferences == null) {
      return;
    }
    for (NftKey reference : entry.sharedReferences) {
      Entry to = entry(reference);
      to.sharedReferrers.remove(key);
      desire(reference, to);
    }
    entry.object = null;
    entry.sharedReferences = null;
  }

  private void desire(NftKey key, Entry entry) {
    if (entry.object != null) {
      table.desire(key, entry.object);
    } else if (entry.isReferredTo()) {
      if (key instanceof ChainKey) {
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
    return entry.owners.isEmpty() ? referrers(entry) : entry.owners;
  }

  /** Records whose rendering has or refers to the object. */
  Set<StateKey<?>> concerned(NftKey key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return Set.of();
    }
    Set<StateKey<?>> all = referrers(entry);
    all.addAll(entry.owners);
    return all;
  }

  /** Records that refer to it, by shared chains too. */
  private Set<StateKey<?>> referrers(Entry entry) {
    Set<StateKey<?>> all = new HashSet<>(entry.referrers);
    for (NftKey shared : entry.sharedReferrers) {
      all.addAll(entry(shared).referrers);
    }
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
    String problem = problem(rendering.objects().keySet());
    if (problem == null) {
      problem = problem(rendering.references());
    }
    for (ChainKey shared : rendering.shared().keySet()) {
      if (problem == null) {
        problem = problem(requireNonNullElse(entry(shared).sharedReferences, Set.of()));
      }
    }
    return problem;
  }

  private @Nullable String problem(Set<NftKey> keys) {
    for (NftKey key : keys) {
      Exception failure = table.failure(key);
      if (failure != null) {
        return key + ": " + failure.getMessage();
      }
      if (!table.isApplied(key)) {
        return key + " is not in the kernel";
      }
    }
    return null;
  }
}
