package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What others do to a node's tables and interfaces on the real kernel is undone. */
class TamperingTest {
  private final Node node = new Node();

  @BeforeEach
  void start() {
    node.start();
    node.awaitUp(1);
    node.awaitUp(2);
  }

  @AfterEach
  void close() {
    node.close();
  }

  /** The objects of a table in a fixed order: the kernel lists them as they were created. */
  private List<String> table() {
    String all = node.lab.nft("host", "list table ip calico");
    String objects = all.substring(all.indexOf('{') + 1, all.lastIndexOf('}'));
    return Arrays.stream(objects.replaceAll("packets \\d+ bytes \\d+", "").split("\n\n"))
        .map(String::strip)
        .sorted()
        .toList();
  }

  /** What is asked of what goes to a workload. */
  private String chain(String interfaceName) {
    String labels = node.lab.nft("host", "list map ip calico filter-cali-to-wl-policy");
    Matcher label =
        Pattern.compile('"' + interfaceName + "\" : [^\"]*\"([^\"]+)\"").matcher(labels);
    assertTrue(label.find(), labels);
    return "filter-cali-tw-" + label.group(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flush table ip calico",
        "flush chain ip calico CHAIN",
        "insert rule ip calico CHAIN accept",
        "flush map ip calico filter-cali-to-wl-policy",
        "add rule ip calico filter-cali-pi-np/shop/web accept",
        "add chain ip calico stray",
        "flush set ip calico cali40s-clients",
        "delete chain ip calico filter-FORWARD",
        "add element ip calico cali40s-clients { 172.31.0.0/16 }",
        "add table ip calico { flags dormant; }",
        "delete table ip calico"
      })
  void theTableIsAsItWas(String command) {
    List<String> before = table();
    node.lab.nft("host", command.replace("CHAIN", chain("cali2")));
    Lab.await(() -> "as before: " + table(), () -> intact() && table().equals(before));
    assertTrue(repaired("nftables") > 0);
  }

  private long repaired(String kind) {
    return node.metrics.repairs().read().getOrDefault(kind, 0L);
  }

  @Test
  void aDeletedRouteIsBackAndCounted() {
    String routes = node.lab.ip("host", "route");
    node.lab.ip("host", "route del 10.65.0.2");
    Lab.await("the route is back", () -> node.lab.ip("host", "route").equals(routes));
    assertEquals(1, repaired("routes"));
    assertEquals(0, repaired("nftables"));
  }

  @Test
  void aDeletedNeighbourIsBackAndCounted() {
    List<String> before = permanentNeighbours();
    node.lab.ip("host", "neigh del 10.65.0.2 dev cali2");
    Lab.await("it is back", () -> permanentNeighbours().equals(before));
    assertEquals(1, repaired("neighbours"));
    node.lab.ip("host", "neigh replace 10.65.0.2 dev cali2 lladdr 02:00:00:00:00:01");
    Lab.await("it is as before", () -> permanentNeighbours().equals(before));
    assertEquals(2, repaired("neighbours"));
  }

  private List<String> permanentNeighbours() {
    return sorted(node.lab.ip("host", "neigh show nud permanent"));
  }

  private boolean intact() {
    return node.lab.nft("host", "list tables").contains("table ip calico");
  }

  @Test
  void anInterfaceWithAnotherNameIsNobodysUntilItHasItsOwn() {
    node.traffic.serve(node.second, 8080);
    assertTrue(node.traffic.tcp(node.first, "10.65.0.2", 8080));
    node.lab.ip("host", "link set cali2 down");
    node.lab.ip("host", "link set cali2 name other2");
    node.lab.ip("host", "link set other2 up");
    node.awaitDown(2);
    Lab.await("its route has gone", () -> !node.lab.ip("host", "route").contains("10.65.0.2"));
    assertFalse(node.traffic.tcp(node.first, "10.65.0.2", 8080));
    node.lab.ip("host", "link set other2 down");
    node.lab.ip("host", "link set other2 name cali2");
    node.lab.ip("host", "link set cali2 up");
    node.awaitUp(2);
    assertTrue(node.traffic.tcp(node.first, "10.65.0.2", 8080));
  }

  @Test
  void aLinkThatWasDownHasAllThatItHadBefore() {
    String routes = node.lab.ip("host", "route") + node.lab.ip("host", "-6 route show dev cali2");
    String neighbours = node.lab.ip("host", "neigh show nud permanent");
    node.lab.ip("host", "link set cali2 down");
    node.awaitDown(2);
    assertNotEquals(neighbours, node.lab.ip("host", "neigh show nud permanent"));
    node.lab.ip("host", "link set cali2 up");
    node.awaitUp(2);
    Lab.await(
        "routes and neighbours as before",
        () ->
            routes.equals(
                    node.lab.ip("host", "route") + node.lab.ip("host", "-6 route show dev cali2"))
                && sorted(neighbours)
                    .equals(sorted(node.lab.ip("host", "neigh show nud permanent"))));
  }

  private static List<String> sorted(String lines) {
    return lines.lines().map(String::strip).sorted().toList();
  }

  @Test
  void theOthersTableIsNotTouched() {
    node.lab.nft("host", "add table ip other");
    node.lab.nft("host", "add chain ip other c");
    node.lab.nft("host", "add rule ip other c counter accept");
    String other = node.lab.nft("host", "-a list table ip other");
    node.lab.nft("host", "delete table ip calico");
    Lab.await("ours is back", this::intact);
    assertEquals(other, node.lab.nft("host", "-a list table ip other"));
  }
}
