package calico.felix.dataplane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Cidr;
import calico.model.Ip;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

class PrefixCoverTest {
  private final PrefixCover cover = new PrefixCover();
  private final Set<Cidr> visible = new HashSet<>();

  private void add(String prefix) {
    cover.add(Cidr.parse(prefix), visible::add, visible::remove);
  }

  private void remove(String prefix) {
    cover.remove(Cidr.parse(prefix), visible::add, visible::remove);
  }

  @Test
  void aWiderPrefixHidesThoseInsideUntilItGoes() {
    add("10.1.0.0/16");
    add("10.1.2.0/24");
    add("10.2.0.0/16");
    add("10.0.0.0/8");
    assertEquals(Set.of(Cidr.parse("10.0.0.0/8")), visible);
    remove("10.1.2.0/24");
    remove("10.0.0.0/8");
    assertEquals(Set.of(Cidr.parse("10.1.0.0/16"), Cidr.parse("10.2.0.0/16")), visible);
  }

  @Test
  void addingTwiceAndRemovingWhatIsNotThereDoNothing() {
    add("::/0");
    add("::/0");
    remove("fd00::/8");
    assertEquals(Set.of(Cidr.parse("::/0")), visible);
    remove("::/0");
    assertTrue(visible.isEmpty());
  }

  @RepeatedTest(20)
  void equalsTheWidestComputedFromScratch() {
    long seed = Long.getLong("seed", System.nanoTime());
    Random random = new Random(seed);
    Set<Cidr> members = new HashSet<>();
    for (int step = 0; step < 1000; step++) {
      Ip ip = Ip.parse("10.0.0.0").plus(random.nextInt(32));
      Cidr prefix = new Cidr(ip, 26 + random.nextInt(7));
      if (random.nextBoolean()) {
        members.add(prefix);
        add(prefix.toString());
      } else {
        members.remove(prefix);
        remove(prefix.toString());
      }
      Set<Cidr> widest =
          members.stream()
              .filter(m -> members.stream().noneMatch(o -> !o.equals(m) && o.contains(m)))
              .collect(Collectors.toSet());
      assertEquals(widest, visible, "seed " + seed + " step " + step);
    }
  }
}
