package calico.confd;

import calico.confd.BgpRoute.Source;
import calico.model.Cidr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads BIRD's answer to {@code show route}: a line for each route, and below it one for each next
 * hop, which starts with a tab. Of several routes to a prefix only the first line names it.
 */
final class BirdRoutes {
  /** Prefix, kind of destination, protocol, and whether the route is used; "!" is not. */
  private static final Pattern ROUTE =
      Pattern.compile(
          "(\\S+)?\\s+(unicast|blackhole|unreachable|prohibit) \\[(\\S+) [^]]*]( \\*)?.*");

  private static final Pattern NEXT_HOP =
      Pattern.compile("\t(?:via (\\S+) on (\\S+)|dev (\\S+)).*");

  private final Map<String, BirdProtocol> protocols = new HashMap<>();
  private final List<BgpRoute> found = new ArrayList<>();

  private BirdRoutes(List<BirdProtocol> protocols) {
    protocols.forEach(protocol -> this.protocols.put(protocol.name(), protocol));
  }

  static List<BgpRoute> parse(List<BirdProtocol> protocols, List<String> lines) {
    BirdRoutes routes = new BirdRoutes(protocols);
    routes.read(lines);
    return routes.found;
  }

  private void read(List<String> lines) {
    Cidr prefix = null;
    BgpRoute route = null;
    for (String line : lines) {
      Matcher hop = NEXT_HOP.matcher(line);
      Matcher head = ROUTE.matcher(line);
      if (hop.matches() && route != null) {
        found.add(
            hop.group(3) == null
                ? withNextHop(route, hop.group(1), hop.group(2))
                : withNextHop(route, "", hop.group(3)));
      } else if (head.matches()) {
        prefix = head.group(1) == null ? prefix : Cidr.tryParse(head.group(1));
        route = prefix == null ? null : route(prefix, head);
        if (route != null && !head.group(2).equals("unicast")) {
          found.add(route);
        }
      } else {
        route = null; // of a user's table that is not of prefixes
      }
    }
  }

  private BgpRoute route(Cidr prefix, Matcher head) {
    BirdProtocol protocol = protocols.get(head.group(3));
    Source source = protocol == null ? Source.OTHER : protocol.source();
    String peer = protocol == null ? "" : protocol.details().getOrDefault(BirdProtocol.PEER, "");
    return new BgpRoute(prefix, head.group(4) != null, "", head.group(2), source, peer);
  }

  private static BgpRoute withNextHop(BgpRoute route, String gateway, String device) {
    return new BgpRoute(
        route.prefix(), route.used(), gateway, device, route.source(), route.peer());
  }
}
