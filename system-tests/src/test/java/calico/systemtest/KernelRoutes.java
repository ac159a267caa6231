package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import calico.model.json.Json;
import calico.netlink.Netns;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What {@code ip route} says. */
final class KernelRoutes {
  private KernelRoutes() {}

  /**
   * Where routes to prefixes of a pool lead that are not to single addresses.
   *
   * @return by prefix "ADDRESS dev INTERFACE" of each next hop, or the type of a route without any
   */
  static Map<Cidr, Set<String>> of(Netns netns, Cidr pool) throws IOException {
    String family = pool.family() == Family.IPV4 ? "-4" : "-6";
    Map<Cidr, Set<String>> found = new TreeMap<>();
    String text = run(netns, "ip", "-j", family, "route", "show", "table", "main");
    if (!(Json.parse(text) instanceof List<?> routes)) {
      throw new AssertionError(text);
    }
    for (Object each : routes) {
      Map<?, ?> route = (Map<?, ?>) each;
      Cidr destination = Cidr.tryParse(String.valueOf(route.get("dst")));
      if (destination == null || destination.isHost() || !pool.contains(destination)) {
        continue;
      }
      Set<String> hops = found.computeIfAbsent(destination, _ -> new TreeSet<>());
      if (route.get("nexthops") instanceof List<?> nextHops) {
        nextHops.forEach(hop -> hops.add(hop((Map<?, ?>) hop)));
      } else {
        hops.add(route.get("gateway") == null ? "" + route.get("type") : hop(route));
      }
    }
    return found;
  }

  private static String hop(Map<?, ?> hop) {
    return hop(Ip.parse(String.valueOf(hop.get("gateway"))), String.valueOf(hop.get("dev")));
  }

  static String hop(Ip gateway, String device) {
    return gateway + " dev " + device;
  }

  /** What a command prints that is run in a namespace. */
  static String run(Netns netns, String... command) throws IOException {
    Process process =
        netns.<Process, IOException>call(
            () -> new ProcessBuilder(command).redirectErrorStream(true).start());
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertEquals(0, process.waitFor(), output);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return output;
  }
}
