package calico.felix.tables;

import calico.model.resource.Port;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Ports from one to another, both included.
 *
 * @param min 0 to 65535
 * @param max 0 to 65535
 */
public record PortRange(int min, int max) {
  static final int MAX = 65535;
  static final List<PortRange> ALL = List.of(new PortRange(0, MAX));

  /** What is in any of them, in order; those that overlap or touch become one. */
  public static List<PortRange> union(List<Port> ports) {
    List<PortRange> union = new ArrayList<>();
    for (Port port : ports.stream().sorted(Comparator.comparingInt(Port::min)).toList()) {
      PortRange last = union.isEmpty() ? null : union.getLast();
      if (last != null && port.min() <= last.max + 1) {
        union.set(union.size() - 1, new PortRange(last.min, Math.max(last.max, port.max())));
      } else {
        union.add(new PortRange(port.min(), port.max()));
      }
    }
    return List.copyOf(union);
  }

  /**
   * What is in some of these ranges and in none of those.
   *
   * @param these in order, apart from each other
   * @param those likewise
   */
  static List<PortRange> without(List<PortRange> these, List<PortRange> those) {
    List<PortRange> rest = new ArrayList<>();
    int next = 0;
    for (PortRange range : these) {
      int from = range.min;
      while (next < those.size() && those.get(next).max < from) {
        next++;
      }
      for (int i = next; i < those.size() && those.get(i).min <= range.max; i++) {
        if (those.get(i).min > from) {
          rest.add(new PortRange(from, those.get(i).min - 1));
        }
        from = those.get(i).max + 1;
      }
      if (from <= range.max) {
        rest.add(new PortRange(from, range.max));
      }
    }
    return rest;
  }

  /** What is in both. */
  static List<PortRange> both(List<PortRange> these, List<PortRange> those) {
    return without(these, without(ALL, those));
  }
}
