package calico.felix.dataplane;

import static java.util.Objects.requireNonNull;

import calico.felix.rules.NftKey;
import calico.felix.rules.NftKey.SetKey;
import calico.felix.rules.NftObject;
import calico.felix.rules.NftObject.NftElement;
import calico.felix.rules.RuleRenderer;
import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.StateChange.MembersChanged;
import calico.felix.state.StateKey.SetId;
import calico.model.Cidr;
import calico.reconcile.Reconciler;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * One family's members of the desired state's sets. A set is in the kernel while a chain looks it
 * up, which tables of policies do not: they know only classes of addresses.
 */
final class MemberSets {

  /** Is told which prefixes join and leave a set. */
  interface Watcher {
    void joined(SetId set, Collection<Cidr> nets);

    void left(SetId set, Collection<Cidr> nets);
  }

  private static final class Members {
    final AddressSet.Type type;
    final Set<Cidr> nets = new HashSet<>();
    final Set<Member.IpPort> ports = new HashSet<>();
    boolean written;

    Members(AddressSet.Type type) {
      this.type = type;
    }
  }

  private final RuleRenderer renderer;
  private final Reconciler<NftKey, NftObject> table;
  private final ObjectLedger ledger;
  private final CoveredSets covered;
  private final Watcher watcher;
  private final Map<SetId, Members> sets = new HashMap<>();
  private final Map<SetKey, SetId> ids = new HashMap<>();

  /** Removed, while tables that are to go, too, still look up who was in them. */
  private final Set<SetId> leaving = new LinkedHashSet<>();

  MemberSets(
      RuleRenderer renderer,
      Reconciler<NftKey, NftObject> table,
      ObjectLedger ledger,
      CoveredSets covered,
      Watcher watcher) {
    this.renderer = renderer;
    this.table = table;
    this.ledger = ledger;
    this.covered = covered;
    this.watcher = watcher;
  }

  /** Those of its members that are prefixes. */
  Set<Cidr> nets(SetId id) {
    Members members = sets.get(id);
    return members == null ? Set.of() : members.nets;
  }

  void put(SetId id, AddressSet set) {
    SetKey key = renderer.setKey(id);
    Members old = sets.get(id);
    if (old != null && old.type != set.type()) {
      forget(id, old);
      old = null;
    } else if (leaving.remove(id)) {
      turned(key);
    }
    if (old == null) {
      sets.put(id, new Members(set.type()));
      ids.put(key, id);
      turned(key);
      change(new MembersChanged(id, set.members(), Set.of()));
      return;
    }
    Set<Member> before = new HashSet<>(old.ports);
    old.nets.forEach(net -> before.add(new Member.Net(net)));
    Set<Member> removed = new HashSet<>(before);
    removed.removeAll(set.members());
    Set<Member> added = new HashSet<>(set.members());
    added.removeAll(before);
    change(new MembersChanged(id, added, removed));
  }

  void remove(SetId id) {
    Members members = sets.get(id);
    if (members != null && leaving.add(id)) {
      write(id, members, false);
    }
  }

  /**
   * To be called when what takes the place of removed sets is in the kernel: their members leave
   * them. Returns whether there are any.
   */
  boolean leave() {
    List<SetId> gone = List.copyOf(leaving);
    gone.forEach(id -> forget(id, requireNonNull(sets.get(id))));
    return !gone.isEmpty();
  }

  private void forget(SetId id, Members members) {
    leaving.remove(id);
    write(id, members, false);
    watcher.left(id, List.copyOf(members.nets));
    sets.remove(id);
    ids.remove(renderer.setKey(id));
  }

  /** Costs as much as there are changes. */
  void change(MembersChanged change) {
    Members members = sets.get(change.set());
    if (members == null || leaving.contains(change.set())) {
      return;
    }
    SetKey key = renderer.setKey(change.set());
    Set<Cidr> left = new HashSet<>();
    Set<Cidr> joined = new HashSet<>();
    for (Member member : change.removed()) {
      switch (member) {
        case Member.Net net -> {
          if (members.nets.remove(net.cidr())) {
            left.add(net.cidr());
          }
        }
        case Member.IpPort port -> {
          if (members.ports.remove(port) && members.written) {
            table.undesire(renderer.ipPort(port).key(key));
          }
        }
      }
    }
    for (Member member : change.added()) {
      switch (member) {
        case Member.Net net -> {
          if (net.cidr().family() == renderer.family() && members.nets.add(net.cidr())) {
            joined.add(net.cidr());
          }
        }
        case Member.IpPort port -> {
          if (port.ip().family() == renderer.family()
              && members.ports.add(port)
              && members.written) {
            appear(key, port);
          }
        }
      }
    }
    if (members.written) {
      left.forEach(net -> covered.remove(key, net));
      joined.forEach(net -> covered.add(key, net));
    }
    watcher.left(change.set(), left);
    watcher.joined(change.set(), joined);
  }

  private void appear(SetKey key, Member.IpPort port) {
    NftElement element = renderer.ipPort(port);
    table.desire(element.key(key), element);
  }

  /** A set may have come to be looked up, or have ceased to be. */
  void turned(SetKey key) {
    SetId id = ids.get(key);
    Members members = id == null ? null : sets.get(id);
    if (id != null && members != null && !leaving.contains(id)) {
      write(id, members, ledger.isReferredTo(key));
    }
  }

  private void write(SetId id, Members members, boolean now) {
    if (members.written == now) {
      return;
    }
    members.written = now;
    SetKey key = renderer.setKey(id);
    if (now) {
      ledger.put(id, renderer.set(id, members.type));
      members.nets.forEach(net -> covered.add(key, net));
      members.ports.forEach(port -> appear(key, port));
    } else {
      members.nets.forEach(net -> covered.remove(key, net));
      members.ports.forEach(port -> table.undesire(renderer.ipPort(port).key(key)));
      ledger.remove(id);
    }
  }
}
