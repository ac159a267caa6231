package calico.felix.tables;

import calico.felix.state.StateKey.SetId;
import calico.model.Cidr;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a rule may ask of an address. Groups are equal if their names are, which say all about them.
 */
public final class Group implements Comparable<Group> {
  private final String name;
  private final @Nullable SetId set;
  private final List<Cidr> nets;
  private final int hash;

  private Group(String name, @Nullable SetId set, List<Cidr> nets) {
    this.name = name;
    this.set = set;
    this.nets = nets;
    this.hash = name.hashCode();
  }

  /** The members of a set. */
  public static Group of(SetId set) {
    return new Group(set.id(), set, List.of());
  }

  /** What is in one of these prefixes, of one family. */
  public static Group of(List<Cidr> nets) {
    List<Cidr> sorted = nets.stream().distinct().sorted().toList();
    return new Group(sorted.toString(), null, sorted);
  }

  /** Whose members it has; null if it has prefixes of its own. */
  public @Nullable SetId set() {
    return set;
  }

  /** Its prefixes, if it is no set's. */
  public List<Cidr> nets() {
    return nets;
  }

  @Override
  public int compareTo(Group other) {
    return name.compareTo(other.name);
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Group other && hash == other.hash && name.equals(other.name);
  }

  @Override
  public int hashCode() {
    return hash;
  }

  /** Set identifiers and lists of prefixes look different. */
  @Override
  public String toString() {
    return name;
  }
}
