package calico.felix.calc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.selector.Selector;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LabelIndexTest {
  private static final class Thing extends LabelGroup.Item<String, Thing> {
    final String name;

    Thing(String name) {
      this.name = name;
    }
  }

  private final List<String> told = new ArrayList<>();
  private final Map<String, Map<String, String>> profiles = new HashMap<>();
  private final LabelIndex<String, Thing> index =
      new LabelIndex<>(
          name -> profiles.getOrDefault(name, Map.of()),
          new LabelIndex.Listener<String, Thing>() {
            @Override
            public void matched(String selector, Thing thing) {
              told.add("+" + selector + "," + thing.name);
            }

            @Override
            public void unmatched(String selector, Thing thing) {
              told.add("-" + selector + "," + thing.name);
            }
          });

  private void assertTold(String... expected) {
    assertEquals(List.of(expected), told);
    told.clear();
  }

  private void select(String name, String selector) {
    index.putSelector(name, Selector.parse(selector));
  }

  private void putProfile(String name, Map<String, String> labels) {
    profiles.put(name, labels);
    index.profileChanged(name);
  }

  @Test
  void tellsMatchesWhicheverComesFirst() {
    Thing one = new Thing("one");
    Thing two = new Thing("two");
    index.put(one, Map.of("a", "1"), List.of());
    select("s", "a == '1'");
    assertTold("+s,one");
    index.put(two, Map.of("a", "1"), List.of());
    assertTold("+s,two");
    index.remove(one);
    assertTold("-s,one");
    index.removeSelector("s");
    assertTold("-s,two");
  }

  @Test
  void saysNothingOfWhatStays() {
    Thing one = new Thing("one");
    index.put(one, Map.of("a", "1", "b", "1"), List.of());
    select("a", "has(a)");
    select("b", "b == '1'");
    told.clear();
    index.put(one, Map.of("a", "2", "b", "1", "c", "1"), List.of());
    index.put(one, Map.of("a", "2", "b", "1", "c", "1"), List.of());
    select("a", "has(a)");
    putProfile("unused", Map.of("a", "1"));
    assertTold();
    index.put(one, Map.of("a", "2"), List.of());
    assertTold("-b,one");
  }

  @Test
  void inheritsFromProfilesInOrderBelowItsOwnLabels() {
    Thing one = new Thing("one");
    index.put(one, Map.of("own", "1"), List.of("p", "q"));
    select("s", "l == '1'");
    select("own", "own == '2'");
    putProfile("q", Map.of("l", "1", "own", "2"));
    assertTold("+s,one");
    putProfile("p", Map.of("l", "2"));
    assertTold("-s,one");
    putProfile("p", Map.of());
    assertTold("+s,one");
  }

  @Test
  void forgetsEverything() {
    Thing one = new Thing("one");
    index.put(one, Map.of("a", "1"), List.of("p", "p"));
    putProfile("p", Map.of("b", "1"));
    select("s", "a in {'1', '2'} || b == '3'");
    index.put(one, Map.of("c", "1"), List.of("q"));
    index.removeSelector("s");
    index.removeSelector("s");
    index.remove(one);
    index.remove(one);
    putProfile("p", Map.of());
    assertTrue(index.isEmpty());
  }

  @Test
  void anItemIsComparedOnlyWithSelectorsThatCouldSelectIt() {
    for (int i = 0; i < 10_000; i++) {
      select("s" + i, "ns == 'common' && app == 'app" + i + "'");
      select("t" + i, "has(label" + i + ")");
    }
    long before = index.evaluations();
    index.put(new Thing("x"), Map.of("ns", "common", "app", "app7", "label9", ""), List.of());
    assertTold("+s7,x", "+t9,x");
    assertTrue(index.evaluations() - before <= 3, "evaluations " + index.evaluations());
  }

  @Test
  void aSelectorIsComparedOnlyWithItemsThatItCouldSelect() {
    for (int i = 0; i < 10_000; i++) {
      index.put(new Thing("x" + i), Map.of("ns", "common", "app", "app" + i % 5000), List.of());
    }
    long before = index.evaluations();
    select("s", "ns == 'common' && app == 'app7'");
    assertTold("+s,x7", "+s,x5007");
    assertEquals(1, index.evaluations() - before, "the two have the same labels");
    select("none", "missing == '1' && ns == 'common'");
    assertEquals(1, index.evaluations() - before);
  }
}
