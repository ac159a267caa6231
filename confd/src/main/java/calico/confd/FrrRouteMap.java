package calico.confd;

import java.util.ArrayList;
import java.util.List;

/**
 * The entries of a route-map, in order. The first entry that matches a route decides, unless it
 * says otherwise; a route that none matches is denied.
 */
final class FrrRouteMap {
  private static final int STEP = 10;

  private final List<List<String>> entries = new ArrayList<>();

  /** An entry without a match is for all routes. */
  FrrRouteMap permit(List<String> lines) {
    return add("permit", lines);
  }

  FrrRouteMap deny(List<String> lines) {
    return add("deny", lines);
  }

  /** Changes what it matches, and has later entries decide. */
  FrrRouteMap change(List<String> lines) {
    List<String> all = new ArrayList<>(lines);
    all.add("on-match next");
    return add("permit", all);
  }

  /** Keeps the routes that it matches from the next entry. */
  FrrRouteMap skipNext(String match) {
    int behindNext = STEP * (entries.size() + 3);
    return add("permit", List.of(match, "on-match goto " + behindNext));
  }

  private FrrRouteMap add(String verdict, List<String> lines) {
    List<String> entry = new ArrayList<>();
    entry.add(verdict + " " + STEP * (entries.size() + 1));
    entry.addAll(lines);
    entries.add(entry);
    return this;
  }

  /** The text under a name; it ends with a denial, where entries that pass routes on lead. */
  String text(String name) {
    StringBuilder out = new StringBuilder();
    List<List<String>> all = new ArrayList<>(entries);
    all.add(List.of("deny 65535"));
    for (List<String> entry : all) {
      out.append("route-map ").append(name).append(' ').append(entry.getFirst()).append('\n');
      entry.stream().skip(1).forEach(line -> out.append(' ').append(line).append('\n'));
      out.append("exit\n");
    }
    return out.toString();
  }
}
