package calico.felix.tables;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.ResolvedRule.Action;
import calico.felix.state.StateKey.SetId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class DecisionsTest {
  private static final List<Integer> PROTOCOLS = List.of(0, 1, 6, 17, 132, 255);
  private static final List<Integer> PORTS = List.of(0, 1, 2, 3, 80, 65534, 65535);

  private static Group group(int i) {
    return Group.of(new SetId("s:" + i));
  }

  private static int naively(List<TableRule> rules, Set<Group> in, int protocol, int port) {
    for (int i = 0; i < rules.size(); i++) {
      TableRule rule = rules.get(i);
      List<PortRange> ports = rule.ports();
      if (in.containsAll(rule.all())
          && rule.none().stream().noneMatch(in::contains)
          && (rule.protocol() == null || rule.protocol() == protocol)
          && (rule.notProtocol() == null || rule.notProtocol() != protocol)
          && (ports == null
              || (List.of(6, 17, 132).contains(protocol)
                  && ports.stream().anyMatch(r -> r.min() <= port && port <= r.max())))) {
        return i;
      }
    }
    return Row.NONE;
  }

  @RepeatedTest(500)
  void exactlyOneRowIsForEachPacketAndNamesTheFirstRuleThatMatches() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    List<TableRule> rules = new ArrayList<>();
    for (int i = random.nextInt(8); i > 0; i--) {
      rules.add(rule(random));
    }
    Set<Group> in = new HashSet<>(some(random, () -> group(random.nextInt(4))));
    Decisions decisions = new Decisions(rules);
    in.retainAll(decisions.groups());
    List<Row> rows = decisions.of(in);
    for (int protocol : PROTOCOLS) {
      for (int port : PORTS) {
        List<Row> found =
            rows.stream()
                .filter(r -> r.minProtocol() <= protocol && protocol <= r.maxProtocol())
                .filter(r -> r.ports().min() <= port && port <= r.ports().max())
                .toList();
        String where = "seed " + seed + " " + protocol + "/" + port + " " + in + rules + rows;
        assertEquals(1, found.size(), where);
        assertEquals(naively(rules, in, protocol, port), found.getFirst().rule(), where);
      }
    }
    byService(rules, in, rows, seed);
  }

  /** A packet is of one service at most, and the service's row says the same as the rules. */
  private static void byService(List<TableRule> rules, Set<Group> in, List<Row> rows, long seed) {
    Services services = requireNonNull(Services.of(rules, 100));
    for (int protocol : PROTOCOLS) {
      for (int port : PORTS) {
        List<Services.Range> of =
            services.ranges().stream()
                .filter(r -> r.protocol() == protocol)
                .filter(r -> r.ports().min() <= port && port <= r.ports().max())
                .toList();
        String where = "seed " + seed + " " + protocol + "/" + port + " " + in + rules + of;
        assertTrue(of.size() <= 1, where);
        Row row = services.row(of.isEmpty() ? 0 : of.getFirst().service(), rows);
        assertEquals(naively(rules, in, protocol, port), row.rule(), where);
      }
    }
  }

  @Test
  void servicesAreWhatRulesTellApartAndNoMore() {
    Services services = requireNonNull(Services.of(List.of(ports(80, 90), ports(85, 85)), 3));
    assertEquals(
        List.of(
            new Services.Range(6, new PortRange(80, 84), 1),
            new Services.Range(6, new PortRange(85, 85), 2),
            new Services.Range(6, new PortRange(86, 90), 1)),
        services.ranges());
    assertNull(Services.of(List.of(ports(80, 90), ports(85, 85)), 2));
    assertEquals(
        List.of(new Services.Range(6, new PortRange(80, 81), 1)),
        requireNonNull(Services.of(List.of(ports(80, 81), ports(80, 81)), 2)).ranges());
  }

  @Test
  void protocolsThatAreAllNamedAreNoServices() {
    List<TableRule> rules = new ArrayList<>();
    for (int protocol = 0; protocol < 256; protocol++) {
      rules.add(new TableRule(Action.ALLOW, List.of(), List.of(), protocol, null, null));
    }
    assertNull(Services.of(rules, 1000));
  }

  /** Allows TCP to these ports. */
  private static TableRule ports(int min, int max) {
    return new TableRule(
        Action.ALLOW, List.of(), List.of(), 6, null, List.of(new PortRange(min, max)));
  }

  private static TableRule rule(Random random) {
    @Nullable List<PortRange> ports = null;
    if (random.nextBoolean()) {
      int from = PORTS.get(random.nextInt(PORTS.size()));
      int to = Math.min(PortRange.MAX, from + random.nextInt(3));
      ports = List.of(new PortRange(from, to));
      ports = random.nextInt(3) == 0 ? PortRange.without(PortRange.ALL, ports) : ports;
    }
    return new TableRule(
        Action.ALLOW,
        some(random, () -> group(random.nextInt(4))),
        some(random, () -> group(random.nextInt(4))),
        random.nextBoolean() ? PROTOCOLS.get(random.nextInt(PROTOCOLS.size())) : null,
        random.nextInt(4) == 0 ? PROTOCOLS.get(random.nextInt(PROTOCOLS.size())) : null,
        ports);
  }

  private static List<Group> some(Random random, Supplier<Group> one) {
    List<Group> all = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      all.add(one.get());
    }
    return all;
  }

  @Test
  void noRulesAreOneRow() {
    assertEquals(
        List.of(new Row(0, 255, new PortRange(0, 65535), Row.NONE)),
        new Decisions(List.of()).of(Set.of()));
  }
}
