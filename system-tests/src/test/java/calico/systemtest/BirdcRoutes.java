package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.model.Cidr;
import calico.model.Family;
import calico.model.Ip;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code birdc show route} says. */
final class BirdcRoutes {
  /** A prefix, which is left out if it is that of the line before, and the route's type. */
  private static final Pattern ROUTE = Pattern.compile("(\\S*)\\s+(unicast|blackhole) \\[.*");

  private static final Pattern HOP = Pattern.compile("\\s+via (\\S+) on (\\S+).*");

  private BirdcRoutes() {}

  /**
   * Where routes to prefixes of a pool lead that are not to single addresses.
   *
   * @return as {@link KernelRoutes#of}
   */
  static Map<Cidr, Set<String>> of(Path socket, Cidr pool) throws IOException {
    Map<Cidr, Set<String>> found = new TreeMap<>();
    String prefix = "";
    String table = pool.family() == Family.IPV4 ? "master4" : "master6";
    for (String line : ask(socket, "show route table " + table).lines().toList()) {
      Matcher route = ROUTE.matcher(line);
      Matcher hop = HOP.matcher(line);
      String next = null;
      if (route.matches()) {
        prefix = route.group(1).isEmpty() ? prefix : route.group(1);
        next = route.group(2).equals("blackhole") ? "blackhole" : null;
      } else if (hop.matches()) {
        next = KernelRoutes.hop(Ip.parse(hop.group(1)), hop.group(2));
      }
      Cidr destination = Cidr.tryParse(prefix);
      if (next != null
          && destination != null
          && !destination.isHost()
          && pool.contains(destination)) {
        found.computeIfAbsent(destination, _ -> new TreeSet<>()).add(next);
      }
    }
    return found;
  }

  private static String ask(Path socket, String question) throws IOException {
    Process birdc = new ProcessBuilder("birdc", "-s", socket.toString(), question).start();
    String answer = new String(birdc.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      assertEquals(0, birdc.waitFor(), answer);
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
    return answer;
  }
}
