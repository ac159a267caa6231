package calico.confd;

import calico.confd.BgpRoute.Source;
import calico.model.Cidr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads FRR's routes of a family from zebra's answer to {@code show ip route json}, lists of routes
 * by prefix, and bgpd's to {@code show bgp ipv4 unicast json}, lists of paths by prefix.
 */
final class FrrRoutes {
  private static final String BGP = "bgp";

  private final Map<String, BgpSession> sessions = new HashMap<>();
  private final List<BgpRoute> found = new ArrayList<>();

  /** The next hops of BGP routes that zebra uses, by prefix: address and interface. */
  private final Map<Cidr, Map<String, String>> used = new HashMap<>();

  private FrrRoutes(List<BgpSession> sessions) {
    sessions.forEach(session -> this.sessions.put(session.address(), session));
  }

  static List<BgpRoute> parse(
      List<BgpSession> sessions, @Nullable Object zebra, @Nullable Object bgpd) {
    FrrRoutes routes = new FrrRoutes(sessions);
    each(zebra, routes::ofZebra);
    each(map(bgpd).get("routes"), routes::ofBgpd);
    return routes.found;
  }

  private static void each(
      @Nullable Object tree, BiConsumer<Cidr, Map<String, @Nullable Object>> reader) {
    map(tree)
        .forEach(
            (prefix, all) -> {
              Cidr cidr = Cidr.tryParse(prefix);
              if (cidr != null) {
                maps(all).forEach(one -> reader.accept(cidr, one));
              }
            });
  }

  private void ofZebra(Cidr prefix, Map<String, @Nullable Object> route) {
    boolean selected = Boolean.TRUE.equals(route.get("selected"));
    String protocol = text(route.get("protocol"));
    for (Map<String, @Nullable Object> hop : maps(route.get("nexthops"))) {
      String gateway = text(hop.get("ip"));
      if (!protocol.equals(BGP)) {
        found.add(new BgpRoute(prefix, selected, gateway, device(hop), source(protocol), ""));
      } else if (selected) {
        used.computeIfAbsent(prefix, _ -> new HashMap<>()).put(gateway, device(hop));
      }
    }
  }

  /** Without the node's own, which are zebra's too. */
  private void ofBgpd(Cidr prefix, Map<String, @Nullable Object> path) {
    BgpSession session = sessions.get(text(path.get("peerId")));
    if (session == null || !Boolean.TRUE.equals(path.get("valid"))) {
      return;
    }
    boolean best =
        Boolean.TRUE.equals(path.get("bestpath")) || Boolean.TRUE.equals(path.get("multipath"));
    Map<String, String> devices = used.getOrDefault(prefix, Map.of());
    for (Map<String, @Nullable Object> hop : maps(path.get("nexthops"))) {
      if (Boolean.TRUE.equals(hop.get("used"))) {
        String gateway = text(hop.get("ip"));
        found.add(
            new BgpRoute(
                prefix,
                best && devices.containsKey(gateway),
                gateway,
                devices.getOrDefault(gateway, ""),
                Source.of(session),
                session.address()));
      }
    }
  }

  private static String device(Map<String, @Nullable Object> hop) {
    for (String nowhere : List.of("blackhole", "unreachable")) {
      if (Boolean.TRUE.equals(hop.get(nowhere))) {
        return nowhere;
      }
    }
    return text(hop.get("interfaceName"));
  }

  private static Source source(String protocol) {
    return switch (protocol) {
      case "kernel" -> Source.KERNEL;
      case "static" -> Source.STATIC;
      case "connected", "local" -> Source.DIRECT;
      default -> Source.OTHER;
    };
  }

  private static Map<String, @Nullable Object> map(@Nullable Object tree) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    if (tree instanceof Map<?, ?> map) {
      map.forEach((name, value) -> members.put(String.valueOf(name), value));
    }
    return members;
  }

  private static List<Map<String, @Nullable Object>> maps(@Nullable Object tree) {
    return tree instanceof List<?> list ? list.stream().map(FrrRoutes::map).toList() : List.of();
  }

  private static String text(@Nullable Object value) {
    return value == null ? "" : String.valueOf(value);
  }
}
