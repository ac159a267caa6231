package calico.confd;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The commands that bring FRR from one configuration of {@link FrrConfig} to another.
 *
 * <p>New lists and route-maps come first, then what refers to them, and last those go that nothing
 * refers to any more. A session whose own lines change is made anew; its lines in a family change
 * one by one, and it goes on.
 */
final class FrrDifference {
  private static final String BGP = "router bgp ";

  /** Lines of which there is one at most: the next takes the place of the one before. */
  private static final Pattern SETTING =
      Pattern.compile(
          " *(bgp (?:router-id|cluster-id|graceful-restart [a-z-]+)|redistribute kernel|network \\S+"
              + "|neighbor \\S+ allowas-in|ip(?:v6)? protocol bgp|log stdout) .*"
              + "| *(neighbor \\S+ route-map) \\S+ (in|out)");

  /** A command that adds to a list, with the name. */
  private static final Pattern LIST =
      Pattern.compile("((?:ip|ipv6) prefix-list|bgp [a-z-]+-list(?: standard)?) (\\S+) .*");

  private static final Pattern NEIGHBOR = Pattern.compile(" *neighbor (\\S+) .*");

  private final Map<String, Set<String>> before;
  private final Map<String, Set<String>> after;
  private final StringBuilder out = new StringBuilder();

  private FrrDifference(String before, String after) {
    this.before = sections(before);
    this.after = sections(after);
  }

  /** The commands; empty if there is nothing to do. */
  static String between(String before, String after) {
    FrrDifference difference = new FrrDifference(before, after);
    difference.compare();
    return difference.out.toString();
  }

  /**
   * Lines by section: a list under {@code COMMAND NAME}, an entry of a route-map, {@code router
   * bgp} and each of its families under the lines that lead there, joined by newlines; everything
   * else under "".
   */
  private static Map<String, Set<String>> sections(String text) {
    Map<String, Set<String>> sections = new LinkedHashMap<>();
    List<String> path = new ArrayList<>();
    for (String raw : text.lines().toList()) {
      String line = raw.strip();
      if (line.startsWith("!")) {
        continue;
      }
      if (line.equals("exit") || line.equals("exit-address-family")) {
        path.removeLast();
      } else if (line.startsWith("route-map ")
          || line.startsWith(BGP)
          || line.startsWith("address-family ")) {
        path.add(line);
        sections.computeIfAbsent(String.join("\n", path), _ -> new LinkedHashSet<>());
      } else {
        Matcher list = LIST.matcher(line);
        String section = list.matches() ? list.group(1) + " " + list.group(2) : "";
        sections
            .computeIfAbsent(
                path.isEmpty() ? section : String.join("\n", path), _ -> new LinkedHashSet<>())
            .add(line);
      }
    }
    return sections;
  }

  private void compare() {
    after.forEach(
        (section, lines) -> {
          if (isDefinition(section) && !before.containsKey(section)) {
            append(section, lines);
          }
        });
    Set<String> gone = new LinkedHashSet<>(before.keySet());
    gone.removeAll(after.keySet());
    gone.stream()
        .filter(section -> section.matches(BGP + ".*") && !section.contains("\n"))
        .forEach(section -> out.append("no ").append(section).append('\n'));
    Set<String> renewed = renewedNeighbors();
    after.forEach(
        (section, lines) -> {
          if (!isDefinition(section) && !isMark(section)) {
            change(section, lines, renewed);
          }
        });
    gone.stream()
        .filter(FrrDifference::isDefinition)
        .map(FrrDifference::owner)
        .distinct()
        .forEach(owner -> out.append("no ").append(owner).append('\n'));
    changeMark();
  }

  private static boolean isDefinition(String section) {
    return !section.isEmpty() && !section.startsWith(BGP) && !isMark(section);
  }

  private static boolean isMark(String section) {
    return section.startsWith("route-map " + FrrConfig.MARK + " ");
  }

  /** What is deleted with all its parts: a list, or a route-map without the number of an entry. */
  private static String owner(String section) {
    return section.startsWith("route-map ")
        ? section.replaceFirst(" (permit|deny) [0-9]+$", "")
        : section;
  }

  private void append(String section, Iterable<String> lines) {
    boolean nested = section.startsWith("route-map ") || section.startsWith(BGP);
    List<String> path = nested ? section.lines().toList() : List.of();
    path.forEach(line -> out.append(line).append('\n'));
    lines.forEach(line -> out.append(line).append('\n'));
    for (String line : path.reversed()) {
      out.append(line.startsWith("address-family ") ? "exit-address-family\n" : "exit\n");
    }
  }

  /** Sessions of which a line outside of the families differs, or that are no more. */
  private Set<String> renewedNeighbors() {
    Set<String> renewed = new LinkedHashSet<>();
    for (Map.Entry<String, Set<String>> section : before.entrySet()) {
      Set<String> now = after.get(section.getKey());
      if (now == null || !section.getKey().matches(BGP + "[0-9]+")) {
        continue;
      }
      Set<String> changed = new LinkedHashSet<>(section.getValue());
      changed.addAll(now);
      changed.removeIf(line -> section.getValue().contains(line) && now.contains(line));
      changed.stream()
          .map(NEIGHBOR::matcher)
          .filter(Matcher::matches)
          .forEach(m -> renewed.add(m.group(1)));
    }
    return renewed;
  }

  private void change(String section, Set<String> lines, Set<String> renewed) {
    Set<String> old = new LinkedHashSet<>(before.getOrDefault(section, Set.of()));
    List<String> commands = new ArrayList<>();
    if (section.matches(BGP + "[0-9]+")) {
      for (String address : renewed) {
        if (old.stream().anyMatch(line -> line.startsWith("neighbor " + address + " "))) {
          commands.add("no neighbor " + address);
        }
      }
    }
    old.removeIf(line -> isOf(line, renewed));
    Set<String> settings = new LinkedHashSet<>();
    lines.forEach(line -> settings.add(setting(line)));
    for (String line : old) {
      if (!lines.contains(line) && !settings.contains(setting(line))) {
        commands.add(line.startsWith("no ") ? line.substring(3) : "no " + line);
      }
    }
    lines.stream().filter(line -> !old.contains(line)).forEach(commands::add);
    if (!commands.isEmpty()) {
      append(section, commands);
    }
  }

  private static boolean isOf(String line, Set<String> neighbors) {
    Matcher m = NEIGHBOR.matcher(line);
    return m.matches() && neighbors.contains(m.group(1));
  }

  /** What a line sets, without the value; the line itself if it can be there beside others. */
  private static String setting(String line) {
    Matcher m = SETTING.matcher(line);
    if (!m.matches()) {
      return line;
    }
    return m.group(1) != null ? m.group(1) : m.group(2) + " " + m.group(3);
  }

  private void changeMark() {
    after.forEach(
        (section, lines) -> {
          if (isMark(section) && !lines.equals(before.get(section))) {
            append(section, lines);
          }
        });
  }
}
