package calico.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.datastore.SyncListener;
import calico.model.Cidr;
import calico.model.Ip;
import calico.model.key.Query;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * The nodes of a cluster fill a pool to its last address, as evenly as a scheduler would spread
 * pods, interleaved at every call of the datastore. {@code -Dcluster.full=true} takes 1,000 nodes
 * and a /16; without, it is an eighth of that. {@code -Dseed=} replays one.
 */
class ClusterFillTest {
  private static final boolean FULL = Boolean.getBoolean("cluster.full");
  private static final int NODES = FULL ? 1000 : 125;
  private static final Cidr POOL = Cidr.parse(FULL ? "10.0.0.0/16" : "10.0.0.0/19");
  private static final int ADDRESSES = 1 << (32 - POOL.length());

  /** Nodes that allocate at the same time. */
  private static final int AT_A_TIME = 16;

  private final long seed = Long.getLong("seed", System.nanoTime());
  private final Random dice = new Random(seed);
  private final Schedule schedule = new Schedule(dice);
  private final Cluster cluster = new Cluster();
  private final List<Node> idle = new ArrayList<>();
  private final Set<Ip> assigned = new HashSet<>();
  private int left = ADDRESSES;
  private int steady;
  private int fromNewBlocks;
  private int borrowed;
  private int searches;

  @Test
  void fillsAPoolWithoutAStorm() throws Throwable {
    System.out.println("seed " + seed);
    if (!FULL) {
      System.out.println("skipped: 1,000 nodes and a /16, which -Dcluster.full=true takes");
    }
    cluster.pool("pool", POOL.toString(), 26);
    for (int n = 0; n < NODES; n++) {
      cluster.node("node" + n);
    }
    List<Node> nodes = new ArrayList<>();
    for (int n = 0; n < NODES; n++) {
      nodes.add(new Node("node" + n));
    }
    idle.addAll(nodes);
    List<Runnable> clients = new ArrayList<>();
    for (int c = 0; c < AT_A_TIME; c++) {
      clients.add(this::allocate);
    }
    schedule.run(clients);
    int calls = nodes.stream().mapToInt(n -> n.counting.calls()).sum();
    int writes = nodes.stream().mapToInt(n -> n.counting.writes()).sum();
    int lost = nodes.stream().mapToInt(n -> n.counting.lost()).sum();
    System.out.printf(
        "%d nodes, %d addresses: %d steady, %d of new blocks, %d borrowed with %d searches;"
            + " %.2f calls each, %d of %d writes lost%n",
        NODES,
        ADDRESSES,
        steady,
        fromNewBlocks,
        borrowed,
        searches,
        (double) calls / ADDRESSES,
        lost,
        writes);
    assertEquals(ADDRESSES, assigned.size());
    assertTrue(steady >= ADDRESSES * 0.9, () -> steady + " steady");
    assertTrue(calls <= ADDRESSES * 3, () -> calls + " calls");
    assertTrue(lost <= writes / 20, () -> lost + " of " + writes + " writes lost");
  }

  /** One pod after the other, on nodes that have the fewest so far. */
  private void allocate() {
    while (left > 0) {
      left--;
      int fewest = idle.stream().mapToInt(n -> n.pods).min().orElseThrow();
      List<Node> next = idle.stream().filter(n -> n.pods == fewest).toList();
      Node node = next.get(dice.nextInt(next.size()));
      idle.remove(node);
      node.allocate();
      idle.add(node);
    }
  }

  private final class Node {
    private final String name;
    private final CountingDatastore counting = new CountingDatastore(cluster.datastore);
    private final Ipam ipam;
    private final Set<Cidr> blocks = new HashSet<>();
    private int pods;

    Node(String name) {
      this.name = name;
      Owner owner = Owner.of(name, Use.WORKLOAD);
      WatchedTerms watched = new WatchedTerms(cluster.datastore, owner);
      for (Query<?> query : WatchedTerms.queries(owner)) {
        tell(watched, query);
      }
      watched.onStatus(SyncListener.Status.IN_SYNC);
      // A pause lets others go on in its stead.
      Random pauses =
          new Random(dice.nextLong()) {
            private static final long serialVersionUID = 1;

            @Override
            public int nextInt(int bound) {
              for (int i = super.nextInt(bound); i > 0; i--) {
                schedule.step();
              }
              return 0;
            }
          };
      ipam =
          new Ipam(
              Tools.of(
                  new UnreliableDatastore(counting, schedule::step, dice, 0),
                  cluster.clock,
                  pauses,
                  new KnownBlocks(owner)),
              watched);
    }

    private <V> void tell(WatchedTerms watched, Query<V> query) {
      cluster.datastore.list(query).entries().forEach(e -> watched.onUpdate(e.key(), e.value()));
    }

    void allocate() {
      int before = counting.calls();
      int lostBefore = counting.lost();
      Assignment a = ipam.autoAssign(Cluster.one(name, name + "." + pods++));
      int calls = counting.calls() - before;
      assertTrue(a.complete(), a::toString);
      Ip ip = a.addresses().getFirst().ip();
      assertTrue(assigned.add(ip), () -> ip + " twice");
      Cidr block = new Cidr(ip, 26);
      if (!Owner.of(name, Use.WORKLOAD).owns(cluster.block(block.toString()).affinity())) {
        borrowed++;
        searches += calls > 5 ? 1 : 0;
      } else if (blocks.add(block)) {
        fromNewBlocks++;
      } else {
        steady++;
        // Somebody who borrows of a node's block makes its owner lose a race now and then.
        assertTrue(calls <= 2 || counting.lost() > lostBefore, () -> name + ": " + calls);
      }
    }
  }
}
