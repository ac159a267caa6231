package calico.felix.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.StateKey.PolicyId;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PolicyListTest {
  private static final List<PolicyId> POLICIES =
      IntStream.range(0, 1000).mapToObj(i -> policy("p" + i)).toList();

  private static PolicyId policy(String name) {
    return new PolicyId("GlobalNetworkPolicy", "", name);
  }

  private static List<PolicyList> cut(List<PolicyId> policies) {
    return list("t", Layer.FILTER, Direction.INGRESS, policies).cut(policies);
  }

  private static PolicyList list(
      String tier, Layer layer, Direction direction, List<PolicyId> policies) {
    return new PolicyList(layer, direction, tier, policies);
  }

  private static Set<String> names(List<PolicyList> lists) {
    Set<String> names = new HashSet<>();
    lists.forEach(list -> names.add(list.partKey().name()));
    return names;
  }

  @Test
  void allPoliciesInTheirOrder() {
    List<PolicyList> lists = cut(POLICIES);
    assertEquals(POLICIES, lists.stream().flatMap(list -> list.policies().stream()).toList());
    assertEquals(lists.size(), names(lists).size());
    assertTrue(lists.size() > 30 && lists.size() < 120, () -> lists.size() + " lists");
    assertEquals(List.of(), cut(List.of()));
  }

  @Test
  void aPolicyThatComesOrGoesChangesTheListThatItIsIn() {
    Set<String> before = names(cut(POLICIES));
    for (int i = 0; i <= POLICIES.size(); i += 7) {
      List<PolicyId> more = new ArrayList<>(POLICIES);
      more.add(i, policy("new"));
      Set<String> after = names(cut(more));
      after.removeAll(before);
      assertTrue(after.size() <= 2, after::toString);
    }
  }

  @Test
  void noListIsLongWhateverThePoliciesAreCalled() {
    List<PolicyId> alike = new ArrayList<>();
    for (int i = 0; i < 1000; i++) { // "Aa" and "BB" have one hash code
      String bits = Integer.toBinaryString(1024 + i);
      alike.add(policy(bits.replace("1", "Aa").replace("0", "BB")));
    }
    for (PolicyList list : cut(alike)) {
      assertTrue(list.policies().size() <= 64, list::text);
    }
  }

  @Test
  void whatDiffersInAnythingHasAnotherChain() {
    List<PolicyId> two = POLICIES.subList(0, 2);
    Set<String> names = new HashSet<>();
    for (Direction direction : Direction.values()) {
      for (Layer layer : Layer.values()) {
        names.add(list("t", layer, direction, two).key().name());
      }
    }
    names.add(list("u", Layer.FILTER, Direction.INGRESS, two).key().name());
    names.add(list("t", Layer.FILTER, Direction.INGRESS, two.reversed()).key().name());
    names.add(list("t", Layer.FILTER, Direction.INGRESS, two).partKey().name());
    assertEquals(9, names.size());
    assertNotEquals("", cut(two).getFirst().text());
  }
}
