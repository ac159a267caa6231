package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.AddressSet;
import calico.felix.state.AddressSet.Member;
import calico.felix.state.ProfileRules;
import calico.felix.state.ResolvedRule;
import calico.felix.state.StateChange;
import calico.felix.state.StateKey;
import calico.model.Cidr;
import calico.model.Ip;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sets with many members, and many sets, on the real kernel. */
class LargeSetsTest {
  private static final int MEMBERS = 10_000;
  private static final int SETS = 1_000;

  private final Node node = new Node();

  @BeforeEach
  void start() {
    node.start();
    node.awaitUp(2);
    node.traffic.serve(node.second, 8080);
  }

  @AfterEach
  void close() {
    node.close();
  }

  private boolean passes() {
    return node.traffic.tcp(node.first, "10.65.0.2", 8080);
  }

  private static StateChange members(Set<Member> added, Set<Member> removed) {
    return new StateChange.MembersChanged(Node.CLIENTS, added, removed);
  }

  @Test
  void oneOfManyMembersComesAndGoes() {
    Set<Member> many = new HashSet<>();
    for (int i = 0; i < MEMBERS; i++) {
      many.add(new Member.Net(Ip.parse("10.128.0.0").plus(i).toCidr()));
    }
    Set<Member> own = Set.of(new Member.Net(Cidr.parse("10.65.0.1/32")));
    node.apply(members(many, Set.of()));
    assertTrue(passes());
    node.apply(members(Set.of(), own));
    assertFalse(passes());
    node.apply(members(own, many));
    assertTrue(passes());
    Set<Member> all = Set.of(new Member.Net(Cidr.parse("0.0.0.0/0")));
    node.apply(members(all, own));
    assertTrue(passes(), "all there is");
    node.apply(members(own, all));
    assertTrue(passes(), "hidden inside of all there is until that went");
    node.apply(members(Set.of(), own));
    assertFalse(passes());
  }

  @Test
  void manySetsComeAndGo() {
    for (int round = 0; round < 2; round++) {
      List<StateChange> come = new ArrayList<>();
      List<StateChange> go = new ArrayList<>();
      List<ResolvedRule> rules = new ArrayList<>();
      for (int i = 0; i < SETS; i++) {
        StateKey.SetId id = new StateKey.SetId("s:flapping" + i);
        Cidr member = Ip.parse("10.128.0.0").plus(i).toCidr();
        come.add(
            new StateChange.Put<>(
                id, new AddressSet(AddressSet.Type.NETS, Set.of(new Member.Net(member)))));
        go.add(new StateChange.Removed(id));
        rules.add(Node.rule(Node.from(id), ResolvedRule.Side.ANY, null));
      }
      // Only what is looked up is in the kernel.
      StateKey.ProfileId profile = new StateKey.ProfileId("flapping");
      come.add(new StateChange.Put<>(profile, new ProfileRules(rules, List.of())));
      go.addFirst(new StateChange.Removed(profile));
      node.apply(come.toArray(StateChange[]::new));
      assertEquals(SETS, sets());
      node.apply(go.toArray(StateChange[]::new));
      assertEquals(0, sets());
      assertTrue(passes());
    }
  }

  private long sets() {
    return node.lab
        .nft("host", "list sets ip")
        .lines()
        .filter(line -> line.contains("cali40s-flapping"))
        .count();
  }
}
