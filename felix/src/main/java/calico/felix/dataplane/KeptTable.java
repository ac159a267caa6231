package calico.felix.dataplane;

import calico.felix.rules.DecisionTable;
import calico.felix.rules.Direction;
import calico.felix.rules.Layer;
import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.tables.AddressClass;
import calico.felix.tables.ContentHash;
import calico.felix.tables.Group;
import calico.felix.tables.Ranges;
import calico.felix.tables.Row;
import calico.model.Cidr;
import calico.model.Ip;
import calico.reconcile.Reconciler;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * A table of policies with what is in its maps: the classes and ranges of addresses that its rules
 * ask for, and what is decided about each combination of the two.
 */
final class KeptTable {
  /** Elements of its maps; a table that would be larger is not kept. */
  static final int MAX_ELEMENTS = 32_768;

  /** Equal tables have equal ones. */
  record Id(Layer layer, Direction direction, String content) {}

  private final Id id;
  private final DecisionTable table;
  private final Reconciler<NftKey, NftObject> target;
  private final Ranges ranges = new Ranges();

  /** What addresses are in by themselves, and what by their ranges, of what the rules ask for. */
  private final Memberships byClass = new Memberships();

  private final Memberships byRange = new Memberships();
  private final Map<AddressClass, Membership> classes = new HashMap<>();
  private final Map<Pair, Outcome> pairs = new HashMap<>();
  private final Map<List<Row>, Outcome> outcomes = new HashMap<>();
  private final Set<Integer> outcomeNumbers = new HashSet<>();
  private int elements;

  /** How many lists want it. */
  int users;

  private boolean begun;
  private boolean tooLarge;

  /** Some of the groups that the rules ask for, and how much is in them. */
  private static final class Membership {
    final Set<Group> groups;
    final int number;
    int uses;

    Membership(Set<Group> groups, int number) {
      this.groups = groups;
      this.number = number;
    }
  }

  /** Numbered by their groups; none has 0. */
  private static final class Memberships {
    final Map<Set<Group>, Membership> all = new HashMap<>();
    final Set<Integer> numbers = new HashSet<>();

    Membership of(Set<Group> groups) {
      Membership known = all.get(groups);
      if (known == null) {
        int number = groups.isEmpty() ? 0 : ContentHash.id(new TreeSet<>(groups));
        while (!numbers.add(number) || (number == 0 && !groups.isEmpty())) {
          number++;
        }
        known = new Membership(groups, number);
        all.put(groups, known);
      }
      return known;
    }

    void forget(Membership membership) {
      all.remove(membership.groups);
      numbers.remove(membership.number);
    }
  }

  private record Pair(Membership byClass, Membership byRange) {}

  private static final class Outcome {
    final int number;
    final List<Row> rows;
    int uses;

    Outcome(int number, List<Row> rows) {
      this.number = number;
      this.rows = rows;
    }
  }

  KeptTable(Id id, DecisionTable table, Reconciler<NftKey, NftObject> target) {
    this.id = id;
    this.table = table;
    this.target = target;
  }

  Id id() {
    return id;
  }

  DecisionTable table() {
    return table;
  }

  /** Whether it is in the kernel, or is to be. */
  boolean isKept() {
    return begun;
  }

  boolean isTooLarge() {
    return tooLarge;
  }

  /** Is not even to be tried. */
  void giveUp() {
    tooLarge = true;
  }

  /** Says what is decided about addresses that no rule asks for; others come as they are told. */
  void begin() {
    begun = true;
    Membership none = byClass.of(Set.of());
    none.uses++;
    byRange.of(Set.of()).uses++;
    pair(none, byRange.of(Set.of()));
  }

  void end() {
    begun = false;
    Set.copyOf(classes.keySet()).forEach(this::remove);
    ranges.clear(new Changes());
    Set.copyOf(pairs.keySet()).forEach(this::unpair);
  }

  /** There are addresses of a class. */
  void add(AddressClass c) {
    Set<Group> asked = table.decisions().asked(c.groups());
    if (!asked.isEmpty() && !tooLarge && !classes.containsKey(c)) {
      Membership membership = use(byClass, asked);
      classes.put(c, membership);
      desire(table.classes(), table.ofClass(c.id(), membership.number));
    }
  }

  /** There are no addresses of a class any more. */
  void remove(AddressClass c) {
    Membership membership = classes.remove(c);
    if (membership != null) {
      undesire(table.classes(), table.ofClass(c.id(), membership.number));
      release(byClass, membership);
    }
  }

  /** A prefix joins a group that the rules ask for. */
  void add(Group group, Cidr net) {
    ranges.add(group, net);
  }

  void remove(Group group, Cidr net) {
    ranges.remove(group, net);
  }

  /** Follows what has become of prefixes. */
  void settle() {
    ranges.settle(new Changes());
  }

  private final class Changes implements Ranges.Listener {
    @Override
    public void gone(Ip from, Ip to, Set<Group> groups) {
      Membership membership = byRange.all.get(groups);
      if (membership != null) {
        undesire(table.ranges(), table.ofRange(from, to, membership.number));
        release(byRange, membership);
      }
    }

    @Override
    public void come(Ip from, Ip to, Set<Group> groups) {
      if (!tooLarge) {
        Membership membership = use(byRange, groups);
        desire(table.ranges(), table.ofRange(from, to, membership.number));
      }
    }
  }

  private Membership use(Memberships side, Set<Group> groups) {
    Membership membership = side.of(groups);
    if (membership.uses++ == 0) {
      if (side == byClass) {
        byRange.all.values().forEach(other -> pair(membership, other));
      } else {
        byClass.all.values().forEach(other -> pair(other, membership));
      }
    }
    return membership;
  }

  private void release(Memberships side, Membership membership) {
    if (--membership.uses == 0) {
      side.forget(membership);
      if (side == byClass) {
        byRange.all.values().forEach(other -> unpair(new Pair(membership, other)));
      } else {
        byClass.all.values().forEach(other -> unpair(new Pair(other, membership)));
      }
    }
  }

  private void pair(Membership own, Membership range) {
    if (tooLarge) {
      return;
    }
    Set<Group> in = new HashSet<>(own.groups);
    in.addAll(range.groups);
    List<Row> rows = table.decisions().of(in);
    Outcome outcome = outcomes.get(rows);
    if (outcome == null) {
      int number = ContentHash.id(rows);
      while (number == DecisionTable.NO_OUTCOME || !outcomeNumbers.add(number)) {
        number++;
      }
      outcome = new Outcome(number, rows);
      outcomes.put(rows, outcome);
      table.rows(number, rows).forEach(row -> desire(table.rows(), row));
    }
    outcome.uses++;
    pairs.put(new Pair(own, range), outcome);
    desire(table.outcomes(), table.outcome(range.number, own.number, outcome.number));
  }

  private void unpair(Pair pair) {
    Outcome outcome = pairs.remove(pair);
    if (outcome != null) {
      undesire(
          table.outcomes(),
          table.outcome(pair.byRange.number, pair.byClass.number, outcome.number));
      if (--outcome.uses == 0) {
        outcomes.remove(outcome.rows);
        outcomeNumbers.remove(outcome.number);
        table.rows(outcome.number, outcome.rows).forEach(row -> undesire(table.rows(), row));
      }
    }
  }

  private void desire(SetKey set, NftElement element) {
    target.desire(element.key(set), element);
    elements++;
    tooLarge |= elements > MAX_ELEMENTS;
  }

  private void undesire(SetKey set, NftElement element) {
    target.undesire(element.key(set));
    elements--;
  }
}
