package calico.felix.dataplane;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The interfaces that are there now, by name and by index. */
final class Interfaces {
  private final Map<String, Interface> byName = new HashMap<>();
  private final Map<Integer, Interface> byIndex = new HashMap<>();

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

  void remove(int index) {
    Interface old = byIndex.remove(index);
    if (old != null) {
      byName.remove(old.name(), old);
    }
  }
}
