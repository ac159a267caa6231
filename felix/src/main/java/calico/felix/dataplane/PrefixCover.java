package calico.felix.dataplane;

import calico.model.Cidr;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A set of prefixes that may contain each other, and the widest ones of it: a kernel set of ranges
 * cannot hold ranges that overlap. A change costs as much as there are members inside of the prefix
 * that changes.
 */
final class PrefixCover {
  private final NavigableSet<Cidr> members = new TreeSet<>();
  private final int[] countByLength = new int[129];

  Set<Cidr> members() {
    return Collections.unmodifiableSet(members);
  }

  /** Adds a prefix and says which ones appear among, and vanish from, the widest. */
  void add(Cidr prefix, Consumer<Cidr> appears, Consumer<Cidr> vanishes) {
    if (members.add(prefix)) {
      countByLength[prefix.length()]++;
      if (!isCovered(prefix)) {
        widestInside(prefix, vanishes);
        appears.accept(prefix);
      }
    }
  }

  /** As {@link #add}, the other way round. */
  void remove(Cidr prefix, Consumer<Cidr> appears, Consumer<Cidr> vanishes) {
    if (members.remove(prefix)) {
      countByLength[prefix.length()]--;
      if (!isCovered(prefix)) {
        vanishes.accept(prefix);
        widestInside(prefix, appears);
      }
    }
  }

  private boolean isCovered(Cidr prefix) {
    for (int length = 0; length < prefix.length(); length++) {
      if (countByLength[length] > 0 && members.contains(new Cidr(prefix.address(), length))) {
        return true;
      }
    }
    return false;
  }

  /** What is inside of a prefix follows it in the order of the set. */
  private void widestInside(Cidr prefix, Consumer<Cidr> to) {
    Cidr last = null;
    for (Cidr member : members.tailSet(prefix, false)) {
      if (!prefix.contains(member)) {
        return;
      }
      if (last == null || !last.contains(member)) {
        to.accept(member);
        last = member;
      }
    }
  }
}
