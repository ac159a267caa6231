package calico.felix.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.felix.state.StateKey.SetId;
import calico.model.Ip;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class AddressClassesTest {

  /** What was told, and what is so. */
  private static final class Mirror implements AddressClasses.Listener {
    final AddressClasses classes = new AddressClasses();
    final Map<Ip, AddressClass> told = new HashMap<>();
    final Set<AddressClass> live = new HashSet<>();
    final Map<Ip, Set<Group>> groups = new HashMap<>();
    int calls;

    @Override
    public void address(Ip address, @Nullable AddressClass is) {
      calls++;
      if (is == null) {
        assertTrue(told.remove(address) != null);
      } else {
        assertNotEquals(told.put(address, is), is);
      }
    }

    @Override
    public void appeared(AddressClass c) {
      assertTrue(live.add(c));
    }

    @Override
    public void vanished(AddressClass c) {
      assertTrue(live.remove(c));
    }

    void change(int group, Ip ip) {
      Set<Group> of = groups.computeIfAbsent(ip, _ -> new HashSet<>());
      Group changed = Group.of(new SetId("s:" + group));
      if (of.add(changed)) {
        classes.add(changed, ip);
      } else {
        of.remove(changed);
        classes.remove(changed, ip);
      }
    }

    void settle() {
      classes.settle(this);
    }

    void check(String where) {
      groups.forEach(
          (ip, of) -> {
            AddressClass is = told.get(ip);
            assertEquals(of, is == null ? Set.of() : is.groups(), where);
          });
      assertEquals(new HashSet<>(told.values()), live, where);
      assertEquals(live.size(), classes.size(), where);
      live.forEach(c -> c.groups().forEach(g -> assertTrue(classes.in(g).contains(c), where)));
    }
  }

  private static Ip ip(int i) {
    return Ip.parse("10.0.0.0").plus(i);
  }

  @RepeatedTest(100)
  void eachAddressIsOfTheClassOfItsGroupsWhateverTheWay() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    Mirror mirror = new Mirror();
    for (int step = 0; step < 60; step++) {
      for (int i = random.nextInt(8); i >= 0; i--) {
        mirror.change(random.nextInt(4), ip(random.nextInt(5)));
      }
      mirror.settle();
      mirror.check("seed " + seed);
    }
    Mirror straight = new Mirror();
    mirror.groups.forEach(
        (ip, groups) ->
            groups.forEach(g -> straight.change(Integer.parseInt(g.toString().substring(2)), ip)));
    straight.settle();
    assertEquals(numbers(straight), numbers(mirror), "seed " + seed);
  }

  private static Map<Ip, Integer> numbers(Mirror mirror) {
    Map<Ip, Integer> numbers = new TreeMap<>();
    mirror.told.forEach((ip, c) -> numbers.put(ip, c.id()));
    return numbers;
  }

  @Test
  void aChangeTellsOnlyOfWhatItTouches() {
    Mirror mirror = new Mirror();
    for (int i = 0; i < 10_000; i++) {
      mirror.change(i % 7, ip(i));
    }
    mirror.settle();
    mirror.calls = 0;
    mirror.change(1, ip(0));
    mirror.settle();
    assertEquals(1, mirror.calls);
    mirror.change(2, ip(0));
    mirror.change(2, ip(0));
    mirror.settle();
    assertEquals(1, mirror.calls);
  }

  @Test
  void classesThatNothingIsOfAreForgottenAndTheirNumbersAreTheSameAgain() {
    Mirror mirror = new Mirror();
    mirror.change(0, ip(0));
    mirror.settle();
    int id = mirror.live.iterator().next().id();
    assertNotEquals(0, id);
    for (int i = 1; i < 1000; i++) {
      mirror.change(i, ip(0));
      mirror.settle();
      mirror.change(i, ip(0));
      mirror.settle();
    }
    assertEquals(1, mirror.classes.size());
    assertEquals(id, mirror.live.iterator().next().id());
    assertTrue(mirror.classes.remembered() < 300, () -> mirror.classes.remembered() + " classes");
  }
}
