package calico.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.model.Cidr;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlockOrderTest {
  private static Pool pool(String cidr, int blockLength) {
    return new Pool("p", Cidr.parse(cidr), blockLength, true, true, "", "", List.of());
  }

  private static List<Cidr> all(BlockOrder order) {
    List<Cidr> blocks = new ArrayList<>();
    for (Cidr c = order.next(); c != null && blocks.size() < 5000; c = order.next()) {
      blocks.add(c);
    }
    return blocks;
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/16,26,1024",
    "10.0.0.0/26,26,1",
    "255.255.255.0/24,26,4",
    "0.0.0.0/0,10,1024",
    "10.0.0.0/24,32,256",
    "fd00::/112,122,1024",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120,128,256"
  })
  void meetsEveryBlockOnce(String cidr, int blockLength, int count) {
    Pool pool = pool(cidr, blockLength);
    for (String host : List.of("n1", "n2", "a-longer-name.example.com")) {
      BlockOrder order = new BlockOrder(pool, host, new Random(1));
      List<Cidr> blocks = all(order);
      assertEquals(count, blocks.size());
      assertEquals(count, new HashSet<>(blocks).size());
      assertTrue(blocks.stream().allMatch(b -> pool.cidr().contains(b)));
      assertEquals(blocks, blocks.stream().sorted(order.comparator()).toList());
    }
  }

  @Test
  void startsWhereTheHostSays() {
    Pool pool = pool("10.128.0.0/12", 26);
    Cidr first = new BlockOrder(pool, "node1", new Random(1)).next();
    assertEquals(first, new BlockOrder(pool, "node1", new Random(2)).next());
    List<Cidr> starts = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      starts.add(Objects.requireNonNull(new BlockOrder(pool, "node" + i, new Random(1)).next()));
    }
    assertTrue(new HashSet<>(starts).size() > 15, starts::toString);
  }

  @Test
  void skipsAcrossTheEndOfAHugePool() {
    Pool pool = pool("fd00::/48", 122);
    for (String half : List.of("fd00::/49", "fd00:0:0:8000::/49")) {
      Cidr reserved = Cidr.parse(half);
      BlockOrder order = new BlockOrder(pool, "n1", new Random(1));
      Cidr c = order.next();
      if (c != null && reserved.contains(c)) {
        order.skip(reserved);
        c = order.next();
      }
      assertTrue(c != null && !reserved.contains(c), half);
    }
  }

  @Test
  void endsWhenAllIsSkipped() {
    Pool pool = pool("fd00::/48", 122);
    BlockOrder order = new BlockOrder(pool, "n1", new Random(1));
    int met = 0;
    for (Cidr c = order.next(); c != null; c = order.next()) {
      order.skip(new Cidr(c.address(), 52));
      met++;
    }
    assertTrue(met == 16 || met == 17, "met " + met);
    BlockOrder whole = new BlockOrder(pool, "n1", new Random(1));
    whole.next();
    whole.skip(Cidr.parse("fd00::/8"));
    assertEquals(null, whole.next());
  }
}
