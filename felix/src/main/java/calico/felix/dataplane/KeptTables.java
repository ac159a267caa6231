package calico.felix.dataplane;

import calico.felix.rules.DecisionTable;
import calico.felix.rules.Direction;
import calico.felix.rules.Layer;
import calico.felix.rules.NftKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.RuleRenderer;
import calico.felix.rules.TablePolicy;
import calico.felix.state.StateKey.SetId;
import calico.felix.tables.AddressClass;
import calico.felix.tables.AddressClasses;
import calico.felix.tables.Group;
import calico.model.Cidr;
import calico.model.Ip;
import calico.reconcile.Reconciler;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One family's tables of policies and the classes of addresses that they ask for: a group of
 * addresses makes classes only while a table asks for it.
 */
final class KeptTables implements MemberSets.Watcher {
  private final RuleRenderer renderer;
  private final Reconciler<NftKey, NftObject> target;
  private final ObjectLedger ledger;
  private final Function<SetId, Set<Cidr>> members;
  private final AddressClasses classes = new AddressClasses();
  private final Map<KeptTable.Id, KeptTable> tables = new HashMap<>();
  private final Map<Group, Set<KeptTable>> byGroup = new HashMap<>();
  private final Set<KeptTable> tooLarge = new HashSet<>();

  /** Those that have been made or released. */
  private final Set<KeptTable> dirty = new LinkedHashSet<>();

  /** In the kernel and not used any more. */
  private final Set<KeptTable> leaving = new LinkedHashSet<>();

  /**
   * Tables of a family.
   *
   * @param members what of a set of the desired state are prefixes
   */
  KeptTables(
      RuleRenderer renderer,
      Reconciler<NftKey, NftObject> target,
      ObjectLedger ledger,
      Function<SetId, Set<Cidr>> members) {
    this.renderer = renderer;
    this.target = target;
    this.ledger = ledger;
    this.members = members;
  }

  /** The table of these policies; goes after {@link #settle} unless somebody uses it. */
  KeptTable of(Layer layer, Direction direction, List<TablePolicy> policies) {
    KeptTable.Id id = new KeptTable.Id(layer, direction, DecisionTable.content(policies));
    return tables.computeIfAbsent(
        id,
        _ -> {
          KeptTable table = new KeptTable(id, renderer.table(layer, direction, policies), target);
          dirty.add(table);
          if (tooLarge.stream().anyMatch(other -> resembles(table, other))) {
            table.giveUp();
            tooLarge.add(table);
          }
          return table;
        });
  }

  /**
   * Whether a table asks for most of what another asks for, which is too large: to find that out
   * again at each change of a policy would cost as much as there are addresses.
   */
  private static boolean resembles(KeptTable table, KeptTable other) {
    Set<Group> asked = other.table().decisions().groups();
    long common = asked.stream().filter(table.table().decisions().groups()::contains).count();
    return 4 * common >= 3L * asked.size();
  }

  /** One user less. */
  void released(KeptTable table) {
    if (--table.users == 0) {
      dirty.add(table);
    }
  }

  @Override
  public void joined(SetId set, Collection<Cidr> nets) {
    Group group = Group.of(set);
    Set<KeptTable> asking = byGroup.get(group);
    if (asking != null) {
      nets.forEach(net -> join(group, net, asking));
    }
  }

  @Override
  public void left(SetId set, Collection<Cidr> nets) {
    Group group = Group.of(set);
    Set<KeptTable> asking = byGroup.get(group);
    if (asking != null) {
      nets.forEach(net -> leave(group, net, asking));
    }
  }

  private void join(Group group, Cidr net, Collection<KeptTable> asking) {
    if (net.isHost()) {
      classes.add(group, net.address());
    } else {
      asking.forEach(table -> table.add(group, net));
      dirty.addAll(asking);
    }
  }

  private void leave(Group group, Cidr net, Collection<KeptTable> asking) {
    if (net.isHost()) {
      classes.remove(group, net.address());
    } else {
      asking.forEach(table -> table.remove(group, net));
      dirty.addAll(asking);
    }
  }

  /** How many runs of policies are looked up. */
  int kept() {
    return tables.size() - tooLarge.size();
  }

  /** How many are not, because they would be too large. */
  int tooLarge() {
    return tooLarge.size();
  }

  int classes() {
    return classes.size();
  }

  private Collection<Cidr> members(Group group) {
    SetId set = group.set();
    return set == null ? group.nets() : members.apply(set);
  }

  /**
   * Desires what is used, and moves addresses between classes. What is not used any more stays
   * whole, for packets on their way, until {@link #leave}.
   *
   * @return tables that have become too large, and so are not kept
   */
  Set<KeptTable> settle() {
    Set<KeptTable> changed = new LinkedHashSet<>(dirty);
    dirty.clear();
    Set<KeptTable> begin = new LinkedHashSet<>();
    for (KeptTable table : changed) {
      if (table.users == 0 && table.isKept()) {
        leaving.add(table);
      } else if (table.users == 0) {
        forget(table);
      } else if (!table.isKept() && !table.isTooLarge()) {
        begin.add(table);
      }
    }
    begin.forEach(this::ask);
    classes.settle(new Changes(changed));
    for (KeptTable table : begin) {
      table.begin();
      ledger.put(table.table().chain(), table.table().rendering());
      for (Group group : table.table().decisions().groups()) {
        classes.in(group).forEach(table::add);
      }
    }
    changed.forEach(KeptTable::settle);
    changed.removeIf(table -> !table.isTooLarge() || !table.isKept());
    if (!changed.isEmpty()) {
      changed.forEach(this::end);
      tooLarge.addAll(changed);
      classes.settle(new Changes(new HashSet<>()));
    }
    return changed;
  }

  /**
   * To be called when what takes the place of tables that are not used is in the kernel; they go at
   * the next {@link #settle}. Returns whether there are any.
   */
  boolean leave() {
    leaving.removeIf(table -> table.users > 0);
    boolean any = !leaving.isEmpty();
    for (KeptTable table : leaving) {
      forget(table);
      end(table);
    }
    leaving.clear();
    return any;
  }

  private void forget(KeptTable table) {
    tables.remove(table.id());
    tooLarge.remove(table);
  }

  /** Its prefixes are the table's own, its single addresses are asked for once. */
  private void ask(KeptTable table) {
    for (Group group : table.table().decisions().groups()) {
      boolean isNew = !byGroup.containsKey(group);
      byGroup.computeIfAbsent(group, _ -> new HashSet<>()).add(table);
      for (Cidr net : members(group)) {
        if (!net.isHost()) {
          table.add(group, net);
        } else if (isNew) {
          classes.add(group, net.address());
        }
      }
    }
  }

  private void end(KeptTable table) {
    if (!table.isKept()) {
      return;
    }
    table.end();
    ledger.remove(table.table().chain());
    for (Group group : table.table().decisions().groups()) {
      Set<KeptTable> asking = byGroup.get(group);
      if (asking != null && asking.remove(table) && asking.isEmpty()) {
        byGroup.remove(group);
        members(group).stream()
            .filter(Cidr::isHost)
            .forEach(net -> classes.remove(group, net.address()));
      }
    }
  }

  /** What becomes of the kernel's maps. */
  private final class Changes implements AddressClasses.Listener {
    private final Set<KeptTable> touched;

    Changes(Set<KeptTable> touched) {
      this.touched = touched;
    }

    @Override
    public void address(Ip address, @Nullable AddressClass is) {
      NftElement element = renderer.ofClass(address, is == null ? 0 : is.id());
      if (is == null) {
        target.undesire(element.key(renderer.addressClasses()));
      } else {
        target.desire(element.key(renderer.addressClasses()), element);
      }
    }

    @Override
    public void appeared(AddressClass c) {
      tables(c).forEach(table -> table.add(c));
    }

    @Override
    public void vanished(AddressClass c) {
      tables(c).forEach(table -> table.remove(c));
    }

    private Set<KeptTable> tables(AddressClass c) {
      Set<KeptTable> all = new HashSet<>();
      for (Group group : c.groups()) {
        all.addAll(byGroup.getOrDefault(group, Set.of()));
      }
      all.removeIf(table -> !table.isKept());
      touched.addAll(all);
      return all;
    }
  }
}
