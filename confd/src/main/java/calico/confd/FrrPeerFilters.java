package calico.confd;

import calico.confd.PeerFilter.Direction;
import calico.confd.PeerFilter.Inexpressible;
import calico.confd.PeerFilter.Prefixes;
import calico.model.Family;
import calico.model.resource.AsNumber;
import calico.model.resource.BgpFilterSpec.FilterRule;
import calico.model.resource.BgpFilterSpec.Operation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The BGPFilters that sessions name, as entries of route-maps. */
record FrrPeerFilters(
    BgpState state, Family family, FrrPolicies policies, Collection<Fault> faults) {

  /**
   * A rule.
   *
   * @param learned whether it is for routes of peers only
   * @param lines matches and changes
   */
  private record Entry(boolean accepts, boolean learned, List<String> lines) {}

  /** Adds the rules of the filters of these names, in this order; faults are told. */
  void add(FrrRouteMap map, List<String> names, Direction direction, boolean sameAs) {
    for (String name : names) {
      PeerFilter filter = PeerFilter.of(state, name, family, direction);
      if (filter == null) {
        continue;
      }
      List<Optional<Entry>> entries =
          filter.translate(state, rule -> entry(rule, direction, sameAs), faults);
      if (entries == null) {
        map.deny(List.of());
        return;
      }
      entries.forEach(entry -> entry.ifPresent(rule -> add(map, rule)));
    }
  }

  private static void add(FrrRouteMap map, Entry rule) {
    if (rule.learned()) {
      map.skipNext("match peer local");
    }
    if (rule.accepts()) {
      map.permit(rule.lines());
    } else {
      map.deny(rule.lines());
    }
  }

  /** The rule, or empty if it is not for peers of this kind. */
  private Optional<Entry> entry(FilterRule rule, Direction direction, boolean sameAs)
      throws Inexpressible {
    List<String> lines = new ArrayList<>(matches(rule, direction));
    boolean accepts = rule.action().equals("Accept");
    if (accepts) {
      lines.addAll(changes(listOf(rule.operations())));
      if (direction == Direction.IMPORT) {
        lines.addAll(FrrRouteFilters.acceptance(family));
      }
    }
    String type = rule.peerType();
    boolean applies = type == null || type.isEmpty() || type.equals("iBGP") == sameAs;
    boolean learned = isSet(rule.source()) && direction == Direction.EXPORT;
    return applies ? Optional.of(new Entry(accepts, learned, lines)) : Optional.empty();
  }

  private List<String> matches(FilterRule rule, Direction direction) throws Inexpressible {
    List<String> all = new ArrayList<>();
    Prefixes prefixes = PeerFilter.prefixes(rule);
    if (prefixes != null) {
      all.add(policies.matchPrefixes(family, items(prefixes)));
    }
    String name = rule.interfaceName();
    if (name != null && !name.isEmpty()) {
      if (direction == Direction.IMPORT || name.matches(".*[*?].*")) {
        throw new Inexpressible(
            "interface",
            "FRR knows the interface of routes that are exported only, and no patterns of names");
      }
      all.add("match interface " + name);
    }
    if (rule.communities() != null) {
      Community community = Community.parse(rule.communities().values().getFirst());
      String kind = community.isLarge() ? "large-community" : "community";
      String list = policies.list("bgp " + kind + "-list standard", List.of("permit " + community));
      all.add("match %s %s".formatted(kind, list));
    }
    List<AsNumber> path = listOf(rule.asPathPrefix());
    if (!path.isEmpty()) {
      String regex = joined(path.stream(), "_");
      List<String> items = List.of("permit ^" + regex + "(_|$)");
      all.add("match as-path " + policies.list("bgp as-path access-list", items));
    }
    if (rule.priority() != null) {
      all.add("match local-preference " + (BgpSettings.PRIORITY_SUM - rule.priority()));
    }
    return all;
  }

  private List<String> items(Prefixes prefixes) {
    String range = FrrPolicies.range(prefixes.cidr(), prefixes.min(), prefixes.max());
    String everything = family == Family.IPV4 ? "0.0.0.0/0 le 32" : "::/0 le 128";
    return prefixes.negated()
        ? List.of("deny " + range, "permit " + everything)
        : List.of("permit " + range);
  }

  /** Lines for all of them together: of each kind an entry can have one only. */
  private static List<String> changes(List<Operation> operations) {
    List<String> lines = new ArrayList<>();
    List<Community> communities = new ArrayList<>();
    List<AsNumber> prefix = new ArrayList<>();
    for (Operation operation : operations) {
      if (operation.addCommunity() != null) {
        communities.add(Community.parse(operation.addCommunity().value()));
      }
      if (operation.setPriority() != null) {
        int priority = operation.setPriority().value();
        lines.removeIf(line -> line.startsWith("set local-preference "));
        lines.add("set local-preference " + (BgpSettings.PRIORITY_SUM - priority));
      }
      if (operation.prependASPath() != null) {
        prefix.addAll(0, operation.prependASPath().prefix());
      }
    }
    lines.addAll(additions(communities));
    if (!prefix.isEmpty()) {
      lines.add("set as-path prepend " + joined(prefix.stream(), " "));
    }
    return lines;
  }

  /** The lines that add communities to a route. */
  static List<String> additions(Collection<Community> communities) {
    List<String> lines = new ArrayList<>();
    for (boolean large : List.of(false, true)) {
      List<Community> some = communities.stream().filter(c -> c.isLarge() == large).toList();
      if (!some.isEmpty()) {
        String kind = large ? "large-community" : "community";
        lines.add("set %s %s additive".formatted(kind, joined(some.stream(), " ")));
      }
    }
    return lines;
  }

  private static String joined(Stream<?> items, String separator) {
    return items.map(String::valueOf).collect(Collectors.joining(separator));
  }

  private static <T> List<T> listOf(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  private static boolean isSet(@Nullable String text) {
    return text != null && !text.isEmpty();
  }
}
