package calico.felix.monitor;

import calico.model.Family;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/** What is counted of the dataplane. Can be used by any thread. */
public final class DataplaneMetrics {
  private final ObjectProblems unprogrammed = new ObjectProblems();
  private final Tally messages = new Tally();
  private final Observations batchSize = new Observations();
  private final Observations interfaceBatchSize = new Observations();
  private final Observations addressBatchSize = new Observations();
  private final Observations initialApplyTime = new Observations();
  private final Observations applyTime = new Observations();
  private final LongAdder failures = new LongAdder();
  private final Tally entryFailures = new Tally();
  private final Tally repairs = new Tally();
  private final LongAdder ipipRefused = new LongAdder();
  private final LongAdder wireguardRefused = new LongAdder();
  private final Calls writes = new Calls();
  private final Calls lists = new Calls();
  private final Map<Family, TableSize> tables = new ConcurrentHashMap<>();
  private final Map<Family, PolicyTables> policyTables = new ConcurrentHashMap<>();
  private final Observations routeListTime = new Observations();
  private volatile Supplier<List<WireguardDevice>> wireguard = List::of;
  private volatile int routes;

  /** Calls to the kernel. */
  public static final class Calls {
    private final LongAdder made = new LongAdder();
    private final LongAdder failed = new LongAdder();

    /** One more. */
    public void made(boolean successfully) {
      made.increment();
      if (!successfully) {
        failed.increment();
      }
    }

    long made() {
      return made.sum();
    }

    long failed() {
      return failed.sum();
    }
  }

  /** What the table of one family holds. */
  public record TableSize(int chains, int rules, int sets, int maps) {}

  /**
   * How the policies of one family decide.
   *
   * @param tables runs of policies that are looked up
   * @param tooLarge those that are tried because their table would be too large
   * @param tried policies that are tried rule by rule
   * @param classes of addresses that tables ask for
   */
  public record PolicyTables(int tables, int tooLarge, int tried, int classes) {}

  /**
   * All that was pending has been written, or tried.
   *
   * @param initial whether the first time
   * @param complete whether nothing of it has to be tried again
   * @param routesNow how many routes are wanted
   */
  public void applied(long beganNanos, boolean initial, boolean complete, int routesNow) {
    (initial ? initialApplyTime : applyTime).recordSince(beganNanos);
    if (!complete) {
      failures.increment();
    }
    routes = routesNow;
  }

  /**
   * One kind of entry has been written.
   *
   * @param failed how many could not be
   * @param repaired how many had been changed by somebody else
   */
  public void written(String kind, int failed, int repaired) {
    entryFailures.add(kind, failed);
    repairs.add(kind, repaired);
  }

  /** The kernel did not set up IPIP's device. */
  public void ipipRefused() {
    ipipRefused.increment();
  }

  /** The kernel did not set up a device of WireGuard's. */
  public void wireguardRefused() {
    wireguardRefused.increment();
  }

  /** From where it is known what WireGuard's devices do; may be asked by any thread. */
  public void wireguard(Supplier<List<WireguardDevice>> devices) {
    wireguard = devices;
  }

  List<WireguardDevice> wireguard() {
    return wireguard.get();
  }

  /** Policies and profiles that are not, or not as they should be, in the kernel. */
  public ObjectProblems unprogrammed() {
    return unprogrammed;
  }

  /** Changes of the desired state, by upstream's names of messages. */
  public Tally messages() {
    return messages;
  }

  /** How many of them come at once. */
  public Observations batchSize() {
    return batchSize;
  }

  /** How many changes of interfaces were taken at once. */
  public Observations interfaceBatchSize() {
    return interfaceBatchSize;
  }

  /** How many changes of the host's addresses were taken at once: always one. */
  public Observations addressBatchSize() {
    return addressBatchSize;
  }

  /** Transactions that write nftables. */
  public Calls writes() {
    return writes;
  }

  /** Readings of nftables. */
  public Calls lists() {
    return lists;
  }

  public void table(Family family, TableSize size) {
    tables.put(family, size);
  }

  public void policyTables(Family family, PolicyTables now) {
    policyTables.put(family, now);
  }

  Map<Family, PolicyTables> policyTables() {
    return policyTables;
  }

  /** Seconds to read all routes back. */
  public Observations routeListTime() {
    return routeListTime;
  }

  Map<Family, TableSize> tables() {
    return tables;
  }

  Observations initialApplyTime() {
    return initialApplyTime;
  }

  Observations applyTime() {
    return applyTime;
  }

  Tally entryFailures() {
    return entryFailures;
  }

  /** Entries that somebody else had changed and that were put right, by kind. */
  public Tally repairs() {
    return repairs;
  }

  long failures() {
    return failures.sum();
  }

  long ipipRefusals() {
    return ipipRefused.sum();
  }

  long wireguardRefusals() {
    return wireguardRefused.sum();
  }

  int routes() {
    return routes;
  }
}
