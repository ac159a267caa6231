package calico.ctl;

import calico.datastore.DatastoreException;
import calico.ipam.IpamException;
import calico.model.key.ResourceKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Does something with each of many resources, stage by stage ({@link Stages}), and within a stage
 * with several at a time, so that the command does not wait for one answer after the other. What
 * fails does not stop the others, except that nothing more is begun once the datastore does not
 * answer.
 *
 * @param items what to go through
 * @param key the resource of an item; items of one resource are done in their order
 * @param direction of the stages
 * @param onError whether anything else is begun after a failure
 */
record Batch<T>(
    List<T> items, Function<T, ResourceKey<?>> key, Direction direction, OnError onError) {
  /**
   * Hides the round trips to an etcd elsewhere: at 4 ms each, 400 resources take half the time, and
   * 16 are no faster. On the machine of etcd itself, where the processor is the limit, it brings
   * nothing.
   */
  private static final int CONCURRENCY = 8;

  enum Direction {
    WRITE,
    DELETE
  }

  enum OnError {
    CONTINUE,
    /** One item at a time, so that nothing after the first failure is touched. */
    STOP
  }

  /** What became of an item. */
  sealed interface Result {
    record Done() implements Result {}

    record Failed(RuntimeException reason) implements Result {}

    /** Not begun. */
    record Skipped() implements Result {}
  }

  /**
   * Goes through all items.
   *
   * @return the result of each, in the items' order
   */
  List<Result> run(Progress progress, Consumer<T> action) {
    List<Result> results = new ArrayList<>(Collections.nCopies(items.size(), new Result.Skipped()));
    AtomicBoolean stopped = new AtomicBoolean();
    for (Map<Object, List<Integer>> chains : stages().values()) {
      inParallel(
          chains.values(),
          index -> {
            if (!stopped.get()) {
              Result result = attempt(items.get(index), action, stopped);
              synchronized (results) {
                results.set(index, result);
              }
              progress.step();
            }
          });
    }
    return results;
  }

  private Result attempt(T item, Consumer<T> action, AtomicBoolean stopped) {
    try {
      action.accept(item);
      return new Result.Done();
    } catch (DatastoreException.Unavailable e) {
      // The next one would only wait for the same, and of those under way one says enough.
      return stopped.getAndSet(true) ? new Result.Skipped() : new Result.Failed(e);
    } catch (DatastoreException | IpamException | CommandException e) {
      if (onError == OnError.STOP) {
        stopped.set(true);
      }
      return new Result.Failed(e);
    }
  }

  /** Indexes of the items by stage, and there by what has to be done one after the other. */
  private SortedMap<Integer, Map<Object, List<Integer>>> stages() {
    SortedMap<Integer, Map<Object, List<Integer>>> out = new TreeMap<>();
    for (int i = 0; i < items.size(); i++) {
      ResourceKey<?> of = key.apply(items.get(i));
      int stage = Stages.of(of.kind());
      out.computeIfAbsent(
              switch (direction) {
                case WRITE -> stage;
                case DELETE -> -stage;
              },
              _ -> new LinkedHashMap<>())
          .computeIfAbsent(Stages.oneByOne(of.kind()) ? of.kind() : of, _ -> new ArrayList<>())
          .add(i);
    }
    return out;
  }

  private void inParallel(Collection<List<Integer>> chains, Consumer<Integer> each) {
    if (chains.size() == 1 || onError == OnError.STOP) {
      chains.forEach(chain -> chain.forEach(each));
      return;
    }
    int threads = Math.min(CONCURRENCY, chains.size());
    try (ExecutorService executor =
        Executors.newFixedThreadPool(threads, Thread.ofVirtual().factory())) {
      List<Future<?>> running = new ArrayList<>(chains.size());
      chains.forEach(chain -> running.add(executor.submit(() -> chain.forEach(each))));
      for (Future<?> future : running) {
        future.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new AssertionError(e);
      }
    }
  }
}
