package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.FelixCommand;
import calico.felix.rules.RulesConfig;
import calico.felix.rules.RulesConfig.Tables;
import calico.felix.state.LocalEndpoint.TierPolicies;
import calico.felix.state.Policy;
import calico.felix.state.ResolvedRule;
import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.ResolvedRule.Side;
import calico.felix.state.StateKey;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code calico felix drops} on the real kernel: of a packet that is denied it says by what. */
class DropsTest {
  private static final int FIRST_PORT = 9000;
  private static final int ALLOWED = 7000;
  private static final StateKey.PolicyId SHUT =
      new StateKey.PolicyId("GlobalNetworkPolicy", "", "shut");

  private final Node node = new Node();

  @AfterEach
  void close() {
    node.close();
  }

  /** Rules that deny one port each, from {@link #FIRST_PORT} on, and one that allows. */
  private void start(int denials, Tables tables) {
    List<ResolvedRule> rules = new ArrayList<>();
    for (int i = 0; i < denials; i++) {
      Side port = Node.port(FIRST_PORT + i);
      rules.add(new ResolvedRule(Action.DENY, null, 6, null, null, null, Side.ANY, port, Map.of()));
    }
    rules.add(Node.rule(Side.ANY, Node.port(ALLOWED), 6));
    node.config = node.config.withRules(RulesConfig.defaults().withTables(tables));
    node.state.put(SHUT, new Policy(rules, List.of()));
    node.state.put(
        Node.endpoint(2),
        Node.local(2, List.of(new TierPolicies("security", false, List.of(SHUT), List.of()))));
    node.start();
    node.awaitUp(2);
  }

  /** What the command prints of one packet, connections being tried until it has seen one. */
  private String denied(int port) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    PrintStream before = System.out;
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    try {
      CompletableFuture<Integer> status =
          CompletableFuture.supplyAsync(
              () -> node.host.call(() -> FelixCommand.run("drops", "--count", "1")),
              task -> Thread.ofPlatform().start(task));
      Lab.await(
          "a denied packet is told",
          () -> {
            node.traffic.tcp(node.first, "10.65.0.2", port);
            return status.isDone();
          });
      assertEquals(0, status.get());
    } finally {
      System.setOut(before);
    }
    return printed.toString(StandardCharsets.UTF_8);
  }

  private void assertTold(String line, int port, String by) {
    assertEquals(1, line.lines().count(), line);
    assertTrue(line.contains(" in=cali1 out=cali2 by: "), line);
    assertTrue(line.contains(" -> 10.65.0.2:" + port + " "), line);
    assertTrue(line.strip().endsWith(" by: " + by), line);
  }

  @Test
  void aRuleThatIsTriedIsToldByItsPolicyAndNumber() throws Exception {
    start(3, Tables.NONE);
    assertTold(denied(9001), 9001, "GlobalNetworkPolicy(shut) ingress rule 1");
    assertTold(denied(8080), 8080, "End of tier security: no policy decided");
  }

  @Test
  void aRuleOfATableIsToldLikewise() throws Exception {
    start(Tables.USUAL.from(), Tables.USUAL);
    assertTrue(node.lab.nft("host", "list chains").contains("-ti-"), "it is a table");
    assertTold(denied(9015), 9015, "GlobalNetworkPolicy(shut) ingress rule 15");
    assertTold(denied(8080), 8080, "End of tier security: no policy decided");
  }

  /** Each row counts, and says which rule it is of. */
  @Test
  void whatATableAllowsIsCountedByItsRule() {
    start(Tables.USUAL.from(), Tables.USUAL);
    node.traffic.serve(node.second, ALLOWED);
    Pattern row =
        Pattern.compile(
            "counter packets [1-9]\\d* bytes \\d+ comment \"GlobalNetworkPolicy\\(shut\\) ingress"
                + " rule 16\"");
    assertFalse(row.matcher(node.lab.nft("host", "list maps")).find());
    assertTrue(node.traffic.tcp(node.first, "10.65.0.2", ALLOWED));
    assertTrue(row.matcher(node.lab.nft("host", "list maps")).find());
  }

  @Test
  void ofTheRulesOfATableThoseAfterTheFirst64AreToldAsOne() throws Exception {
    start(66, Tables.USUAL);
    assertTold(denied(9063), 9063, "GlobalNetworkPolicy(shut) ingress rule 63");
    assertTold(denied(9064), 9064, "A rule of 1 policies as a table");
  }
}
