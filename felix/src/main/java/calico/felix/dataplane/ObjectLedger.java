package calico.felix.dataplane;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.PolicyList;
import calico.felix.rules.Rendering;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.StateKey;
import calico.reconcile.Reconciler;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whose rendering has which object: an object is desired while any has it. A chain that is referred
 * to and that no rendering has is there too, and denies.
 *
 * <p>Owners are records, and chains that records have in common: lists of policies and what they
 * consist of.
 */
final class ObjectLedger {
  private final RuleRenderer renderer;
  private final Reconciler<NftKey, NftObject> table;
  private final Map<Object, Rendering> renderings = new HashMap<>();
  private final Map<NftKey, Entry> entries = new HashMap<>();

  /** What has come to be referred to, or has ceased to be, and nobody was told of. */
  private final Set<NftKey> turned = new LinkedHashSet<>();

  private static final class Entry {
    @Nullable NftObject object;
    @Nullable PolicyList list;
    final Set<Object> owners = new HashSet<>(2);
    final Set<Object> referrers = new HashSet<>(2);
  }

  ObjectLedger(RuleRenderer renderer, Reconciler<NftKey, NftObject> table) {
    this.renderer = renderer;
    this.table = table;
  }

  /** Sets what a record's objects are now. Costs as much as its old and new rendering. */
  void put(StateKey<?> record, Rendering rendering) {
    putOwner(record, rendering);
  }

  void remove(StateKey<?> record) {
    removeOwner(record);
  }

  /** Sets what a chain is, with all that it consists of, that records have in common. */
  void put(ChainKey chain, Rendering rendering) {
    putOwner(chain, rendering);
  }

  void remove(ChainKey chain) {
    removeOwner(chain);
  }

  private void putOwner(Object owner, Rendering rendering) {
    Rendering old = renderings.put(owner, rendering);
    replace(owner, old == null ? Rendering.NOTHING : old, rendering);
  }

  private void removeOwner(Object owner) {
    Rendering old = renderings.remove(owner);
    if (old != null) {
      replace(owner, old, Rendering.NOTHING);
    }
  }

  private void replace(Object owner, Rendering from, Rendering to) {
    to.objects()
        .forEach(
            (key, object) -> {
              Entry entry = entry(key);
              entry.object = object;
              entry.owners.add(owner);
              desire(key, entry);
            });
    for (NftKey key : to.references()) {
      Entry entry = entry(key);
      if (entry.referrers.isEmpty()) {
        turned.add(key);
      }
      if (entry.referrers.add(owner)) {
        entry.list = key instanceof ChainKey ? to.lists().get(key) : null;
        desire(key, entry);
      }
    }
    for (NftKey key : from.objects().keySet()) {
      Entry entry = entries.get(key);
      if (entry != null && !to.objects().containsKey(key)) {
        entry.owners.remove(owner);
        if (entry.owners.isEmpty()) {
          entry.object = null;
        }
        desire(key, entry);
      }
    }
    for (NftKey key : from.references()) {
      Entry entry = entries.get(key);
      if (entry != null && !to.references().contains(key)) {
        entry.referrers.remove(owner);
        if (entry.referrers.isEmpty()) {
          turned.add(key);
        }
        desire(key, entry);
      }
    }
  }

  private Entry entry(NftKey key) {
    return entries.computeIfAbsent(key, _ -> new Entry());
  }

  private void desire(NftKey key, Entry entry) {
    if (entry.object != null) {
      table.desire(key, entry.object);
    } else if (!entry.referrers.isEmpty()) {
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

  /** What has come to be referred to, or has ceased to be, since the last call. */
  Set<NftKey> takeTurned() {
    Set<NftKey> taken = Set.copyOf(turned);
    turned.clear();
    return taken;
  }

  boolean hasTurned() {
    return !turned.isEmpty();
  }

  boolean isReferredTo(NftKey key) {
    Entry entry = entries.get(key);
    return entry != null && !entry.referrers.isEmpty();
  }

  /** The list of policies that a chain is to be, or null if it is none. */
  @Nullable PolicyList list(NftKey key) {
    Entry entry = entries.get(key);
    return entry == null ? null : entry.list;
  }

  /**
   * Records that lack something without the object: whose it is, or for a set, who uses it; of a
   * chain that they have in common, all of them, and the policies that it was to ask.
   */
  Set<StateKey<?>> lacking(NftKey key) {
    Entry entry = entries.get(key);
    if (entry == null && key instanceof NftKey.ElementKey e) {
      entry = entries.get(new NftKey.SetKey(e.set()));
    }
    Set<StateKey<?>> records = new HashSet<>();
    if (entry != null) {
      Set<Object> concerned = entry.owners.isEmpty() ? entry.referrers : entry.owners;
      concerned.forEach(owner -> collect(owner, true, records));
    }
    return records;
  }

  /** Records whose rendering has or refers to the object. */
  Set<StateKey<?>> concerned(NftKey key) {
    Set<StateKey<?>> records = new HashSet<>();
    Entry entry = entries.get(key);
    if (entry != null) {
      entry.owners.forEach(owner -> collect(owner, false, records));
      entry.referrers.forEach(owner -> collect(owner, false, records));
    }
    return records;
  }

  /** A record; or those that refer to a chain. */
  private void collect(Object owner, boolean withPolicies, Set<StateKey<?>> to) {
    if (owner instanceof StateKey<?> record) {
      to.add(record);
    } else if (owner instanceof ChainKey chain) {
      Entry entry = entries.get(chain);
      if (entry != null) {
        if (withPolicies && entry.list != null) {
          to.addAll(entry.list.policies());
        }
        entry.referrers.forEach(referrer -> collect(referrer, withPolicies, to));
      }
    }
  }

  /**
   * Why one of a record's objects, or of those that it refers to, is not in the kernel; or null.
   */
  @Nullable String problem(StateKey<?> record) {
    if (!renderings.containsKey(record)) {
      return "not rendered";
    }
    // Usually nothing is amiss, and what a record refers to may be much.
    return table.isInSync() && table.failing().isEmpty() ? null : problemOf(record);
  }

  private @Nullable String problemOf(Object owner) {
    Rendering rendering = renderings.get(owner);
    if (rendering == null) {
      return null;
    }
    String problem = problem(rendering.objects().keySet());
    if (problem == null) {
      problem = problem(rendering.references());
    }
    for (NftKey reference : rendering.references()) {
      if (problem == null && reference instanceof ChainKey) {
        problem = problemOf(reference);
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
