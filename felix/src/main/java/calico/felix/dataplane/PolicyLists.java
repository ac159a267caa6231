package calico.felix.dataplane;

import calico.felix.rules.Direction;
import calico.felix.rules.NftKey.ChainKey;
import calico.felix.rules.PolicyList;
import calico.felix.rules.RuleRenderer;
import calico.felix.rules.Step;
import calico.felix.rules.TablePolicy;
import calico.felix.state.Policy;
import calico.felix.state.StateKey.PolicyId;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One family's lists of policies that endpoints refer to. Of each list, policies that can be a
 * table and are worth it become one, and the others are tried one after the other.
 */
final class PolicyLists {

  /** A policy's rules, and what a table can say of them, once it was asked for. */
  private static final class Known {
    final Policy policy;
    final Map<Direction, Optional<TablePolicy>> tables = new EnumMap<>(Direction.class);

    Known(Policy policy) {
      this.policy = policy;
    }
  }

  /** What a list consists of: what it asks, and for that, parts of it and tables. */
  private record Plan(List<Step> steps, List<PolicyList> parts, List<KeptTable> tables) {
    Plan() {
      this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  private final RuleRenderer renderer;
  private final ObjectLedger ledger;
  private final KeptTables tables;
  private final Consumer<PolicyId> triedOrNot;
  private final Map<PolicyId, Known> policies = new HashMap<>();
  private final Map<ChainKey, PolicyList> lists = new HashMap<>();
  private final Map<PolicyList, Plan> plans = new HashMap<>();
  private final Map<PolicyId, Set<PolicyList>> byPolicy = new HashMap<>();
  private final Map<PolicyList, Integer> parts = new HashMap<>();
  private final Map<PolicyId, Integer> tries = new HashMap<>();
  private final Set<PolicyList> dirty = new LinkedHashSet<>();

  /**
   * Lists of a table.
   *
   * @param triedOrNot is told of a policy that has come to be tried by itself, or has ceased to be
   */
  PolicyLists(
      RuleRenderer renderer,
      ObjectLedger ledger,
      KeptTables tables,
      Consumer<PolicyId> triedOrNot) {
    this.renderer = renderer;
    this.ledger = ledger;
    this.tables = tables;
    this.triedOrNot = triedOrNot;
  }

  /** Null if there is none. */
  @Nullable Policy policy(PolicyId id) {
    Known known = policies.get(id);
    return known == null ? null : known.policy;
  }

  /** Whether a list tries the policy by itself, so that it has chains of its own. */
  boolean isTried(PolicyId id) {
    return tries.containsKey(id);
  }

  /** How many policies are. */
  int tried() {
    return tries.size();
  }

  /** Sets a policy, or with null removes it. */
  void put(PolicyId id, @Nullable Policy policy) {
    if (policy == null) {
      policies.remove(id);
    } else {
      policies.put(id, new Known(policy));
    }
    dirty.addAll(byPolicy.getOrDefault(id, Set.of()));
  }

  /** A chain may have come to be referred to, or have ceased to be. */
  void turned(ChainKey key) {
    PolicyList list = ledger.isReferredTo(key) ? ledger.list(key) : null;
    if (list != null) {
      if (lists.put(key, list) == null) {
        list.policies().forEach(id -> byPolicy.computeIfAbsent(id, _ -> new HashSet<>()).add(list));
        dirty.add(list);
      }
      return;
    }
    PolicyList gone = lists.remove(key);
    if (gone != null) {
      dirty.remove(gone);
      ledger.remove(key);
      for (PolicyId id : gone.policies()) {
        Set<PolicyList> of = byPolicy.get(id);
        if (of != null && of.remove(gone) && of.isEmpty()) {
          byPolicy.remove(id);
        }
      }
      Plan plan = plans.remove(gone);
      if (plan != null) {
        release(plan);
      }
    }
  }

  /** Some tables are not kept any more: what has them is to do without. */
  void without(Set<KeptTable> gone) {
    if (!gone.isEmpty()) {
      plans.forEach(
          (list, plan) -> {
            if (plan.tables.stream().anyMatch(gone::contains)) {
              dirty.add(list);
            }
          });
    }
  }

  boolean isSettled() {
    return dirty.isEmpty();
  }

  /** Plans anew what has changed. */
  void settle() {
    for (PolicyList list : dirty) {
      Plan plan = new Planner(list).plan();
      acquire(plan);
      ledger.put(list.key(), renderer.steps(list.key(), plan.steps));
      Plan old = plans.put(list, plan);
      if (old != null) {
        release(old);
      }
    }
    dirty.clear();
  }

  private void acquire(Plan plan) {
    plan.tables.forEach(table -> table.users++);
    for (PolicyList part : plan.parts) {
      if (parts.merge(part, 1, Integer::sum) == 1) {
        if (part.policies().size() > 1) {
          List<Step> steps = new ArrayList<>();
          part.cutUp().forEach(one -> steps.add(new Step(one.partKey(), one.text())));
          ledger.put(part.partKey(), renderer.steps(part.partKey(), steps));
        }
        for (PolicyId id : part.policies()) {
          if (tries.merge(id, 1, Integer::sum) == 1) {
            triedOrNot.accept(id);
          }
        }
      }
    }
  }

  private void release(Plan plan) {
    plan.tables.forEach(table -> tables.released(table));
    for (PolicyList part : plan.parts) {
      if (parts.merge(part, -1, PolicyLists::sumOrNone) == null) {
        if (part.policies().size() > 1) {
          ledger.remove(part.partKey());
        }
        for (PolicyId id : part.policies()) {
          if (tries.merge(id, -1, PolicyLists::sumOrNone) == null) {
            triedOrNot.accept(id);
          }
        }
      }
    }
  }

  private static @Nullable Integer sumOrNone(int a, int b) {
    return a + b == 0 ? null : a + b;
  }

  private @Nullable TablePolicy table(PolicyId id, Direction direction) {
    Known known = policies.get(id);
    return known == null
        ? null
        : known
            .tables
            .computeIfAbsent(
                direction,
                _ ->
                    Optional.ofNullable(
                        TablePolicy.of(renderer.family(), direction, id, known.policy)))
            .orElse(null);
  }

  /** Divides a list into what becomes a table and what is tried. */
  private final class Planner {
    private final PolicyList list;
    private final Plan plan = new Plan();
    private final List<PolicyId> tried = new ArrayList<>();
    private final List<PolicyId> run = new ArrayList<>();
    private final List<TablePolicy> runTables = new ArrayList<>();

    Planner(PolicyList list) {
      this.list = list;
    }

    Plan plan() {
      for (PolicyId id : list.policies()) {
        TablePolicy table = table(id, list.direction());
        if (table == null) {
          endRun();
          tried.add(id);
        } else {
          run.add(id);
          runTables.add(table);
        }
      }
      endRun();
      endTried();
      return plan;
    }

    private void endRun() {
      int rules = runTables.stream().mapToInt(table -> table.rules().size()).sum();
      KeptTable table =
          run.isEmpty() || rules < renderer.tableFrom()
              ? null
              : tables.of(list.layer(), list.direction(), runTables);
      if (table != null) {
        plan.tables.add(table);
      }
      if (table == null || table.isTooLarge()) {
        tried.addAll(run);
      } else {
        endTried();
        plan.steps.add(new Step(table.table().chain(), table.table().text()));
      }
      run.clear();
      runTables.clear();
    }

    /** A list that is one part has no need of a chain for that. */
    private void endTried() {
      List<PolicyList> parts = list.cut(tried);
      boolean whole = parts.size() == 1 && tried.size() == list.policies().size();
      for (PolicyList part : whole ? parts.getFirst().cutUp() : parts) {
        plan.parts.add(part);
        plan.steps.add(new Step(part.partKey(), part.text()));
      }
      tried.clear();
    }
  }
}
