package calico.ipam;

import static org.junit.jupiter.api.Assertions.assertEquals;

import calico.datastore.DatastoreException;
import calico.datastore.Entry;
import calico.datastore.SyncListener;
import calico.model.Cidr;
import calico.model.Family;
import calico.model.InterfaceAddress;
import calico.model.Ip;
import calico.model.key.Key;
import calico.model.key.Query;
import calico.model.key.ResourceKey;
import calico.model.resource.Kinds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** One seeded life of a small, crowded cluster, from its first address to its last. */
final class ClusterLife {
  static final List<Cidr> POOLS = List.of(Cidr.parse("10.0.0.0/27"), Cidr.parse("fd00::/122"));
  private static final List<Cidr> RESERVED =
      List.of(Cidr.parse("10.0.0.8/30"), Cidr.parse("10.0.0.17/32"), Cidr.parse("fd00::/125"));
  private static final int NODES = 3;
  private static final int OPERATIONS = 25;
  private static final int REPORTS = 12;

  private final Cluster cluster = new Cluster();
  private final Random dice;
  private final Schedule schedule;

  /** Addresses that a living process has been given, and under which handle. */
  private final Map<Ip, String> held = new TreeMap<>();

  ClusterLife(long seed) {
    this.dice = new Random(seed);
    this.schedule = new Schedule(dice);
  }

  void run() throws Throwable {
    cluster.pool("four", POOLS.getFirst().toString(), 29);
    cluster.pool("six", POOLS.getLast().toString(), 125);
    cluster.reserve(RESERVED.stream().map(Cidr::toString).toArray(String[]::new));
    cluster.config(dice.nextInt(3) == 0, true, 0, 0);
    List<Runnable> processes = new ArrayList<>();
    for (int n = 0; n < NODES; n++) {
      cluster.node("n" + n);
      processes.add(new Allocator("n" + n, "a", true)::live);
      processes.add(new Allocator("n" + n, "b", dice.nextBoolean())::live);
    }
    processes.add(this::operate);
    schedule.run(processes);
    Audit audit = new Audit(cluster.datastore, POOLS);
    audit.isSound(held, RESERVED, cluster.clock.instant());
    audit.findsAndFreesLeaks(held, cluster.clock.instant());
    everythingGoesBack(audit);
  }

  private void everythingGoesBack(Audit audit) {
    Ipam ipam = cluster.ipam();
    held.values().stream().distinct().forEach(ipam::releaseByHandle);
    audit.everybodyHasGone();
    // A handle may have counted what was never written to a block, beside what was.
    audit.findsAndFreesLeaks(Map.of(), cluster.clock.instant());
    if (dice.nextBoolean()) {
      // The nodes give their blocks back, or go without having done so.
      for (int n = 0; n < NODES; n++) {
        ipam.releaseHostAffinities("n" + n, false);
      }
    } else {
      for (int n = 0; n < NODES; n++) {
        cluster.datastore.delete(ResourceKey.of(Kinds.NODE, "n" + n), null);
      }
      audit.findsAndFreesLeaks(Map.of(), cluster.clock.instant());
    }
    audit.nothingIsLeft();
  }

  /** One who frees blocks and claims while everybody works, and later than the check was. */
  private void operate() {
    Random last = new Random(dice.nextLong());
    for (int i = 0; i < REPORTS; i++) {
      schedule.step();
      CheckResult old = IpamCheck.run(cluster.datastore, cluster.clock.instant());
      UnreliableDatastore datastore =
          new UnreliableDatastore(cluster.datastore, schedule::step, last, 4);
      try {
        old.blockLeaks().forEach(cluster.ipam(datastore)::free);
      } catch (DatastoreException.Unavailable | UnreliableDatastore.Killed _) {
        // It is made again.
      }
    }
  }

  /** Something on a node that allocates; started anew when it is killed. */
  private final class Allocator {
    private final String node;
    private final String name;
    private final boolean remembers;
    private final List<String> handles = new ArrayList<>();
    private final List<ReleaseRequest> past = new ArrayList<>();
    private final Set<Key<?>> told = new HashSet<>();
    private WatchedTerms watched;
    private Ipam ipam;

    Allocator(String node, String name, boolean remembers) {
      this.node = node;
      this.name = name;
      this.remembers = remembers;
      this.watched = start();
      this.ipam = ipam();
    }

    private WatchedTerms start() {
      return new WatchedTerms(cluster.datastore, Owner.of(node, Use.WORKLOAD));
    }

    private Ipam ipam() {
      UnreliableDatastore datastore =
          new UnreliableDatastore(cluster.datastore, this::step, dice, dice.nextInt(3) * 4);
      // Pauses between attempts would only take time: who goes on says the schedule.
      Random patient =
          new Random(dice.nextLong()) {
            private static final long serialVersionUID = 1;

            @Override
            public int nextInt(int bound) {
              return 0;
            }
          };
      return remembers
          ? new Ipam(
              Tools.of(
                  datastore, cluster.clock, patient, new KnownBlocks(Owner.of(node, Use.WORKLOAD))),
              watched)
          : new Ipam(datastore, cluster.clock, patient);
    }

    private void step() {
      schedule.step();
      cluster.clock.advance(Duration.ofMillis(dice.nextInt(2000)));
      if (dice.nextInt(4) == 0) {
        follow();
      }
    }

    /** What the watches would have told by now. */
    private void follow() {
      Set<Key<?>> gone = new HashSet<>(told);
      for (Query<?> query : WatchedTerms.queries(Owner.of(node, Use.WORKLOAD))) {
        cluster.datastore.list(query).entries().forEach(e -> tell(e, gone));
      }
      for (Key<?> key : gone) {
        told.remove(key);
        watched.onUpdate(key, null);
      }
      watched.onStatus(SyncListener.Status.IN_SYNC);
    }

    private <V> void tell(Entry<V> entry, Set<Key<?>> gone) {
      gone.remove(entry.key());
      told.add(entry.key());
      watched.onUpdate(entry.key(), entry.value());
    }

    void live() {
      follow();
      for (int i = 0; i < OPERATIONS; i++) {
        try {
          operation(i);
        } catch (UnreliableDatastore.Killed _) {
          told.clear();
          watched = start();
          follow();
          ipam = ipam();
        } catch (IpamException e) {
          if (e.getCause() instanceof DatastoreException) {
            throw e; // a lost race is tried again until it is won
          }
        } catch (DatastoreException.Unavailable _) {
          // Of unknown outcome: what it has got nevertheless is leaked.
        }
      }
    }

    private void operation(int number) {
      switch (dice.nextInt(10)) {
        case 0 -> ipam.releaseHostAffinities(node, dice.nextBoolean());
        case 1 -> releaseAgain();
        case 2, 3 -> {
          if (!handles.isEmpty()) {
            releaseByHandle(handles.remove(dice.nextInt(handles.size())));
          }
        }
        case 4 -> {
          Ip ip = POOLS.getFirst().address().plus(18 + dice.nextInt(14)); // none is reserved
          String handle = handle(number);
          ipam.assignIp(new AssignIpRequest(ip, node, handle, Map.of("node", node), null));
          hold(ip, handle);
        }
        default -> {
          String handle =
              handles.isEmpty() || dice.nextInt(5) > 0 ? handle(number) : handles.getFirst();
          Map<Family, Integer> counts = new HashMap<>();
          counts.put(Family.IPV4, dice.nextInt(3));
          counts.put(Family.IPV6, dice.nextInt(3));
          Assignment a =
              ipam.autoAssign(AssignRequest.workload(node, handle, Map.of("node", node), counts));
          a.addresses().stream().map(InterfaceAddress::ip).forEach(ip -> hold(ip, handle));
        }
      }
    }

    private String handle(int number) {
      String handle = node + name + number;
      handles.add(handle);
      return handle;
    }

    private void hold(Ip ip, String handle) {
      assertEquals(null, held.put(ip, handle), () -> ip + " is given to " + handle + " too");
      past.add(new ReleaseRequest(ip, null, sequenceNumber(ip)));
    }

    private void releaseByHandle(String handle) {
      // Whoever is killed in the middle no longer knows what it holds, so forget before releasing.
      held.values().removeIf(handle::equals);
      if (dice.nextBoolean()) {
        ipam.releaseByHandle(handle);
      } else {
        ipam.releaseHandle(handle);
      }
    }

    /** As one does who comes late: nobody's address may be freed by that. */
    private void releaseAgain() {
      List<ReleaseRequest> late =
          past.stream().filter(r -> !sequenceNumber(r.ip()).equals(r.sequenceNumber())).toList();
      if (!late.isEmpty()) {
        ipam.release(List.of(late.get(dice.nextInt(late.size()))));
      }
    }
  }

  private Long sequenceNumber(Ip ip) {
    return cluster.datastore.list(new Query.Blocks(ip.family())).entries().stream()
        .map(Entry::value)
        .filter(b -> b.cidr().contains(ip))
        .map(b -> b.sequenceNumberForAllocation())
        .map(numbers -> numbers.getOrDefault((int) (ip.low() & 7), 0L))
        .findFirst()
        .orElse(0L);
  }
}
