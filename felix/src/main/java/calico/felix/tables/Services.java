package calico.felix.tables;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What some rules tell apart of protocols and ports. All that they do not tell apart is one
 * service, with a number; 0 is of protocols that no rule names, and of all that is like them.
 *
 * <pre>
 * TCP to 80-90     TCP 80-84, 86-90   1
 * TCP to 85        TCP 85             2
 *                  all the rest       0
 * </pre>
 */
public final class Services {
  private static final int PROTOCOLS = 256;

  /** Ports of one protocol that are of a service; of a protocol without ports: all. */
  public record Range(int protocol, PortRange ports, int service) {}

  /** What a rule asks of them. */
  private record Asked(
      @Nullable Integer protocol, @Nullable Integer notProtocol, @Nullable List<PortRange> ports) {
    boolean matches(int number, int port) {
      return (protocol == null || protocol == number)
          && (notProtocol == null || notProtocol != number)
          && (ports == null
              || (TableRule.PROTOCOLS_WITH_PORTS.contains(number) && isIn(ports, port)));
    }

    private static boolean isIn(List<PortRange> ranges, int port) {
      return ranges.stream().anyMatch(range -> range.min() <= port && port <= range.max());
    }
  }

  private final Set<Asked> asked = new HashSet<>();
  private final Map<Set<Asked>, Integer> numbers = new HashMap<>();
  private final List<Range> ranges = new ArrayList<>();

  /** A packet of each service. */
  private final List<Range> samples = new ArrayList<>();

  private Services() {}

  /**
   * The services of some rules.
   *
   * @return null if there are more than {@code max}, or no protocol that no rule names
   */
  public static @Nullable Services of(List<TableRule> rules, int max) {
    Services services = new Services();
    Set<Integer> named = new TreeSet<>();
    for (TableRule rule : rules) {
      services.asked.add(new Asked(rule.protocol(), rule.notProtocol(), rule.ports()));
      if (rule.protocol() != null) {
        named.add(rule.protocol());
      } else if (rule.ports() != null) {
        named.addAll(TableRule.PROTOCOLS_WITH_PORTS);
      }
      if (rule.notProtocol() != null) {
        named.add(rule.notProtocol());
      }
    }
    if (named.size() == PROTOCOLS) {
      return null;
    }
    int other = 0;
    while (named.contains(other)) {
      other++;
    }
    services.number(other, PortRange.ALL.getFirst());
    for (int protocol : named) {
      List<Integer> starts = services.starts(protocol);
      for (int i = 0; i < starts.size() && services.size() <= max; i++) {
        int to = i + 1 < starts.size() ? starts.get(i + 1) - 1 : PortRange.MAX;
        services.add(protocol, new PortRange(starts.get(i), to));
      }
    }
    return services.size() > max ? null : services;
  }

  /** The ports of a protocol where what a rule asks for begins or has just ended; 0 is one. */
  private List<Integer> starts(int protocol) {
    Set<Integer> starts = new TreeSet<>(Set.of(0));
    for (Asked rule : asked) {
      if (rule.ports != null && (rule.protocol == null || rule.protocol == protocol)) {
        rule.ports.forEach(range -> starts.addAll(List.of(range.min(), range.max() + 1)));
      }
    }
    starts.remove(PortRange.MAX + 1);
    return TableRule.PROTOCOLS_WITH_PORTS.contains(protocol) ? List.copyOf(starts) : List.of(0);
  }

  private void add(int protocol, PortRange ports) {
    int number = number(protocol, ports);
    Range last = ranges.isEmpty() ? null : ranges.getLast();
    if (number != 0
        && last != null
        && last.service == number
        && last.protocol == protocol
        && last.ports.max() == ports.min() - 1) {
      ranges.set(
          ranges.size() - 1,
          new Range(protocol, new PortRange(last.ports.min(), ports.max()), number));
    } else if (number != 0) {
      ranges.add(new Range(protocol, ports, number));
    }
  }

  private int number(int protocol, PortRange ports) {
    Set<Asked> matching = new HashSet<>(asked);
    matching.removeIf(rule -> !rule.matches(protocol, ports.min()));
    return numbers.computeIfAbsent(
        matching,
        _ -> {
          samples.add(new Range(protocol, ports, numbers.size()));
          return numbers.size();
        });
  }

  /** How many there are; their numbers begin with 0. */
  public int size() {
    return numbers.size();
  }

  /** All that is not of service 0; apart from each other, in order. */
  public List<Range> ranges() {
    return ranges;
  }

  /**
   * The row that decides about a service.
   *
   * @param rows of the same rules, so that a service's packets are all in the same or in ones that
   *     say the same
   */
  public Row row(int service, List<Row> rows) {
    Range sample = samples.get(service);
    for (Row row : rows) {
      if (row.has(sample.protocol, sample.ports.min())) {
        return row;
      }
    }
    throw new IllegalArgumentException("no row for " + sample + " in " + rows);
  }
}
