package calico.felix.tables;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import calico.felix.state.StateKey.SetId;
import calico.model.Cidr;
import calico.model.Ip;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class RangesTest {
  private static final List<Cidr> IPV4 =
      List.of("0.0.0.0/0", "0.0.0.0/30", "0.0.0.0/31", "0.0.0.4/30", "0.0.0.6/31", "255.0.0.0/8")
          .stream()
          .map(Cidr::parse)
          .toList();
  private static final List<Cidr> IPV6 =
      List.of("::/0", "::/126", "::6/127", "ffff::/16", "8000::/1", "::/127").stream()
          .map(Cidr::parse)
          .toList();

  /** What was told, and what is so. */
  private static final class Mirror implements Ranges.Listener {
    final Ranges ranges = new Ranges();
    final NavigableMap<Ip, Map.Entry<Ip, Set<Group>>> told = new TreeMap<>();
    final Map<Group, Set<Cidr>> members = new TreeMap<>();
    int calls;

    @Override
    public void gone(Ip from, Ip to, Set<Group> groups) {
      calls++;
      assertEquals(Map.entry(to, groups), told.remove(from));
    }

    @Override
    public void come(Ip from, Ip to, Set<Group> groups) {
      calls++;
      assertNull(told.put(from, Map.entry(to, groups)));
    }

    void change(int group, Cidr net) {
      Group changed = Group.of(new SetId("s:" + group));
      Set<Cidr> of = members.computeIfAbsent(changed, _ -> new HashSet<>());
      if (of.add(net)) {
        ranges.add(changed, net);
      } else {
        of.remove(net);
        ranges.remove(changed, net);
      }
    }

    Set<Group> at(Ip address) {
      Map.Entry<Ip, Map.Entry<Ip, Set<Group>>> range = told.floorEntry(address);
      return range == null || range.getValue().getKey().compareTo(address) < 0
          ? Set.of()
          : range.getValue().getValue();
    }

    Set<Group> naively(Ip address) {
      Set<Group> groups = new HashSet<>();
      members.forEach(
          (group, nets) -> {
            if (nets.stream().anyMatch(net -> net.contains(address))) {
              groups.add(group);
            }
          });
      return groups;
    }
  }

  @RepeatedTest(200)
  void eachAddressIsInTheGroupsOfThePrefixesThatContainItWhateverTheWay() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    List<Cidr> universe = random.nextBoolean() ? IPV4 : IPV6;
    Mirror mirror = new Mirror();
    for (int step = 0; step < 60; step++) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        mirror.change(random.nextInt(3), universe.get(random.nextInt(universe.size())));
      }
      mirror.ranges.settle(mirror);
      for (Cidr net : universe) {
        Ip first = net.address();
        Ip last = net.last();
        for (Ip ip : List.of(first, last, last.plus(1), first.plus(-1))) {
          assertEquals(mirror.naively(ip), mirror.at(ip), () -> "seed " + seed + " " + ip);
        }
      }
    }
    Mirror straight = new Mirror();
    mirror.members.forEach(
        (g, nets) ->
            nets.forEach(net -> straight.change(Integer.parseInt(g.toString().substring(2)), net)));
    straight.ranges.settle(straight);
    assertEquals(straight.told, mirror.told, "seed " + seed);
    mirror.ranges.clear(mirror);
    assertEquals(Map.of(), mirror.told);
  }

  @Test
  void aChangeTellsOnlyOfWhatItTouches() {
    Mirror mirror = new Mirror();
    for (int i = 0; i < 100; i++) {
      mirror.change(i % 3, Cidr.parse("11." + i + ".0.0/16"));
    }
    mirror.ranges.settle(mirror);
    mirror.calls = 0;
    mirror.change(9, Cidr.parse("11.7.1.0/24"));
    mirror.ranges.settle(mirror);
    assertEquals(4, mirror.calls); // one goes, three come
  }
}
