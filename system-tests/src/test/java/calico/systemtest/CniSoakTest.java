package calico.systemtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import calico.netlink.Netns;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Containers come and go in random order, several at once, while the node daemon is killed at
 * random; every call is repeated until it succeeds, as a runtime does. In the end nothing is left.
 * {@code -Dcni.soak.containers=N -Dcni.soak.seed=N} for longer runs and replays.
 */
class CniSoakTest {
  private static final int CONTAINERS = Integer.getInteger("cni.soak.containers", 120);
  private static final long SEED = Long.getLong("cni.soak.seed", System.nanoTime());

  /** Network namespaces that containers take turns in. */
  private static final int SLOTS = 8;

  /** One kill per so many containers, about; at most about 30 kills. */
  private static final int PER_KILL = Math.max(40, CONTAINERS / 30);

  private static final int CALL_SECONDS = 120;
  private static final int SETTLING_SECONDS = 20;

  @TempDir Path root;

  @Test
  void nothingIsLeft() throws Exception {
    System.out.println("cni.soak.containers=" + CONTAINERS + " cni.soak.seed=" + SEED);
    Random random = new Random(SEED);
    try (CniMachine machine =
        new CniMachine("calico-soak-" + ProcessHandle.current().pid(), root)) {
      machine.start();
      ConcurrentLinkedQueue<Integer> waiting = new ConcurrentLinkedQueue<>();
      for (int i = 0; i < CONTAINERS; i++) {
        waiting.add(i);
      }
      try (ExecutorService threads = Executors.newFixedThreadPool(SLOTS)) {
        List<Future<?>> slots = new ArrayList<>();
        for (int slot = 0; slot < SLOTS; slot++) {
          long seed = random.nextLong();
          String netns = "calico-soak-" + ProcessHandle.current().pid() + "-" + slot;
          slots.add(
              threads.submit(
                  () -> {
                    live(machine, netns, new Random(seed), waiting);
                    return netns;
                  }));
        }
        int nextKill = CONTAINERS - PER_KILL / 2;
        for (Future<?> slot : slots) {
          while (!isDone(slot)) {
            if (waiting.size() <= nextKill) {
              nextKill -= PER_KILL / 2 + random.nextInt(PER_KILL);
              machine.kill();
              machine.start();
            }
          }
        }
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SETTLING_SECONDS);
      Map<String, String> left = machine.leftovers();
      while (!left.isEmpty() && System.nanoTime() < deadline) {
        left = machine.leftovers(); // Felix follows the datastore
      }
      assertEquals(Map.of(), left);
    }
  }

  /** Waits a moment for it. */
  private static boolean isDone(Future<?> slot) throws Exception {
    try {
      slot.get(50, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    }
  }

  /** Attaches and detaches one container after the other, in one namespace. */
  private static void live(
      CniMachine machine, String name, Random random, ConcurrentLinkedQueue<Integer> waiting)
      throws Exception {
    Netns netns = Netns.create(name);
    try {
      Path path = Netns.DIRECTORY.resolve(name);
      for (Integer i = waiting.poll(); i != null; i = waiting.poll()) {
        String id = "%05x%s".formatted(i, "0123456789");
        if (random.nextInt(10) == 0) {
          repeat(machine, "DEL", id, path); // of what never was
        }
        if (random.nextInt(4) > 0) {
          repeat(machine, "ADD", id, path);
        } else {
          machine.cni("ADD", id, path); // which may fail: then the runtime gives up
        }
        repeat(machine, "DEL", id, random.nextInt(8) == 0 ? Path.of("/run/netns/gone") : path);
      }
    } finally {
      netns.close();
      Netns.delete(name);
    }
  }

  private static void repeat(CniMachine machine, String command, String id, Path netns)
      throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(CALL_SECONDS);
    CniMachine.Answer answer = machine.cni(command, id, netns);
    while (answer.status() != 0) {
      String said = answer.output();
      assertTrue(System.nanoTime() < deadline, () -> command + " " + id + " still fails: " + said);
      answer = machine.cni(command, id, netns);
    }
  }
}
