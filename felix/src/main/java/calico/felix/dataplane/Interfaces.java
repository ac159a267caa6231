package calico.felix.dataplane;

import calico.model.Ip;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The interfaces that are there now, by name and by index, and their addresses. */
final class Interfaces {
  private final Map<String, Interface> byName = new HashMap<>();
  private final Map<Integer, Interface> byIndex = new HashMap<>();
  private final Map<Integer, Set<Ip>> addresses = new HashMap<>();

  /**
   * One interface.
   *
   * @param up whether it is up and has its carrier
   * @param mtu in bytes
   * @param seenNanos when it was first seen
   */
  record Interface(int index, String name, boolean up, int mtu, long seenNanos) {}

  @Nullable Interface named(String name) {
    return byName.get(name);
  }

  @Nullable Interface withIndex(int index) {
    return byIndex.get(index);
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
    Interface added = new Interface(index, name, up, mtu, seen);
    byIndex.put(index, added);
    byName.put(name, added);
  }

  /** The addresses of an interface. */
  Set<Ip> addresses(int index) {
    return addresses.getOrDefault(index, Set.of());
  }

  /**
   * Records what addresses an interface has. They may be known before the interface is.
   *
   * @return whether that is new
   */
  boolean putAddresses(int index, Set<Ip> now) {
    Set<Ip> old = now.isEmpty() ? addresses.remove(index) : addresses.put(index, Set.copyOf(now));
    return !now.equals(old == null ? Set.of() : old);
  }

  /** Names of the interfaces with an address. */
  List<String> withAddress(Ip ip) {
    return addresses.entrySet().stream()
        .filter(e -> e.getValue().contains(ip))
        .map(e -> byIndex.get(e.getKey()))
        .filter(Objects::nonNull)
        .map(Interface::name)
        .toList();
  }

  /** The interface with an address, or 0. */
  int indexWithAddress(Ip ip) {
    return addresses.entrySet().stream()
        .filter(e -> e.getValue().contains(ip) && byIndex.containsKey(e.getKey()))
        .mapToInt(Map.Entry::getKey)
        .min()
        .orElse(0);
  }

  void remove(int index) {
    Interface old = byIndex.remove(index);
    if (old != null) {
      byName.remove(old.name(), old);
    }
  }
}
