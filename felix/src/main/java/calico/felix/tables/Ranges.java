package calico.felix.tables;

import calico.model.Cidr;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Of which groups the addresses are that prefixes contain. Prefixes may contain each other; they
 * are cut wherever one begins or ends, so that what they become depends only on which there are.
 *
 * <pre>
 * 10.0.0.0/8 in a, 10.1.0.0/16 in b:   10.0.0.0-10.0.255.255 a, 10.1.0.0-10.1.255.255 a b, ...
 * </pre>
 *
 * <p>A change costs as much as there are prefixes within what changes.
 */
public final class Ranges {

  /** Is told by {@link #settle} what has changed since the last time; of what goes first. */
  public interface Listener {
    /** Both ends included. */
    void gone(Ip from, Ip to, Set<Group> groups);

    void come(Ip from, Ip to, Set<Group> groups);
  }

  private record Range(Ip from, Ip to) {}

  private record Told(Ip to, Set<Group> groups) {}

  private final Map<Cidr, Set<Group>> nets = new HashMap<>();
  private final int[] countByLength = new int[129];

  /** Where prefixes begin, and what follows their ends; how many do. */
  private final NavigableMap<Ip, Integer> cuts = new TreeMap<>();

  private final NavigableMap<Ip, Told> told = new TreeMap<>();
  private final Set<Cidr> dirty = new LinkedHashSet<>();

  /** A prefix joins a group, in which it is not yet. */
  public void add(Group group, Cidr net) {
    Set<Group> own = nets.computeIfAbsent(net, _ -> new HashSet<>());
    if (own.isEmpty()) {
      count(net, 1);
    }
    own.add(group);
    dirty.add(net);
  }

  /** A prefix leaves a group, in which it is. */
  public void remove(Group group, Cidr net) {
    Set<Group> own = nets.get(net);
    if (own != null && own.remove(group)) {
      if (own.isEmpty()) {
        nets.remove(net);
        count(net, -1);
      }
      dirty.add(net);
    }
  }

  private void count(Cidr net, int by) {
    countByLength[net.length()] += by;
    cut(net.address(), by);
    Ip after = net.last().plus(1);
    if (after.compareTo(net.last()) > 0) { // otherwise it is the first again
      cut(after, by);
    }
  }

  private void cut(Ip at, int by) {
    cuts.merge(at, by, (a, b) -> a + b == 0 ? null : a + b);
  }

  /** Tells what has changed. */
  public void settle(Listener listener) {
    Map<Ip, Told> before = new LinkedHashMap<>();
    Map<Ip, Told> now = new LinkedHashMap<>();
    for (Range extent : extents()) {
      NavigableMap<Ip, Told> inside = told.subMap(extent.from, true, extent.to, true);
      before.putAll(inside);
      inside.clear();
      now.putAll(cutUp(extent));
    }
    dirty.clear();
    told.putAll(now);
    before.forEach(
        (from, range) -> {
          if (!range.equals(now.get(from))) {
            listener.gone(from, range.to, range.groups);
          }
        });
    now.forEach(
        (from, range) -> {
          if (!Objects.equals(before.get(from), range)) {
            listener.come(from, range.to, range.groups);
          }
        });
  }

  /** Tells that all is gone. */
  public void clear(Listener listener) {
    Map<Ip, Told> before = new LinkedHashMap<>(told);
    nets.clear();
    Arrays.fill(countByLength, 0);
    cuts.clear();
    told.clear();
    dirty.clear();
    before.forEach((from, range) -> listener.gone(from, range.to, range.groups));
  }

  private Map<Ip, Told> cutUp(Range extent) {
    Map<Ip, Told> pieces = new LinkedHashMap<>();
    List<Ip> starts = new ArrayList<>(cuts.subMap(extent.from, true, extent.to, true).keySet());
    for (int i = 0; i < starts.size(); i++) {
      Set<Group> groups = covering(starts.get(i));
      if (!groups.isEmpty()) {
        Ip to = i + 1 < starts.size() ? starts.get(i + 1).plus(-1) : extent.to;
        pieces.put(starts.get(i), new Told(to, groups));
      }
    }
    return pieces;
  }

  /** The groups of all prefixes that contain an address. */
  private Set<Group> covering(Ip ip) {
    Set<Group> all = new HashSet<>();
    for (int length = 0; length < countByLength.length; length++) {
      if (countByLength[length] > 0) {
        all.addAll(nets.getOrDefault(new Cidr(ip, length), Set.of()));
      }
    }
    return Set.copyOf(all);
  }

  /** What changed, to where ranges began or ended and now begin or end; apart, in order. */
  private List<Range> extents() {
    List<Range> all = new ArrayList<>();
    for (Cidr net : dirty) {
      all.add(extent(net.address(), net.last()));
    }
    all.sort(Comparator.comparing(Range::from));
    List<Range> merged = new ArrayList<>();
    for (Range range : all) {
      Range last = merged.isEmpty() ? null : merged.getLast();
      if (last != null && range.from.compareTo(last.to) <= 0) {
        merged.set(merged.size() - 1, new Range(last.from, max(range.to, last.to)));
      } else {
        merged.add(range);
      }
    }
    return merged;
  }

  private Range extent(Ip first, Ip last) {
    Ip from = first;
    Ip to = last;
    while (true) {
      Ip lower = min(from, start(from));
      Ip upper = max(to, end(to));
      if (lower.equals(from) && upper.equals(to)) {
        return new Range(from, to);
      }
      from = lower;
      to = upper;
    }
  }

  /** Where the range of an address began, or now begins. */
  private Ip start(Ip ip) {
    Ip cut = cuts.floorKey(ip);
    Map.Entry<Ip, Told> was = told(ip);
    Ip began = was == null ? ip : was.getKey();
    return cut == null ? began : min(cut, began);
  }

  /** Where the range of an address ended, or now ends. */
  private Ip end(Ip ip) {
    Ip cut = cuts.higherKey(ip);
    Ip ends = cut == null ? new Cidr(ip, 0).last() : cut.plus(-1);
    Map.Entry<Ip, Told> was = told(ip);
    return was == null ? ends : max(ends, was.getValue().to);
  }

  private Map.@Nullable Entry<Ip, Told> told(Ip ip) {
    Map.Entry<Ip, Told> entry = told.floorEntry(ip);
    return entry == null || entry.getValue().to.compareTo(ip) < 0 ? null : entry;
  }

  private static Ip min(Ip a, Ip b) {
    return a.compareTo(b) <= 0 ? a : b;
  }

  private static Ip max(Ip a, Ip b) {
    return a.compareTo(b) >= 0 ? a : b;
  }
}
