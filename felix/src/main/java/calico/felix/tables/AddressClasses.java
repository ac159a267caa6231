package calico.felix.tables;

import static java.util.Objects.requireNonNull;

import calico.model.Ip;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which class each single address of one family is of, by the groups that it is in itself; what
 * prefixes contain is in {@link Ranges}. A change costs what it changes.
 */
public final class AddressClasses {

  /** Is told by {@link #settle} what has changed since the last time. */
  public interface Listener {
    /** An address's class; null if it is in no group any more. */
    void address(Ip address, @Nullable AddressClass is);

    /** There are addresses of that class now. */
    void appeared(AddressClass c);

    /** There are none any more. */
    void vanished(AddressClass c);
  }

  private static final int SPARE_CLASSES = 64;

  /** What an address joins or leaves. */
  private record Change(Group group, boolean joins) {}

  private static final class Address {
    final Ip ip;
    AddressClass is;

    /** Since the last time; null if there is none. */
    @Nullable List<Change> changes;

    Address(Ip ip, AddressClass is) {
      this.ip = ip;
      this.is = is;
    }
  }

  private final Map<Set<Group>, AddressClass> classes = new HashMap<>();
  private final Map<Integer, AddressClass> byId = new HashMap<>();
  private final Map<Group, Set<AddressClass>> byGroup = new HashMap<>();
  private int classesAfterSweep;

  /** Of no group. */
  private final AddressClass none = new AddressClass(Set.of(), 0);

  private final Map<Ip, Address> addresses = new HashMap<>();
  private final List<Address> dirty = new ArrayList<>();
  private final Set<AddressClass> touched = new LinkedHashSet<>();
  private final Set<AddressClass> live = new HashSet<>();

  /** An address joins a group, in which it is not yet. */
  public void add(Group group, Ip ip) {
    change(addresses.computeIfAbsent(ip, _ -> new Address(ip, none)), new Change(group, true));
  }

  /** An address leaves a group, in which it is. */
  public void remove(Group group, Ip ip) {
    Address address = addresses.get(ip);
    if (address != null) {
      change(address, new Change(group, false));
    }
  }

  private void change(Address address, Change change) {
    List<Change> changes = address.changes;
    if (changes == null) {
      changes = new ArrayList<>(1);
      address.changes = changes;
      dirty.add(address);
    }
    changes.add(change);
  }

  /** One change at a time is usual, and then most often one that others have made, too. */
  private AddressClass changed(AddressClass from, List<Change> changes) {
    if (changes.size() == 1) {
      Group group = changes.getFirst().group;
      return changes.getFirst().joins ? plus(from, group) : minus(from, group);
    }
    Set<Group> groups = new HashSet<>(from.groups());
    for (Change change : changes) {
      if (change.joins) {
        groups.add(change.group);
      } else {
        groups.remove(change.group);
      }
    }
    return of(groups);
  }

  private AddressClass plus(AddressClass c, Group group) {
    AddressClass known = c.plus.get(group);
    if (known == null) {
      Set<Group> groups = new HashSet<>(c.groups());
      groups.add(group);
      known = of(groups);
      c.plus.put(group, known);
    }
    return known;
  }

  private AddressClass minus(AddressClass c, Group group) {
    AddressClass known = c.minus.get(group);
    if (known == null) {
      Set<Group> groups = new HashSet<>(c.groups());
      groups.remove(group);
      known = of(groups);
      c.minus.put(group, known);
    }
    return known;
  }

  private AddressClass of(Set<Group> groups) {
    if (groups.isEmpty()) {
      return none;
    }
    AddressClass known = classes.get(groups);
    if (known == null) {
      int id = ContentHash.id(new TreeSet<>(groups));
      while (id == 0 || byId.containsKey(id)) {
        id++;
      }
      known = new AddressClass(Set.copyOf(groups), id);
      classes.put(known.groups(), known);
      byId.put(id, known);
    }
    return known;
  }

  /** Tells what has changed, of addresses first. */
  public void settle(Listener listener) {
    for (Address address : dirty) {
      AddressClass is = changed(address.is, requireNonNull(address.changes));
      address.changes = null;
      if (is != address.is) {
        address.is.addresses--;
        is.addresses++;
        touched.add(address.is);
        touched.add(is);
        address.is = is;
        listener.address(address.ip, is == none ? null : is);
      }
      if (is == none) {
        addresses.remove(address.ip);
      }
    }
    dirty.clear();
    touched.remove(none);
    touched.forEach(c -> settle(c, listener));
    touched.clear();
    sweep();
  }

  private void settle(AddressClass c, Listener listener) {
    if (c.addresses > 0 && live.add(c)) {
      c.groups().forEach(g -> byGroup.computeIfAbsent(g, _ -> new HashSet<>()).add(c));
      listener.appeared(c);
    } else if (c.addresses == 0 && live.remove(c)) {
      for (Group group : c.groups()) {
        Set<AddressClass> of = byGroup.get(group);
        if (of != null && of.remove(c) && of.isEmpty()) {
          byGroup.remove(group);
        }
      }
      listener.vanished(c);
    }
  }

  /** The classes that there are whose addresses are in a group, as of the last time. */
  public Set<AddressClass> in(Group group) {
    return byGroup.getOrDefault(group, Set.of());
  }

  /** How many classes there are. */
  public int size() {
    return live.size();
  }

  /** How many classes are known, with those that nothing is of. */
  int remembered() {
    return classes.size();
  }

  /** Forgets classes that nothing is of; not at once, for they come again. */
  private void sweep() {
    if (classes.size() <= 2 * classesAfterSweep + SPARE_CLASSES) {
      return;
    }
    for (AddressClass c : List.copyOf(classes.values())) {
      c.plus.clear();
      c.minus.clear();
      if (c.addresses == 0) {
        classes.remove(c.groups());
        byId.remove(c.id());
      }
    }
    none.plus.clear();
    classesAfterSweep = classes.size();
  }
}
