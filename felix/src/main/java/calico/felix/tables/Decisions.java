package calico.felix.tables;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which of some rules is the first that matches, for every address, protocol and port.
 *
 * <pre>
 * 0 allow TCP from a to 80-90      an address in a:   TCP 80-84      rule 0
 * 1 deny  TCP to 85                                   TCP 85         rule 0
 * 2 pass                                              TCP 86-90      ...
 *                                  any other address: TCP 85         rule 1
 *                                                     all the rest   rule 2
 * </pre>
 */
public final class Decisions {
  private static final int PROTOCOLS = 256;

  private final List<TableRule> rules;
  private final Set<Group> groups = new HashSet<>();

  /** The rules that an address in this group may match, and only such an address, by number. */
  private final Map<Group, List<Integer>> byGroup = new HashMap<>();

  /** The rules that ask for no membership. */
  private final List<Integer> forAll = new ArrayList<>();

  public Decisions(List<TableRule> rules) {
    this.rules = List.copyOf(rules);
    for (int i = 0; i < rules.size(); i++) {
      TableRule rule = rules.get(i);
      groups.addAll(rule.all());
      groups.addAll(rule.none());
      (rule.all().isEmpty()
              ? forAll
              : byGroup.computeIfAbsent(rule.all().getFirst(), _ -> new ArrayList<>()))
          .add(i);
    }
  }

  public List<TableRule> rules() {
    return rules;
  }

  /** What the rules ask of an address. Costs the size of the smaller of the two. */
  public Set<Group> asked(Set<Group> of) {
    Set<Group> asked = new HashSet<>();
    if (of.size() <= groups.size()) {
      of.stream().filter(groups::contains).forEach(asked::add);
    } else {
      groups.stream().filter(of::contains).forEach(asked::add);
    }
    return asked;
  }

  /** All that the rules ask of an address. */
  public Set<Group> groups() {
    return groups;
  }

  /**
   * What decides about the packets of an address that is in these groups.
   *
   * @param in of those that the rules ask for, all that it is in
   * @return rows that do not overlap and leave no packet out
   */
  public List<Row> of(Set<Group> in) {
    List<Integer> matching = matching(in);
    Set<Integer> special = new TreeSet<>();
    for (int i : matching) {
      TableRule rule = rules.get(i);
      if (rule.protocol() != null) {
        special.add(rule.protocol());
      }
      if (rule.notProtocol() != null) {
        special.add(rule.notProtocol());
      }
      if (rule.ports() != null) {
        special.addAll(TableRule.PROTOCOLS_WITH_PORTS);
      }
    }
    List<Row> rows = new ArrayList<>();
    int other = firstForOthers(matching);
    int from = 0;
    for (int protocol : special) {
      if (protocol > from) {
        rows.add(new Row(from, protocol - 1, PortRange.ALL.getFirst(), other));
      }
      byPort(protocol, matching, rows);
      from = protocol + 1;
    }
    if (from < PROTOCOLS) {
      rows.add(new Row(from, PROTOCOLS - 1, PortRange.ALL.getFirst(), other));
    }
    return rows;
  }

  /** The rules that match such an address, in order. */
  private List<Integer> matching(Set<Group> in) {
    List<Integer> candidates = new ArrayList<>(forAll);
    for (Group group : in) {
      candidates.addAll(byGroup.getOrDefault(group, List.of()));
    }
    candidates.removeIf(i -> !rules.get(i).matches(in));
    candidates.sort(Comparator.naturalOrder());
    return candidates;
  }

  /** The first rule for protocols that no rule names and that have no ports. */
  private int firstForOthers(List<Integer> matching) {
    for (int i : matching) {
      TableRule rule = rules.get(i);
      if (rule.protocol() == null && rule.ports() == null) {
        return i;
      }
    }
    return Row.NONE;
  }

  private void byPort(int protocol, List<Integer> matching, List<Row> rows) {
    List<Row> found = new ArrayList<>();
    List<PortRange> open = PortRange.ALL;
    for (int i : matching) {
      TableRule rule = rules.get(i);
      if (open.isEmpty()) {
        break;
      }
      if (rule.concerns(protocol)) {
        @Nullable List<PortRange> ports = rule.ports();
        List<PortRange> decided = ports == null ? open : PortRange.both(open, ports);
        decided.forEach(range -> found.add(new Row(protocol, protocol, range, i)));
        open = ports == null ? List.of() : PortRange.without(open, ports);
      }
    }
    open.forEach(range -> found.add(new Row(protocol, protocol, range, Row.NONE)));
    found.sort(Comparator.comparingInt(row -> row.ports().min()));
    rows.addAll(found);
  }
}
