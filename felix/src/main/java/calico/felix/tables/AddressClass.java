package calico.felix.tables;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The addresses that are in certain groups and in no other; made by {@link AddressClasses}. */
public final class AddressClass {
  private final Set<Group> groups;
  private final int id;

  /** What it becomes with a group more, and with one less. */
  final Map<Group, AddressClass> plus = new HashMap<>(2);

  final Map<Group, AddressClass> minus = new HashMap<>(2);

  /** How many addresses are of it. */
  int addresses;

  AddressClass(Set<Group> groups, int id) {
    this.groups = groups;
    this.id = id;
  }

  /** Not empty but for the class of addresses that nobody asks for. */
  public Set<Group> groups() {
    return groups;
  }

  /** Made from the groups' names, and so, nearly always, the same in every process; not 0. */
  public int id() {
    return id;
  }

  @Override
  public String toString() {
    return Integer.toHexString(id) + groups;
  }
}
