package calico.cni;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Calls for one workload take turns, and nobody else waits for them. An ADD that has not had its
 * turn when a DEL of the same attachment comes does not get one: its runtime has given it up, and
 * nobody would ever undo it.
 */
final class Turns {
  private static final class Workload {
    final ReentrantLock lock = new ReentrantLock();

    /** What DELs came for since the last ADD of it. */
    final Set<Attachment> deleted = ConcurrentHashMap.newKeySet();

    /** Changed only while the map computes. */
    int calls;
  }

  /** Those that have calls. */
  private final ConcurrentMap<String, Workload> workloads = new ConcurrentHashMap<>();

  /**
   * Runs a call's action when it is its turn.
   *
   * @param first what to wait for before that, while others may have their turns; is told whether
   *     it waits in vain
   * @throws CniException if a DEL came before an ADD's turn
   */
  <T extends @Nullable Object> T take(
      CniRequest.Command command,
      Attachment attachment,
      Consumer<BooleanSupplier> first,
      Supplier<T> action) {
    String name = attachment.workload();
    Workload workload = workloads.compute(name, (_, before) -> withAnother(before));
    boolean isAdd = command == CniRequest.Command.ADD;
    try {
      if (isAdd) {
        workload.deleted.remove(attachment);
      } else if (command == CniRequest.Command.DEL) {
        workload.deleted.add(attachment);
      }
      first.accept(() -> workload.deleted.contains(attachment));
      workload.lock.lock();
      try {
        if (isAdd && workload.deleted.contains(attachment)) {
          throw new CniException(
              CniException.GENERIC, "not attached: " + attachment, "a DEL came while ADD waited");
        }
        return action.get();
      } finally {
        workload.lock.unlock();
      }
    } finally {
      workloads.computeIfPresent(name, (_, its) -> --its.calls == 0 ? null : its);
    }
  }

  private static Workload withAnother(@Nullable Workload before) {
    Workload its = before == null ? new Workload() : before;
    its.calls++;
    return its;
  }
}
