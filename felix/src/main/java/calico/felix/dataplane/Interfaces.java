package calico.felix.dataplane;

import calico.model.Ip;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The interfaces that are there now, by name and by index, and their addresses. */
final class Interfaces {
  private final Map<String, Interface> byName = new HashMap<>();
  private final Map<Integer, Interface> byIndex = new HashMap<>();
  private final Map<Integer, Set<Ip>> addresses = new HashMap<>();

  /** Indexes of the interfaces with an address: {@link #addresses} the other way round. */
  private final Map<Ip, NavigableSet<Integer>> holders = new HashMap<>();

  private final Predicate<String> excluded;
  private boolean listed;

  /**
   * One interface.
   *
   * @param up whether it is up and has its carrier
   * @param mtu in bytes
   * @param seenNanos when it was first seen
   * @param excluded whether its addresses do not count
   */
  record Interface(int index, String name, boolean up, int mtu, long seenNanos, boolean excluded) {}

  /**
   * None yet.
   *
   * @param excluded names of interfaces whose addresses do not count
   */
  Interfaces(Predicate<String> excluded) {
    this.excluded = excluded;
  }

  @Nullable Interface named(String name) {
    return byName.get(name);
  }

  @Nullable Interface withIndex(int index) {
    return byIndex.get(index);
  }

  /** To be called when all that the kernel listed has been put in. */
  void listed() {
    listed = true;
  }

  /** Whether an interface that is not here may be taken not to exist. */
  boolean areListed() {
    return listed;
  }

  Collection<Interface> all() {
    return byIndex.values();
  }

  /** Records an interface; an earlier one of the same index or name is gone. */
  void put(int index, String name, boolean up, int mtu, long nowNanos) {
    Interface old = byIndex.get(index);
    remove(index);
    Interface sameName = byName.get(name);
    if (sameName != null) {
      remove(sameName.index());
    }
    long seen = old != null && old.name().equals(name) ? old.seenNanos() : nowNanos;
    Interface added = new Interface(index, name, up, mtu, seen, excluded.test(name));
    byIndex.put(index, added);
    byName.put(name, added);
  }

  /** The addresses of an interface; none if they do not count. */
  Set<Ip> addresses(int index) {
    Interface i = byIndex.get(index);
    return i != null && i.excluded() ? Set.of() : listedAddresses(index);
  }

  /** The same, whether they count or not. */
  Set<Ip> listedAddresses(int index) {
    return addresses.getOrDefault(index, Set.of());
  }

  /**
   * Records what addresses an interface has. They may be known before the interface is.
   *
   * @return whether that is new
   */
  boolean putAddresses(int index, Set<Ip> now) {
    Set<Ip> old = now.isEmpty() ? addresses.remove(index) : addresses.put(index, Set.copyOf(now));
    Set<Ip> before = old == null ? Set.of() : old;
    for (Ip ip : before) {
      if (!now.contains(ip)) {
        holders.computeIfPresent(ip, (_, set) -> set.remove(index) && set.isEmpty() ? null : set);
      }
    }
    now.forEach(ip -> holders.computeIfAbsent(ip, _ -> new TreeSet<>()).add(index));
    return !now.equals(before);
  }

  /** The interfaces with an address that counts, that of the lowest index first. */
  List<Interface> withAddress(Ip ip) {
    Set<Integer> indexes = holders.getOrDefault(ip, Collections.emptyNavigableSet());
    return indexes.stream()
        .map(byIndex::get)
        .filter(Objects::nonNull)
        .filter(i -> !i.excluded())
        .toList();
  }

  void remove(int index) {
    Interface old = byIndex.remove(index);
    if (old != null) {
      byName.remove(old.name(), old);
    }
  }
}
