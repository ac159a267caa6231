package calico.confd;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The lists and route-maps of a configuration. Each has its content in its name, so a definition
 * that is in use never changes: what refers to it goes over to another, in one step and at once,
 * where FRR waits for seconds before it looks at a definition that has changed.
 */
final class FrrPolicies {
  private final SortedMap<String, String> lists = new TreeMap<>();
  private final SortedMap<String, String> routeMaps = new TreeMap<>();

  /**
   * A list of this content.
   *
   * @param command that adds an item, e.g. "ip prefix-list"
   * @param items such as "permit 10.65.0.0/16 le 32"; at least one
   * @return its name
   */
  String list(String command, List<String> items) {
    String name = "list-" + digest(command + items);
    String text =
        items.stream()
            .map(item -> "%s %s %s\n".formatted(command, name, item))
            .collect(Collectors.joining());
    lists.put(name, text);
    return name;
  }

  /** The match for routes whose prefix a list of these items permits. */
  String matchPrefixes(Family family, List<String> items) {
    String ip = ip(family);
    return "match %s address prefix-list %s".formatted(ip, list(ip + " prefix-list", items));
  }

  /** The match for these prefixes and all in them. */
  String matchInside(Family family, Collection<Cidr> cidrs) {
    return matchPrefixes(
        family, cidrs.stream().map(c -> "permit " + range(c, c.length(), family.bits())).toList());
  }

  /** The match for routes that lead by one of these addresses. */
  String matchNextHops(Family family, Collection<Ip> addresses) {
    String ip = ip(family);
    List<String> items = addresses.stream().map(a -> "permit " + a.toCidr()).toList();
    return "match %s next-hop prefix-list %s".formatted(ip, list(ip + " prefix-list", items));
  }

  /** {@code 10.65.0.0/16 ge 20 le 24}: prefixes in one whose lengths are between two. */
  static String range(Cidr cidr, int min, int max) {
    String atLeast = min > cidr.length() ? " ge " + min : "";
    return cidr + atLeast + (max > cidr.length() ? " le " + max : "");
  }

  /** What commands of a family start with. */
  static String ip(Family family) {
    return family == Family.IPV4 ? "ip" : "ipv6";
  }

  /** All addresses of a family. */
  static String any(Family family) {
    return family == Family.IPV4 ? "0.0.0.0" : "::";
  }

  /**
   * A route-map of this content.
   *
   * @param purpose the start of its name
   * @return its name
   */
  String routeMap(String purpose, FrrRouteMap map) {
    String name = purpose + "-" + digest(map.text(""));
    routeMaps.put(name, map.text(name));
    return name;
  }

  /** The route-maps, and before them the lists that they refer to. */
  String text() {
    String maps = String.join("", routeMaps.values());
    StringBuilder out = new StringBuilder();
    lists.forEach((name, list) -> out.append(maps.contains(name) ? list : ""));
    return out.append(maps).toString();
  }

  /** A few hexadecimal digits that stand for a text. */
  static String digest(String text) {
    try {
      MessageDigest sha = MessageDigest.getInstance("SHA-256");
      return HexFormat.of().formatHex(sha.digest(text.getBytes(StandardCharsets.UTF_8)), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
